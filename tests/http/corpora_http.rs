//! Replays gunicorn's collection of valid and invalid requests byte for byte.
//!
//! The table below lists the cases that we answer differently, with the reasons.

use crate::harness::{Connection, Server, clients};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Case {
    name: String,
    sent: String,
    /// The same, with a Host header added where HTTP/1.1 requires one and gunicorn does not.
    with_host: String,
    /// The number of such requests.
    wanting: usize,
    /// Empty if gunicorn refuses the requests.
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    wants_host: bool,
    body: String,
}

/// A request as the application saw it.
#[derive(Debug, Deserialize, PartialEq)]
struct Seen {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// Headers that no application sees.
const OF_CONNECTION: [&str; 4] = ["CONNECTION", "KEEP-ALIVE", "TRANSFER-ENCODING", "UPGRADE"];

const CODINGS: &str =
    "RFC 9112, section 6.1: 501 for codings that are not understood; gunicorn leaves them to the application";
const FOLDING: &str = "gunicorn is told to permit folded headers here; refused by default, as by us";
const PROXY: &str = "gunicorn is told to expect the PROXY protocol here, which we do not speak";
const TUNNEL: &str = "501: an application cannot be a tunnel (RFC 9110, section 9.3.6)";
const FIELD_SIZE: &str = "gunicorn limits each header to 8190 bytes, we all together (--header-bytes, 64 KiB)";
const FIELD_SIZE_HERE: &str = "gunicorn is told to take few bytes in each header here; see --header-bytes";
const UNDERSCORES: &str = "gunicorn is told to refuse names with underscores here; we drop them, as it does by default";

const DIFFERENCES: [(&str, &str); 33] = [
    ("invalid/003c", "RFC 9110, section 9.1: any token is a method; gunicorn wants 3 to 20 capitals"),
    ("invalid/006", "gunicorn limits the request line to 4094 bytes, we the target to 8 KiB (--target)"),
    ("invalid/007", FIELD_SIZE),
    ("invalid/008", FIELD_SIZE),
    ("invalid/010", FIELD_SIZE_HERE),
    ("invalid/011", "gunicorn is told to take 2 headers here; our limit is --headers, 100"),
    ("invalid/012", FIELD_SIZE_HERE),
    ("invalid/017", FIELD_SIZE),
    ("invalid/019", "gunicorn is told to believe X-Forwarded-Ssl here, too; we never read it"),
    ("invalid/040", UNDERSCORES),
    ("invalid/chunked_07", UNDERSCORES),
    ("invalid/limit_header_default_01", FIELD_SIZE),
    (
        "invalid/rfc9112_leading_crlf_02",
        "RFC 9112, section 2.2: at least one empty line is to be ignored; we ignore all",
    ),
    ("valid/014", "RFC 3986: quotes must be percent-encoded in a target"),
    ("valid/025", CODINGS),
    ("valid/025_line", CODINGS),
    ("valid/028", "gunicorn is told to strip blanks before the colon here; refused by default, as by us"),
    ("valid/029", CODINGS),
    ("valid/030", CODINGS),
    ("valid/031compat", "gunicorn is told to fold methods to capitals here; RFC 9110, section 9.1: case counts"),
    ("valid/099", "announces a longer body than it has; gunicorn's parser is only asked for what there is"),
    ("valid/compat_obs_fold", FOLDING),
    ("valid/compat_obs_fold_huge", FOLDING),
    ("valid/pp_01", PROXY),
    ("valid/pp_02", PROXY),
    ("valid/pp_04", PROXY),
    ("valid/pp_05", PROXY),
    ("valid/rfc9112_smuggle_gzip_chunked_01", CODINGS),
    ("valid/rfc9112_smuggle_te_identity_chunked_01", CODINGS),
    (
        "valid/rfc9112_target_absolute_userinfo_01",
        "RFC 9110, section 4.2.4: a user in a target is to be treated as an error",
    ),
    ("valid/rfc9112_target_asterisk_options_01", "`*` is no path: PATH_INFO is empty"),
    ("valid/rfc9112_target_authority_connect_01", TUNNEL),
    ("valid/rfc9112_target_authority_ipv6_01", TUNNEL),
];

#[test]
fn gunicorns_requests() {
    let mut dump = clients::python("gunicorn_requests.py");
    dump.arg(clients::fetched("sources/gunicorn-27.0.1"));
    let cases: Vec<Case> = serde_json::from_str(&clients::output(dump)).expect("JSON");
    let server = Server::run_with("request.py", &["--header-timeout", "1s", "--body-timeout", "1s"]);
    let differing: Vec<_> = cases.iter().filter_map(|case| Some((&*case.name, difference(&server, case)?))).collect();
    let table = BTreeMap::from(DIFFERENCES);
    for (name, how) in &differing {
        println!("{name}: {how} ({})", table.get(name).unwrap_or(&"UNEXPLAINED"));
    }
    println!("{} files, {} alike, {} differ", cases.len(), cases.len() - differing.len(), differing.len());
    let names: Vec<_> = differing.iter().map(|(name, _)| *name).collect();
    let known: Vec<_> = table.keys().copied().collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, known, "the table says which ones differ");
}

/// How our responses to a case differ from gunicorn's expectations.
fn difference(server: &Server, case: &Case) -> Option<String> {
    if case.wanting > 0 {
        let answers = replay(server, &case.sent, 0);
        let served = answers.iter().filter(|answer| answer.starts_with("200")).count();
        if served > case.expected.len().saturating_sub(case.wanting) {
            return Some("served without a Host header".into());
        }
    }
    let answers = replay(server, &case.with_host, case.expected.len());
    let statuses: Vec<_> = answers.iter().map(|answer| &answer[..3]).collect();
    if case.expected.is_empty() {
        // A refused request may follow sound ones; it is the last.
        return statuses.last().filter(|status| **status == "200").map(|_| format!("served: {statuses:?}"));
    }
    for (place, expected) in case.expected.iter().enumerate() {
        match answers.get(place) {
            Some(answer) if answer.starts_with("200") => {
                let seen: Seen = serde_json::from_str(&answer[3..]).expect("JSON");
                let wanted = wanted(expected, server);
                if seen != wanted {
                    return Some(format!("seen as {seen:?}, not as {wanted:?}"));
                }
            }
            other => return Some(format!("request {place} got {:?}", other.map(|answer| &answer[..3]))),
        }
    }
    None
}

/// The request as our application should see it.
fn wanted(expected: &Expected, server: &Server) -> Seen {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in &expected.headers {
        // PEP 3333 leaves names with underscores to the server, and ours drops them. wasi:http leaves out fields of the
        // connection (RFC 9110, section 7.6.1).
        if !name.contains('_') && !OF_CONNECTION.contains(&&**name) {
            let joined = headers.entry(name.replace('-', "_")).or_default();
            *joined = if joined.is_empty() { value.clone() } else { format!("{joined}, {value}") };
        }
    }
    // wasi:http always has an authority, for HTTP/1.0 the server's address, and the gateway derives HTTP_HOST from it.
    let host = if expected.wants_host { "test".to_owned() } else { server.address().to_string() };
    headers.entry("HOST".into()).or_insert(host);
    let Expected { method, path, query, body, .. } = expected;
    Seen { method: method.clone(), path: path.clone(), query: query.clone(), headers, body: body.clone() }
}

/// Sends everything; returns status and body of each response: as many as expected, or all until the end.
fn replay(server: &Server, sent: &str, expected: usize) -> Vec<String> {
    let bytes: Vec<u8> = sent.chars().map(|byte| byte as u8).collect();
    let mut client = server.connect();
    // The server may refuse before it has read everything.
    let _ = client.try_send(&bytes);
    let mut answers = vec![];
    while expected == 0 || answers.len() < expected {
        let Some(answer) = answer(&mut client) else { break };
        answers.push(answer);
    }
    answers
}

fn answer(client: &mut Connection) -> Option<String> {
    let head = client.try_head()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse().ok()?;
    Some(format!("{}{}", head.get(9..12)?, client.body(length)))
}
