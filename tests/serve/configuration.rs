//! Settings: the command line before the environment, before wasgi.toml, before defaults.

use crate::harness::{Project, Server, refused, wasgi};
use std::process::Command;

const HELLO: &str = "def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'hello']
";

/// The lines of `wasgi config` about these settings.
fn in_force(mut command: Command, keys: &[&str]) -> Vec<String> {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let is_asked = |line: &&str| keys.iter().any(|key| line.starts_with(&format!("{key} ")));
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    said.lines().filter(is_asked).map(squeezed).collect()
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let file = "component = 'app.wasm'\ntimeout = 5\nbody = '1MiB'\n[serve]\nbody = '2MiB'\n[run]\nbody = '3MiB'\n";
    let project = Project::new(&[("wasgi.toml", file)]);
    let mut command = project.wasgi(&["config", "serve", "--memory", "64MiB"]);
    command.envs([("WASGI_MEMORY", "32MiB"), ("WASGI_TIMEOUT", "7s")]);
    assert_eq!(
        in_force(command, &["component", "memory", "timeout", "body", "queue"]),
        [
            "component = \"app.wasm\" # wasgi.toml",
            "memory = \"64MiB\" # command line",
            "timeout = \"7s\" # WASGI_TIMEOUT",
            "queue = \"256\" # default",
            "body = \"2MiB\" # wasgi.toml",
        ]
        .map(str::to_owned)
    );
    assert_eq!(in_force(project.wasgi(&["config", "run", "app.py"]), &["body"]), ["body = \"3MiB\" # wasgi.toml"]);
}

#[test]
fn lists_flags_and_variables_are_written_as_such() {
    let file = "bind = ['127.0.0.1:0', 'unix:a.sock']\nfind-free-port = true\n[env]\nSECRET_KEY = 'tree'\nDEBUG = 1\n";
    let project = Project::new(&[("wasgi.toml", file)]);
    let command = || project.wasgi(&["config", "serve", "app.wasm"]);
    assert_eq!(
        in_force(command(), &["bind", "find-free-port", "env", "reuse-port"]),
        [
            "env = [\"DEBUG=...\", \"SECRET_KEY=...\"] # wasgi.toml",
            "bind = [\"127.0.0.1:0\", \"unix:a.sock\"] # wasgi.toml",
            "find-free-port = true # wasgi.toml",
            "reuse-port = false # default",
        ]
    );
    let mut by_variables = command();
    by_variables.envs([("WASGI_BIND", "[::1]:0 unix:b.sock"), ("WASGI_FIND_FREE_PORT", "off")]);
    assert_eq!(
        in_force(by_variables, &["bind", "find-free-port"]),
        ["bind = [\"[::1]:0\", \"unix:b.sock\"] # WASGI_BIND", "find-free-port = false # WASGI_FIND_FREE_PORT"]
    );
}

#[test]
fn an_option_that_conflicts_with_a_setting_replaces_it() {
    let project = Project::new(&[("wasgi.toml", "warm = ['/a', '/b']\n")]);
    let keys = ["warm", "cold"];
    assert_eq!(
        in_force(project.wasgi(&["config", "build", "app.py"]), &keys),
        ["warm = [\"/a\", \"/b\"] # wasgi.toml", "cold = false # default"]
    );
    assert_eq!(
        in_force(project.wasgi(&["config", "build", "app.py", "--cold"]), &keys),
        ["cold = true # command line"]
    );
}

#[test]
fn a_server_runs_as_its_file_says() {
    let file = "app = 'shop.py'\nbind = '127.0.0.1:0'\nexpose-usage = true\nno-error-page = true\n";
    let project = Project::new(&[("shop/wasgi.toml", file), ("shop/shop.py", HELLO)]);
    let mut command = crate::harness::wasgi_for_developers(&["run", "--chdir", "shop"]);
    command.current_dir(project.path(""));
    let server = Server::start_as(command);
    let reply = server.get("/");
    assert_eq!(reply.ok(), "hello");
    assert!(reply.header("wasgi-usage").is_some());
}

#[test]
fn a_file_of_another_name_is_asked_for() {
    let project = Project::new(&[("etc/shop.toml", "memory = '64MiB'\n"), ("wasgi.toml", "memory = '32MiB'\n")]);
    let asked = ["config", "serve", "app.wasm", "--config", "etc/shop.toml"];
    assert_eq!(in_force(project.wasgi(&asked), &["memory"]), ["memory = \"64MiB\" # etc/shop.toml"]);
    let mut command = project.wasgi(&["config", "serve", "app.wasm"]);
    command.env("WASGI_CONFIG", "etc/shop.toml");
    assert_eq!(in_force(command, &["memory"]), ["memory = \"64MiB\" # etc/shop.toml"]);
}

#[test]
fn a_faulty_file_is_told() {
    for (text, why) in [
        (
            "time-outs = '1s'",
            "wasgi.toml: `time-outs` is no option of `wasgi run` or `wasgi check` or `wasgi serve` or `wasgi build`; is `timeout` meant?",
        ),
        ("[build]\ntimeout = 5", "`timeout` is no option of `wasgi build`"),
        ("[shop]\nmemory = 5", "`shop` is no option"),
        ("memory = [1, 2]", "wasgi.toml: `memory`: this option has one value"),
        ("memory = true", "write a text or a number"),
        ("find-free-port = 'yes'", "wasgi.toml: `find-free-port`: write true or false"),
        ("memory = ", "wasgi.toml: TOML parse error at line 1"),
    ] {
        let project = Project::new(&[("wasgi.toml", text)]);
        let message = refused(project.wasgi(&["config", "serve", "app.wasm"]));
        assert!(message.contains(why), "{text}: {message}");
    }
    let project = Project::new(&[]);
    let message = refused(project.wasgi(&["serve", "app.wasm", "--config", "none.toml"]));
    assert!(message.contains("--config: none.toml: No such file"), "{message}");
    let message = refused(project.wasgi(&["run", "app.py", "--chdir", "none"]));
    assert!(message.contains("--chdir none: No such file"), "{message}");
    let message = refused(project.wasgi(&["config", "inspect"]));
    assert!(message.contains("name one of them first"), "{message}");
}

#[test]
fn a_value_that_is_refused_is_told_with_its_origin() {
    let project = Project::new(&[("wasgi.toml", "memory = 'lots'\n")]);
    let said = |mut command: Command| {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let message = said(project.wasgi(&["serve", "app.wasm"]));
    assert!(message.contains("such as 128MiB") && message.contains("--memory <SIZE> is from wasgi.toml."), "{message}");
    let mut by_variable = project.wasgi(&["serve", "app.wasm"]);
    by_variable.env("WASGI_MEMORY", "more");
    let message = said(by_variable);
    assert!(message.contains("'more'") && message.contains("is from WASGI_MEMORY."), "{message}");
    let mut unclear = project.wasgi(&["serve", "app.wasm", "--memory", "1MiB"]);
    unclear.env("WASGI_FIND_FREE_PORT", "perhaps");
    assert!(refused(unclear).contains("WASGI_FIND_FREE_PORT=perhaps: write 1 or 0"));
}

#[test]
fn a_command_line_of_gunicorn_serves() {
    let project = Project::new(&[("shop.py", HELLO)]);
    let server = project.run(&[
        "shop:application",
        "-b",
        "127.0.0.1:0",
        "-w",
        "4",
        "--threads=2",
        "-k",
        "gthread",
        "-t",
        "30",
        "-e",
        "A=1",
        "--keep-alive",
        "5",
        "--limit-request-line",
        "4094",
        "--graceful-timeout",
        "20",
        "--preload",
    ]);
    assert_eq!(server.get("/").ok(), "hello");
    for option in ["workers", "threads", "worker-class", "preload"] {
        server.wait_for(&format!("wasgi: note: --{option} is gunicorn's and has no meaning here: "));
    }
    assert_eq!(server.log().matches("note: --").count(), 4, "{}", server.log());
}

#[test]
fn a_configuration_of_gunicorn_is_read_as_far_as_it_is_plain() {
    let file = "import os\nbind = '127.0.0.1:0'\nworkers = os.cpu_count()\ntimeout = 20\n\
                statsd_host = 'localhost:8125'\nkeepalive = int(os.environ['KEEP'])\nraw_env = ['A=1']\n";
    let project = Project::new(&[("gunicorn.conf.py", file), ("shop.py", HELLO)]);
    let asked = ["config", "run", "shop:application", "-c", "gunicorn.conf.py"];
    assert_eq!(
        in_force(project.wasgi(&asked), &["bind", "timeout", "keep-alive", "env"]),
        [
            "timeout = \"20\" # gunicorn.conf.py",
            "keep-alive = \"75s\" # default",
            "env = [\"A=...\"] # gunicorn.conf.py",
            "bind = [\"127.0.0.1:0\"] # gunicorn.conf.py",
        ]
    );
    let server = Server::start_as(project.wasgi(&["run", "shop:application", "-c", "gunicorn.conf.py"]));
    assert_eq!(server.get("/").ok(), "hello");
    server.wait_for("gunicorn.conf.py: `keepalive` is left out: it is computed");
    server.wait_for("gunicorn.conf.py: `statsd_host` is left out: wasgi has no such setting");
    server.wait_for("gunicorn.conf.py: --workers is gunicorn's and has no meaning here");
}

#[test]
fn what_gunicorn_would_protect_is_not_left_out() {
    for (option, cure) in [("--user", "User= and Group="), ("--ca-certs", "proxy in front"), ("--pid", "$!")] {
        let message = refused(wasgi(&["serve", "app.wasm", option, "www-data"]));
        assert!(message.contains(&format!("{option} is gunicorn's")) && message.contains(cure), "{message}");
    }
    assert!(refused(wasgi(&["serve", "app.wasm", "--daemon"])).contains("systemd"));
}
