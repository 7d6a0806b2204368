//! A line of JSON for each request.

use super::Finished;
use super::atoms::protocol;
use super::clock::Moment;
use http::HeaderValue;
use http::header::{REFERER, USER_AGENT};
use serde::Serialize;

/// Its members, in the order of docs/reference/logs.md. The query is left out, as it may hold secrets.
#[derive(Serialize)]
struct Line<'a> {
    /// When the request came (RFC 3339).
    time: String,
    id: Option<&'a str>,
    application: Option<&'a str>,
    peer: String,
    method: &'a str,
    path: &'a str,
    protocol: Option<&'static str>,
    /// None if no response began.
    status: Option<u16>,
    bytes: u64,
    duration_us: u64,
    cpu_us: u64,
    faults: u64,
    memory_peak: u64,
    memory_cap_reached: bool,
    outcome: &'static str,
    site: Option<String>,
    referer: Option<String>,
    user_agent: Option<String>,
}

pub fn line(finished: &Finished) -> String {
    let captured = finished.captured;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let header = |name| captured.and_then(|captured| captured.of_request(name)).map(text);
    let line = Line {
        time: Moment::before_now(finished.took).internet(),
        id: finished.ids.map(|ids| ids.request()),
        application: finished.application,
        peer: finished.peer.to_string(),
        method: finished.method.as_str(),
        path: finished.path,
        protocol: captured.map(|captured| protocol(captured.version)),
        status: finished.status,
        bytes: finished.bytes,
        duration_us: u64::try_from(finished.took.as_micros()).unwrap_or(u64::MAX),
        cpu_us: finished.usage.cpu_us,
        faults: finished.usage.faults,
        memory_peak: finished.memory_peak,
        memory_cap_reached: finished.was_denied_memory,
        outcome: finished.outcome.word(),
        site: finished.site.map(ToString::to_string),
        referer: header(&REFERER),
        user_agent: header(&USER_AGENT),
    };
    plain(serde_json::to_string(&line).expect("its members are numbers and texts"))
}

/// What JSON lets stand in a text, and a terminal obeys, is spelled out.
fn plain(line: String) -> String {
    if !line.contains(char::is_control) {
        return line;
    }
    let spelled = |character: char| match character.is_control() {
        true => format!("\\u{:04x}", u32::from(character)),
        false => character.to_string(),
    };
    line.chars().map(spelled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_spelled_out_and_parses_back() {
        let text = "a\u{9b}2K\u{7f}\"\n";
        let line = plain(serde_json::to_string(text).unwrap());
        assert_eq!(line, r#""a\u009b2K\u007f\"\n""#);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
