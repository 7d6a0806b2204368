//! Help, versions, and the server's output while it serves.

use crate::harness::{Project, Server, refused, wasgi};

fn help(args: &[&str]) -> String {
    let output = wasgi(args).output().unwrap();
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_names_the_verbs() {
    let text = help(&["--help"]);
    for verb in ["run", "check", "build", "serve", "inspect", "health", "completions", "man"] {
        assert!(text.contains(&format!("\n  {verb} ")), "{verb}: {text}");
    }
}

#[test]
fn help_explains_the_options() {
    let text = help(&["run", "--help"]);
    for option in ["--bind", "--memory", "--timeout", "--concurrency", "--site-packages", "app.py:name", "create_app()"]
    {
        assert!(text.contains(option), "{option}: {text}");
    }
    assert!(help(&["build", "--help"]).contains("--output"));
    assert!(help(&["serve", "--help"]).contains("--timeout"));
}

#[test]
fn the_version_names_what_is_inside() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(help(&["-V"]), format!("wasgi {version}\n"));
    let text = help(&["--version"]);
    let inside = text.strip_prefix(&format!("wasgi {version} (CPython 3.")).unwrap_or_else(|| panic!("{text}"));
    assert!(inside.contains(", wasmtime ") && inside.ends_with(")\n"), "{text}");
}

#[test]
fn completions_and_manual_have_all_verbs_and_options() {
    for (shell, mark) in [("bash", "complete -F"), ("zsh", "#compdef wasgi"), ("fish", "complete -c wasgi")] {
        let script = help(&["completions", shell]);
        for word in [mark, "site-packages", "deny-import-entropy", "inspect"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let project = Project::new(&[]);
    project.succeed(&["man", "pages/man1"]);
    let page = |name: &str| std::fs::read_to_string(project.path(&format!("pages/man1/{name}"))).unwrap();
    assert!(page("wasgi.1").contains("wasgi\\-inspect(1)"), "{}", page("wasgi.1"));
    assert!(page("wasgi-serve.1").contains("\\-\\-timeout"));
    project.write("file", "");
    let message = refused(project.wasgi(&["man", "file"]));
    assert!(message.contains("writing manual pages into file"), "{message}");
}

#[test]
fn health_is_what_the_status_says() {
    let server = Server::all_apps();
    let project = Project::new(&[]);
    assert_eq!(project.succeed(&["health", &server.url("/hello")]), "");
    for (url, why) in [
        (server.url("/nothing-of-this-name"), "its status is 404"),
        (server.url("/stuck/loop"), "no answer in time"),
        ("https://127.0.0.1:1/".to_owned(), "only http:// can be asked"),
        ("http://127.0.0.1:1/".to_owned(), "nothing listens there"),
    ] {
        let message = refused(project.wasgi(&["health", "--timeout", "2s", &url]));
        assert!(message.contains(&format!("{url} is not healthy")) && message.contains(why), "{message}");
    }
}

#[test]
fn a_wrong_option_is_told() {
    for (args, cure) in [
        (&["run", "app.py", "--memory", "lots"][..], "such as 128MiB"),
        (&["run", "app.py", "--timeout", "0s"], "such as 30s"),
        (&["run", "app.py", "--allow-http", "example.com"], "https://example.com"),
        (&["run", "app.py", "--allow-http", "https://example.com/a"], "an origin has no path"),
        (&["run", "app.py", "--ca-file", "ca.pem"], "--allow-http"),
        (&["run", "app.py", "--allow-net", "db"], "db:5432"),
        (&["run", "app.py", "--allow-net", "postgresql://db:5432"], "without a scheme"),
        (&["run"], "<APP>"),
        (&["start"], "unrecognized subcommand"),
    ] {
        let output = wasgi(args).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(cure), "{message}");
    }
}

#[test]
fn what_the_application_says_is_marked_as_its_own() {
    let server = Server::all_apps();
    assert_eq!(server.get("/output").ok(), "said");
    server.wait_for("app | output.py says: printed");
    server.wait_for("app | output.py says: unfinished");
    for line in ["printed to stderr", "in wsgi.errors", "logged"] {
        server.wait_for(&format!("app ! output.py says: {line}"));
    }
}

#[test]
fn each_request_has_one_line_in_the_log() {
    let server = Server::run("hello.py");
    server.get("/some/path?secret=1");
    let line = server.wait_for("/some/path");
    let words: Vec<_> = line.split(' ').collect();
    let [
        peer,
        method,
        path,
        status,
        bytes,
        "B",
        ms,
        "ms",
        memory,
        "MiB",
        "cpu",
        cpu_ms,
        "ms",
        faults,
        "faults",
        outcome,
    ] = words[..]
    else {
        panic!("{line}")
    };
    assert_eq!([peer, method, path, status, bytes], ["127.0.0.1", "GET", "/some/path", "200", "22"]);
    assert!(ms.parse::<f64>().unwrap() > 0.0, "{line}");
    assert!(memory.parse::<f64>().unwrap() > 8.0, "{line}");
    assert!(cpu_ms.parse::<f64>().unwrap() > 0.0, "{line}");
    assert!(faults.parse::<u64>().unwrap() > 0, "{line}");
    assert_eq!(outcome, "ok");
    assert_eq!(server.log().matches("/some/path").count(), 1);
}
