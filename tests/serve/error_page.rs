//! What `wasgi run` shows a developer of an exception, and nobody else.

use crate::harness::{Project, Server, wasgi_for_developers};

fn ask(server: &Server, accepted: &str) -> String {
    let request = http::Request::get(server.url("/call")).header("Accept", accepted);
    let reply = server.request(request.body(()).unwrap());
    assert_eq!(reply.status, 500);
    reply.text().to_owned()
}

#[test]
fn a_developer_sees_the_traceback_and_no_other_client_does() {
    let server = Server::start(wasgi_for_developers(&["run", "raising.py"]));
    let page = ask(&server, "text/html");
    for words in ["<h1>RuntimeError: raised in the call</h1>", "/app/raising.py:34 in <b>app</b>", "MiB of memory"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("raise RuntimeError(&quot;raised in the call&quot;)</mark>"), "{page}");
    let text = ask(&server, "*/*");
    assert!(text.starts_with("Traceback") && text.ends_with("RuntimeError: raised in the call\n"), "{text}");
    assert_eq!(ask(&Server::run("raising.py"), "text/html"), "Internal Server Error\n");
    let component = tempfile::tempdir().unwrap();
    let component = component.path().join("raising.wasm");
    let built = wasgi_for_developers(&["build", "raising.py", "-o", component.to_str().unwrap()]).status();
    assert!(built.unwrap().success());
    assert_eq!(ask(&Server::serve(&component), "text/html"), "Internal Server Error\n");
}

/// `wasgi run` packs the sources of packages, too.
#[test]
fn lines_of_packages_are_shown() {
    let app = "import shop\n\n\ndef app(environ, start_response):\n    shop.sell()\n";
    let project = Project::new(&[("app.py", app), ("packages/shop.py", "def sell():\n    return 1 / 0\n")]);
    let mut command = wasgi_for_developers(&["run", "app.py", "--site-packages", "packages"]);
    command.current_dir(project.path(""));
    let text = ask(&Server::start(command), "*/*");
    assert!(text.contains("site-packages/shop.py\", line 2, in sell\n    return 1 / 0\n"), "{text}");
}
