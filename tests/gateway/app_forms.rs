//! The ways to name an application, and the kinds of callables that it can be.

use crate::harness::Project;

/// An app named `{name}` that answers with its own name.
fn function(name: &str) -> String {
    format!(
        "def {name}(environ, start_response):\n    \
             start_response('200 OK', [('Content-Type', 'text/plain')])\n    \
             return [b'{name}']\n\n\n"
    )
}

/// Serves `target` from a folder with one file; returns its response and the line that describes it.
fn answer(file: &str, source: &str, target: &str) -> (String, String) {
    let project = Project::new(&[(file, source)]);
    let server = project.run(&[target]);
    (server.get("/").ok().to_owned(), server.wait_for("wasgi: serving "))
}

#[test]
fn a_file() {
    let (body, description) = answer("app.py", &function("app"), "app.py");
    assert_eq!(body, "app");
    assert!(description.contains("app:app (function, found by looking)"), "{description}");
}

#[test]
fn a_file_and_a_name() {
    let source = function("application") + &function("other");
    let (body, description) = answer("my-site.py", &source, "my-site.py:other");
    assert_eq!(body, "other");
    assert!(description.contains("my-site:other (function)"), "{description}");
}

#[test]
fn a_file_in_another_folder() {
    let project = Project::new(&[("site/app.py", &function("app")), ("elsewhere/x", "")]);
    let mut command = project.wasgi(&["build", "../site/app.py"]);
    command.current_dir(project.path("elsewhere"));
    assert!(command.status().unwrap().success());
}

#[test]
fn neighbours_named_like_the_standard_library_do_not_hinder_the_start() {
    let trap = "raise AssertionError('not for the gateway')\n";
    let project =
        Project::new(&[("app.py", &function("app")), ("json.py", trap), ("enum.py", trap), ("site.py", trap)]);
    project.succeed(&["build", "app.py"]);
}

#[test]
fn a_module_and_a_dotted_name() {
    let source = format!("class holder:\n    pass\n\n\n{}holder.app = inner\n", function("inner"));
    let project = Project::new(&[("package/__init__.py", ""), ("package/web.py", &source)]);
    let server = project.run(&["package.web:holder.app"]);
    assert_eq!(server.get("/").ok(), "inner");
}

#[test]
fn a_package() {
    let (body, _) = answer("shop/__init__.py", &function("app"), "shop:app");
    assert_eq!(body, "app");
}

/// As `python -m` and Flask find a package: from the first folder above it that is none.
#[test]
fn a_file_of_a_package_and_a_packages_folder() {
    let source = format!("from . import name\n\n\n{}", function("app"));
    let project = Project::new(&[("mysite/__init__.py", &source), ("mysite/wsgi.py", &source), ("mysite/name.py", "")]);
    for (named, module) in [("mysite/wsgi.py", "mysite.wsgi"), ("mysite/", "mysite")] {
        let server = project.run(&[named]);
        assert_eq!(server.get("/").ok(), "app");
        let description = server.wait_for("wasgi: serving ");
        assert!(description.contains(&format!("{module}:app (function")), "{description}");
    }
}

/// As `flask --app shop` does.
#[test]
fn a_factory_that_needs_nothing_is_found_where_there_is_no_application() {
    let source = format!(
        "def create_app(debug=False):\n    {}    return made\n",
        function("made").trim().replace('\n', "\n    ") + "\n"
    );
    let (body, description) = answer("shop/__init__.py", &source, "shop");
    assert_eq!(body, "made");
    assert!(description.contains("shop:create_app() (function)"), "{description}");
}

#[test]
fn a_factory() {
    let source = format!("def create_app(prefix='/'):\n    return made\n\n\n{}", function("made"));
    let (body, description) = answer("shop.py", &source, "shop:create_app()");
    assert_eq!(body, "made");
    assert!(description.contains("shop:create_app() (function)"), "{description}");
}

#[test]
fn a_factory_with_arguments() {
    let source = format!(
        "def create_app(stage, debug=True):\n    return {{('a:b', False): made}}[stage, debug]\n\n\n{}",
        function("made")
    );
    let (body, _) = answer("shop.py", &source, "shop:create_app('a:b', debug=False)");
    assert_eq!(body, "made");
}

#[test]
fn application_is_looked_for_before_app() {
    let said = describe(&(function("app") + &function("application")));
    assert!(said.contains("app:application (function, found by looking)"), "{said}");
}

#[test]
fn the_only_callable_that_fits_is_found() {
    let said = describe(&format!("from json import dumps, loads\n\n\n{}", function("shop")));
    assert!(said.contains("app:shop (function, found by looking)"), "{said}");
}

#[test]
fn a_class_whose_instances_are_iterables() {
    let source = "class App:
    def __init__(self, environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])

    def __iter__(self):
        yield b'from an instance per request'
";
    let (body, description) = answer("app.py", source, "app.py");
    assert_eq!(body, "from an instance per request");
    assert!(description.contains("app:App (class, found by looking)"), "{description}");
}

#[test]
fn an_instance_that_can_be_called() {
    let source = "class App:
    def __call__(self, environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [b'from one instance']


app = App()
";
    let (body, description) = answer("app.py", source, "app.py");
    assert_eq!(body, "from one instance");
    assert!(description.contains("app:app (app.App, found by looking)"), "{description}");
}

/// Builds without serving, which is quicker and also reports the application.
fn describe(source: &str) -> String {
    Project::new(&[("app.py", source)]).succeed(&["build", "app.py"])
}
