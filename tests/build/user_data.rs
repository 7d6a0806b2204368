//! Files beside an application's code that are not packed: user data, logs, secrets (docs/guide/deploy.md, "What stays
//! out of the application's folder").

use crate::harness::{Project, Server};
use std::fs;

/// Lists the files of its sandbox that contain the query's text, those that the import opened, or all in its folder.
const APP: &str = "
import os


def walk(top):
    for folder, _, files in os.walk(top):
        for name in files:
            if '__pycache__' not in folder:
                yield os.path.join(folder, name)


def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    wanted = environ['QUERY_STRING'].encode()
    if not wanted:
        return [' '.join(sorted(path.removeprefix('/app/') for path in walk('/app'))).encode()]
    found = []
    for path in walk('/'):
        with open(path, 'rb') as file:
            if wanted in file.read():
                found.append(path)
    return [' '.join(found).encode()]
";

const SECRET: &str = "a-secret-of-a-user";

/// Usual names of private files of applications and their servers.
const SECRETS: [&str; 17] = [
    ".env",
    "celerybeat-schedule",
    "data/old.sqlite",
    "db.sqlite3",
    "db.sqlite3-journal",
    "dump.rdb",
    "flask_session/2029240f6d1128be89ddc32729463129",
    "instance/config.py",
    "instance/deep/inside.txt",
    "logs/access.txt",
    "media/avatars/one.png",
    "nohup.out",
    "production.env",
    "server.log",
    "server.log.1",
    "shop.db-wal",
    "uploads/passport.pdf",
];

/// The application with more files, all with the same text.
fn project(files: &[&str], text: &str) -> Project {
    let project = Project::new(&[("app.py", APP)]);
    for file in files {
        project.write(file, text);
    }
    project
}

#[test]
fn no_secret_is_in_a_component() {
    let project = project(&SECRETS, SECRET);
    project.write("page.html", "packed-on-purpose");
    let said = project.succeed(&["build", "app.py", "-o", "built.wasm"]);
    assert!(
        said.contains("left out as data, log or secret: 16 (.env, celerybeat-schedule, data/old.sqlite, "),
        "{said}"
    );
    let component = fs::read(project.path("built.wasm")).unwrap();
    let holds = |text: &str| component.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("packed-on-purpose") && !holds(SECRET));
    let server = Server::serve(&project.path("built.wasm"));
    assert_eq!(server.get("/?packed-on-purpose").ok(), "/app/page.html");
    assert_eq!(server.get(&format!("/?{SECRET}")).ok(), "");
    assert_eq!(server.get("/").ok(), "app.py page.html");
}

#[test]
fn what_is_left_out_does_not_change_a_component() {
    let build = |files: &[&str]| {
        let project = project(files, SECRET);
        // Folders themselves are packed, whatever they contain.
        for file in SECRETS {
            fs::create_dir_all(project.path(file).parent().unwrap()).unwrap();
        }
        fs::read(project.build_with("app.py", &["--reproducible"])).unwrap()
    };
    assert!(build(&[]) == build(&SECRETS));
}

#[test]
fn code_and_assets_of_such_names_are_packed() {
    let files = [
        "instance/__init__.py",
        "instance/config.py",
        "logs/views.py",
        "media/__init__.py",
        "media/player.js",
        "shop/instance/part.txt",
        "shop/logs/readme.txt",
        "static/media/logo.png",
        "uploads/forms.py",
        "web/log.html",
        "web/server.log.html",
    ];
    let server = project(&files, "").run(&["app.py"]);
    assert_eq!(server.get("/").ok(), format!("app.py {}", files.join(" ")));
    assert!(!server.log().contains("left out as data"), "{}", server.log());
}

#[test]
fn what_is_asked_for_is_packed_all_the_same() {
    let files =
        [".env", "a.db", "b.log", "b.pid", "data/c.db", "data/d.db", "instance/e.json", "instance/e.db", "out.txt"];
    let project = project(&files, "");
    project.write(".wasgiignore", "# read only\n!/a.db\n!instance/\n*.txt\n!.env\n");
    project.write("data/.wasgiignore", "!c.db\n");
    let server = project.run(&["app.py", "--include", "*.log", "--include", "out.txt", "--include", "instance/none"]);
    assert_eq!(server.get("/").ok(), ".env a.db app.py b.log data/c.db instance/e.json out.txt");
    let log = server.log();
    assert!(
        log.contains("left out as data, log or secret: 3 (b.pid, data/d.db, instance/e.db); --dir grants"),
        "{log}"
    );
    assert!(log.contains("note: --include instance/none matches nothing"), "{log}");
    assert_eq!(log.matches("matches nothing").count(), 1, "{log}");
}

#[test]
fn a_line_that_is_no_pattern_is_named() {
    let project = project(&["data/page.html"], "");
    let refused = |options: &[&str]| project.refused(&[&["build", "app.py"], options].concat());
    let message = refused(&["--include", "{a"]);
    assert!(message.contains("--include {a: "), "{message}");
    for file in ["data/.wasgiignore", ".wasgiignore"] {
        project.write(file, "*.bin\n{a,b\n");
        let message = refused(&[]);
        assert!(message.contains(&format!("{file}: line 2: ")) && message.contains("'{a,b'"), "{message}");
        assert!(message.contains("write patterns as in .gitignore, one a line"), "{message}");
    }
}

#[test]
fn an_import_that_misses_what_was_left_out_is_told_the_cures() {
    for (line, path) in [
        ("open('/app/instance/config.py')", "instance/"),
        ("open('words.db', 'rb')", "words.db"),
        ("import sqlite3; sqlite3.connect('/app/words.db')", "words.db"),
    ] {
        let project = project(&["instance/config.py", "words.db"], "");
        project.write("app.py", &format!("{line}\n{APP}"));
        let message = project.refused(&["build", "app.py"]);
        for part in
            [&*format!("\n{path} was left out"), &format!("--include /{path},"), &format!("!/{path} in"), "--dir"]
        {
            assert!(message.contains(part), "{line}: {part}: {message}");
        }
        project.succeed(&["build", "app.py", "--include", &format!("/{path}")]);
    }
    let project = project(&["plugins/one.py"], "");
    project.write("app.py", &format!("import plugins.one\n{APP}"));
    let message = project.refused(&["run", "app.py", "--dir", "plugins:/plugins"]);
    assert!(message.contains("plugins/ was left out, as it is granted by --dir"), "{message}");
}

#[test]
fn private_keys_and_large_files_are_told() {
    let project = project(&["static/large.bin"], &"x".repeat(11 << 20));
    project.write("cert/server.pem", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n");
    project.write("cert/ca.pem", "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n");
    let said = project.succeed(&["build", "app.py"]);
    assert!(said.contains("wasgi: warning: cert/server.pem looks like a private key"), "{said}");
    assert!(!said.contains("cert/ca.pem looks"), "{said}");
    assert!(said.contains("the application's own files take 11.0 MiB"), "{said}");
    let (large, next) = (said.find("11 MiB  static/large.bin").unwrap(), said.find("B  app.py").unwrap());
    assert!(large < next, "{said}");
    project.write(".wasgiignore", "*.bin\nserver.pem\n");
    let said = project.succeed(&["build", "app.py"]);
    assert!(!said.contains("private key") && !said.contains("own files take"), "{said}");
}
