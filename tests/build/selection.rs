//! Which parts of installed packages are packed, and in which form (docs/guide/deploy.md, "What is inside").

use crate::harness::{Project, Server};

const APP: &str = "
import importlib.metadata
import importlib.util
import inspect
import shop.till


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    what = environ['PATH_INFO'][1:]
    if what == 'raise':
        shop.till.pay(0)
    if what == 'source':
        return [inspect.getsource(shop.till.pay).encode()]
    if what == 'files':
        return [' '.join(sorted(map(str, importlib.metadata.files('shop')))).encode()]
    there = [name for name in what.split(',') if importlib.util.find_spec(name)]
    return [' '.join(there).encode()]
";

/// An app, and packages with parts that no request needs.
fn project() -> Project {
    let record = "shop/__init__.py,sha256=x,1\nshop/till.py,sha256=x,1\nshop/till.pyi,sha256=x,1\n\
                  shop/tests/__init__.py,,\nshop-1.0.dist-info/METADATA,,\nshop-1.0.dist-info/RECORD,,\n";
    Project::new(&[
        ("app.py", APP),
        ("site/shop/__init__.py", ""),
        ("site/shop/till.py", "def pay(amount):\n    return 1 / amount  # the till's own line\n"),
        ("site/shop/till.pyi", "def pay(amount: int) -> float: ...\n"),
        ("site/shop/tests/__init__.py", ""),
        ("site/shop-1.0.dist-info/METADATA", "Name: shop\nVersion: 1.0\n"),
        ("site/shop-1.0.dist-info/RECORD", record),
        ("site/setuptools/__init__.py", ""),
        ("site/pkg_resources/__init__.py", ""),
        ("site/setuptools-65.5.0.dist-info/METADATA", "Name: setuptools\nVersion: 65.5.0\n"),
    ])
}

/// As `wasgi build` packs by itself; `wasgi run` packs the sources of packages, too.
fn serve(project: &Project, options: &[&str]) -> Server {
    let sources = if options.contains(&"--sources") { &[][..] } else { &["--sources", "application"] };
    project.run(&[&["app.py", "--site-packages", "site"], sources, options].concat())
}

#[test]
fn packages_are_byte_code_and_the_application_is_source() {
    let project = project();
    let server = serve(&project, &[]);
    assert!(server.log().contains("left out, as nothing imports them: pkg_resources, setuptools, shop/tests"));
    assert_eq!(server.get("/shop.till,shop.tests,setuptools,pkg_resources").ok(), "shop.till");
    let record = "shop-1.0.dist-info/METADATA shop-1.0.dist-info/RECORD shop/__init__.pyc shop/till.pyc";
    assert_eq!(server.get("/files").ok(), record);
    assert_eq!(server.get("/raise").status, 500);
    server.wait_for("ZeroDivisionError: division by zero");
    let log = server.log();
    assert!(log.contains("app.py\", line 12, in app"), "{log}");
    assert!(log.contains("shop.till.pay(0)"), "the application's line is shown: {log}");
    assert!(log.contains("/site-packages/shop/till.py\", line 2, in pay"), "{log}");
    assert!(!log.contains("the till's own line"), "{log}");
}

#[test]
fn all_sources_are_packed_where_they_are_asked_for() {
    let server = serve(&project(), &["--sources", "all"]);
    assert!(server.get("/source").ok().contains("# the till's own line"));
    assert_eq!(server.get("/raise").status, 500);
    server.wait_for("return 1 / amount  # the till's own line");
    server.wait_for("~~^~~~~~~~");
}

#[test]
fn docstrings_may_be_left_out() {
    let app = "\"Of the application.\"\nimport json, shop\n\n\ndef app(environ, start):\n    'Of a function.'\n    \
               start('200 OK', [])\n    return [repr([__doc__, app.__doc__, shop.__doc__, bool(json.__doc__)]).encode()]\n";
    let project = Project::new(&[("app.py", app), ("site/shop/__init__.py", "'Of a package.'\n")]);
    let all = "['Of the application.', 'Of a function.', 'Of a package.', True]";
    assert_eq!(serve(&project, &[]).get("/").ok(), all);
    assert_eq!(serve(&project, &["--strip-docstrings"]).get("/").ok(), "[None, None, None, True]");
}

#[test]
fn what_is_named_is_kept() {
    let server = serve(&project(), &["--keep", "setuptools", "--keep", "/shop/till.py*"]);
    assert_eq!(server.get("/setuptools,pkg_resources,shop.tests").ok(), "setuptools");
    assert!(server.get("/source").ok().contains("# the till's own line"));
    assert!(server.get("/files").ok().ends_with(" shop/__init__.pyc shop/till.py shop/till.pyi"));
}

#[test]
fn what_the_application_imports_is_packed() {
    let project = project();
    project.write("late.py", "def start():\n    import pkg_resources\n    return pkg_resources\n");
    let server = serve(&project, &[]);
    assert_eq!(server.get("/setuptools,pkg_resources").ok(), "setuptools pkg_resources");
}
