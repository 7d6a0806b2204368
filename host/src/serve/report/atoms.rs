//! The atoms of a format: gunicorn's (its documentation, "access_log_format"), and wasgi's own.

use super::Finished;
use super::clock::Moment;
use crate::units::Tenths;
use anyhow::{Context, Result, bail};
use http::header::{AUTHORIZATION, REFERER, USER_AGENT};
use http::{HeaderName, HeaderValue, Version};
use std::fmt::Write;
use std::str::FromStr;

/// A part of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Plain(String),
    Atom(Atom),
}

/// What stands for something of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Atom {
    /// One of gunicorn's letters.
    Letter(char),
    /// `{name}i`: a header of the request.
    Request(HeaderName),
    /// `{name}o`: a header of the response.
    Response(HeaderName),
    /// `{name}e`: a variable of the environ. The sandbox has it, and it is gone: `-`, as where gunicorn has none.
    Variable,
    /// `{name}w`: one of wasgi's.
    Own(Own),
}

/// What wasgi knows of a request besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Whose the request is, where several applications run.
    Application,
    /// Milliseconds, with one decimal.
    Cpu,
    Faults,
    Id,
    /// Bytes.
    Memory,
    Outcome,
    /// Where a deadline stopped it.
    Site,
}

const LETTERS: &str = "hlutrmUqHsBbfaTDMLp";
const OWN: [(&str, Own); 7] = [
    ("application", Own::Application),
    ("cpu", Own::Cpu),
    ("faults", Own::Faults),
    ("id", Own::Id),
    ("memory", Own::Memory),
    ("outcome", Own::Outcome),
    ("site", Own::Site),
];

impl FromStr for Atom {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let letter = text.chars().next().filter(|letter| text.len() == 1 && LETTERS.contains(*letter));
        if let Some(letter) = letter {
            return Ok(Atom::Letter(letter));
        }
        let braced = text.strip_prefix('{').and_then(|text| text.split_once('}'));
        let header = |name: &str| HeaderName::from_str(name).with_context(|| format!("{name:?} is no header's name"));
        match braced {
            Some((name, "i")) => Ok(Atom::Request(header(name)?)),
            Some((name, "o")) => Ok(Atom::Response(header(name)?)),
            Some((_, "e")) => Ok(Atom::Variable),
            Some((name, "w")) => {
                let own = OWN.iter().find(|(known, _)| *known == name);
                let known = OWN.map(|(known, _)| known).join(", ");
                Ok(Atom::Own(own.with_context(|| format!("{name:?} is none of wasgi's own: {known}"))?.1))
            }
            _ => bail!("%({text})s is no atom: those are {LETTERS}, {{header}}i, {{header}}o and {{name}}w"),
        }
    }
}

/// The headers of requests that the line shows.
pub fn of_requests(pieces: &[Piece]) -> Vec<HeaderName> {
    let names = pieces.iter().filter_map(|piece| match piece {
        Piece::Atom(Atom::Request(name)) => Some(name.clone()),
        Piece::Atom(Atom::Letter('f')) => Some(REFERER),
        Piece::Atom(Atom::Letter('a')) => Some(USER_AGENT),
        Piece::Atom(Atom::Letter('u')) => Some(AUTHORIZATION),
        _ => None,
    });
    names.collect()
}

/// The same of responses.
pub fn of_responses(pieces: &[Piece]) -> Vec<HeaderName> {
    let names = pieces.iter().filter_map(|piece| match piece {
        Piece::Atom(Atom::Response(name)) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

/// The line of a request.
pub fn line(pieces: &[Piece], finished: &Finished) -> String {
    let mut line = String::new();
    for piece in pieces {
        match piece {
            Piece::Plain(text) => line.push_str(text),
            Piece::Atom(atom) => line.push_str(&atom.value(finished).unwrap_or_else(|| "-".to_owned())),
        }
    }
    line
}

impl Atom {
    /// None where there is nothing.
    fn value(&self, finished: &Finished) -> Option<String> {
        let captured = finished.captured;
        match self {
            Atom::Letter(letter) => of_letter(*letter, finished),
            Atom::Request(name) => captured?.of_request(name).map(header),
            Atom::Response(name) => captured?.of_response(name).map(header),
            Atom::Variable => None,
            Atom::Own(own) => own.value(finished),
        }
    }
}

impl Own {
    fn value(self, finished: &Finished) -> Option<String> {
        Some(match self {
            Own::Application => finished.application?.to_owned(),
            Own::Cpu => Tenths::of(finished.usage.cpu_us, 1000).to_string(),
            Own::Faults => finished.usage.faults.to_string(),
            Own::Id => finished.ids?.request().to_owned(),
            Own::Memory => finished.memory_peak.to_string(),
            Own::Outcome => finished.outcome.word().to_owned(),
            Own::Site => escaped(finished.site?.to_string().as_bytes()),
        })
    }
}

fn of_letter(letter: char, finished: &Finished) -> Option<String> {
    let captured = finished.captured?;
    let target = || escaped(captured.target.as_ref().map_or(finished.path, |target| target.as_str()).as_bytes());
    Some(match letter {
        'h' => finished.peer.to_string(),
        'u' => user(captured.of_request(&AUTHORIZATION)?)?,
        't' => Moment::before_now(finished.took).common(),
        'r' => format!("{} {} {}", finished.method, target(), protocol(captured.version)),
        'm' => finished.method.to_string(),
        'U' => escaped(finished.path.as_bytes()),
        'q' => escaped(captured.target.as_ref()?.query().unwrap_or_default().as_bytes()),
        'H' => protocol(captured.version).to_owned(),
        's' => finished.status?.to_string(),
        'B' => finished.bytes.to_string(),
        'b' => Some(finished.bytes).filter(|bytes| *bytes > 0)?.to_string(),
        'f' => header(captured.of_request(&REFERER)?),
        'a' => header(captured.of_request(&USER_AGENT)?),
        'T' => finished.took.as_secs().to_string(),
        'M' => finished.took.as_millis().to_string(),
        'D' => finished.took.as_micros().to_string(),
        'L' => format!("{:.6}", finished.took.as_secs_f64()),
        'p' => format!("<{}>", std::process::id()),
        // `l`: nobody asks for that name any more (RFC 1413).
        _ => return None,
    })
}

pub fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        _ => "HTTP/1.1",
    }
}

fn header(value: &HeaderValue) -> String {
    escaped(value.as_bytes())
}

/// As Apache writes what clients send: quotes, backslashes and what is no printable ASCII cannot end a field or a line.
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text
}

/// The user's name in Basic credentials (RFC 7617), which nobody has checked.
fn user(credentials: &HeaderValue) -> Option<String> {
    let (scheme, encoded) = credentials.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64(encoded.trim().trim_end_matches('='))?;
    let name = decoded.split(|byte| *byte == b':').next()?;
    (!name.is_empty()).then(|| escaped(name))
}

/// RFC 4648, section 4, without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (vec![], 0u32, 0);
    for character in text.bytes() {
        let six = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_client_sends_ends_a_field_or_a_line() {
        assert_eq!(escaped(b"a \"b\" \\ \r\n\x1b[2K\x7f\xc2\x9b"), r#"a \"b\" \\ \x0d\x0a\x1b[2K\x7f\xc2\x9b"#);
    }

    #[test]
    fn the_user_is_the_one_of_basic_credentials() {
        for (credentials, name) in [
            ("Basic YWxpY2U6c2VjcmV0", Some("alice")),
            ("basic YW46Og==", Some("an")),
            ("Basic IjphAA==", Some("\\\"")),
            ("Basic Og==", None),
            ("Basic !", None),
            ("Bearer YWxpY2U6", None),
        ] {
            assert_eq!(user(&HeaderValue::from_static(credentials)).as_deref(), name, "{credentials}");
        }
    }
}
