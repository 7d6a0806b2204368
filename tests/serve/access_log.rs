//! The access log, in each of its forms and at each of its places.

use crate::harness::{Project, Server, wait_until, wasgi};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// What of a request a hostile client chooses: quotes, backslashes, a tab, and bytes that move a terminal's cursor.
const AGENT: &[u8] = b"a\" 200 \"b\\ \tc \xc2\x9b2K";
/// The same as a log of Apache's has it.
const AGENT_ESCAPED: &str = r#"a\" 200 \"b\\ \x09c \xc2\x9b2K"#;

/// Sends that request, with a query, and returns its line.
fn line_of(format: &str) -> String {
    let server = Server::run_with("hello.py", &["--access-log", format]);
    let mut client = server.connect();
    let head = b"GET /page?token=\"s\\x HTTP/1.1\r\nHost: test\r\nReferer: http://r/\r\nX-Mine: m\r\nUser-Agent: ";
    let login = b"\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\r\n";
    client.send([&head[..], AGENT, login].concat());
    assert!(client.head().starts_with("http/1.1 200 "));
    server.wait_for("/page")
}

/// The fields of a line of Apache's: between spaces, quotes or brackets.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut rest) = (vec![], line.chars().peekable());
    while let Some(first) = rest.next_if(|_| true) {
        let end = match first {
            ' ' => continue,
            '"' => '"',
            '[' => ']',
            _ => ' ',
        };
        let mut field = if end == ' ' { first.to_string() } else { String::new() };
        while let Some(next) = rest.next().filter(|next| *next != end) {
            field.push(next);
            if next == '\\' {
                field.extend(rest.next());
            }
        }
        fields.push(field);
    }
    fields
}

#[test]
fn combined_has_apaches_fields_whatever_a_client_sends() {
    let line = line_of("combined");
    let fields = fields(&line);
    let [host, _, user, time, request, status, bytes, referer, agent] = &fields[..] else { panic!("{line}") };
    assert_eq!((&**host, &**user, &**status, &**referer), ("127.0.0.1", "alice", "200", "http://r/"));
    assert_eq!((&**request, &**agent), (r"GET /page?token=%22s\\x HTTP/1.1", AGENT_ESCAPED));
    assert!(time.ends_with(" +0000") && time.len() == "29/Nov/2026:17:30:00 +0000".len(), "{time}");
    assert!(bytes.parse::<u64>().unwrap() > 0);
}

#[test]
fn json_parses_back_whatever_a_client_sends() {
    let line = line_of("json");
    let parsed: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(parsed["user_agent"], str::from_utf8(AGENT).unwrap());
    for (member, value) in [("peer", "127.0.0.1"), ("method", "GET"), ("path", "/page"), ("outcome", "ok")] {
        assert_eq!(parsed[member], value, "{line}");
    }
    assert_eq!((&parsed["status"], &parsed["id"]), (&Value::from(200), &Value::Null));
    assert!(parsed["memory_peak"].as_u64().unwrap() > 1 << 20 && parsed["cpu_us"].as_u64().unwrap() > 0);
    assert!(!line.contains("token") && !line.contains("secret"), "{line}");
    // Its members are those that the reference lists.
    let reference = include_str!("../../docs/reference/logs.md");
    let listed = reference.split("## JSON").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut listed: Vec<_> = listed.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let mut members: Vec<_> = parsed.as_object().unwrap().keys().map(String::as_str).collect();
    listed.sort_unstable();
    members.sort_unstable();
    assert_eq!(listed, members);
}

#[test]
fn a_format_of_gunicorns_atoms_and_ones_of_wasgis_own() {
    let own = "%({outcome}w)s|%({memory}w)s|%({faults}w)s|%({cpu}w)s|%({id}w)s|%({site}w)s";
    let line = line_of(&format!("%(m)s|%(U)s|%(q)s|%(H)s|%(s)s|%({{x-mine}}i)s|%({{CONTENT-TYPE}}o)s|100%%|{own}"));
    let parts: Vec<_> = line.split('|').collect();
    assert_eq!(parts[..8], ["GET", "/page", r"token=%22s\\x", "HTTP/1.1", "200", "m", "text/plain", "100%"]);
    let [outcome, memory, faults, cpu, id, site] = parts[8..] else { panic!("{line}") };
    assert_eq!((outcome, id, site), ("ok", "-", "-"));
    assert!(memory.parse::<u64>().unwrap() > 1 << 20 && faults.parse::<u64>().is_ok() && cpu.parse::<f64>().is_ok());
}

#[test]
fn the_usual_line_cannot_move_a_terminals_cursor() {
    let server = Server::run("hello.py");
    let mut client = server.connect();
    client.send(b"GET /x\xc2\x9b2K HTTP/1.1\r\nHost: test\r\n\r\n");
    assert!(client.head().starts_with("http/1.1 400 "));
    server.wait_for(r" GET /x\xc2\x9b2K 400 ");
}

/// As logrotate does, over and over, while clients go on.
#[test]
fn a_renamed_file_is_opened_anew_and_no_line_is_lost() {
    const CLIENTS: usize = 3;
    const REQUESTS: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let file = path.to_str().unwrap();
    let server = Server::run_with("hello.py", &["--access-log", "json", "--access-log-file", file]);
    let lines = |path: &Path| fs::read_to_string(path).unwrap_or_default().lines().count();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let server = &server;
            scope.spawn(move || (0..REQUESTS).for_each(|number| drop(server.get(&format!("/{client}-{number}")))));
        }
        for rotation in 0..5 {
            wait_until("lines come", || lines(&path) > 20);
            fs::rename(&path, folder.path().join(format!("access.log.{rotation}"))).unwrap();
            server.reopen_log();
            wait_until("it is opened anew", || path.exists());
        }
    });
    let files = || fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    wait_until("all are there", || files().map(|path| lines(&path)).sum::<usize>() >= CLIENTS * REQUESTS);
    let all: String = files().map(|path| fs::read_to_string(path).unwrap()).collect();
    let path = |line: &str| serde_json::from_str::<Value>(line).unwrap()["path"].as_str().unwrap().to_owned();
    let mut paths: Vec<_> = all.lines().map(path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!((files().count(), paths.len(), all.lines().count()), (6, CLIENTS * REQUESTS, CLIENTS * REQUESTS));
    assert!(!server.log().contains("\"path\""), "and nowhere else");
}

/// A server that listens on a path, whose output the test reads itself.
fn on_a_path(project: &Project, args: &[&str]) -> (Child, UnixStream) {
    let path = project.path("app.sock");
    let mut command: Command = wasgi(&[&["run", "every.py", "--site-packages", "../packages"], args].concat());
    command.args(["--bind", &format!("unix:{}", path.display())]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("it listens", || UnixStream::connect(&path).is_ok());
    (child, UnixStream::connect(&path).unwrap())
}

/// All that it has said, by stream, after a request and its end.
fn said_after(path: &str, args: &[&str]) -> [String; 2] {
    let project = Project::new(&[]);
    let (mut child, mut client) = on_a_path(&project, args);
    write!(client, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
    let mut status = String::new();
    BufReader::new(client).read_line(&mut status).unwrap();
    assert!(status.starts_with("HTTP/1.1 "), "{status}");
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
    let mut said = [String::new(), String::new()];
    child.stdout.take().unwrap().read_to_string(&mut said[0]).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said[1]).unwrap();
    said
}

#[test]
fn it_goes_to_standard_output_or_nowhere() {
    let [out, error] = said_after("/hello", &["--access-logfile", "-", "--access-logformat", "json"]);
    let is_json = |line: &&str| line.starts_with("{\"time\":");
    assert_eq!((out.lines().filter(is_json).count(), error.lines().filter(is_json).count()), (1, 0), "{out}{error}");
    let [out, error] = said_after("/hello", &["--access-log-file", "none"]);
    assert!(error.contains("wasgi: ready on ") && !format!("{out}{error}").contains("GET /hello"), "{error}");
}

#[test]
fn a_level_leaves_out_what_is_less() {
    let [_, error] = said_after("/stuck/loop", &["--log-level", "error", "--timeout", "300ms"]);
    assert!(error.contains("wasgi: GET /stuck/loop stopped at its deadline"), "{error}");
    assert!(error.contains(" GET /stuck/loop 504 "), "lines of requests stay: {error}");
    assert!(!error.contains("wasgi: ready") && !error.contains("wasgi: goodbye"), "{error}");
}

#[test]
fn what_cannot_be_a_log_says_why() {
    for (args, why) in [
        (["--access-log", "apache"], "write text, combined, json"),
        (["--access-log", "%(z)s"], "is no atom"),
        (["--access-log-file", "/nowhere/access.log"], "choose another --access-log-file"),
        (["--log-level", "loud"], "possible values: info, warning, error"),
    ] {
        let ended = wasgi(&[&["run", "hello.py"], &args[..]].concat()).output().unwrap();
        let message = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && message.contains(why), "{message}");
    }
}
