//! The identifiers of a request, by which its lines are found in the logs of all who had a part in it.
//!
//! What a client sends is kept only from a proxy that is trusted to speak for its clients (`--forwarded-allow-ips`):
//! whoever chooses an identifier can choose another request's, and have their lines taken for its.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt::Write;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C Trace Context, section 3.2.
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
/// Section 3.3: it belongs to a `traceparent`.
const TRACE_STATE: HeaderName = HeaderName::from_static("tracestate");
/// Characters of an identifier that is kept.
const LONGEST: usize = 128;

/// Those of one request.
#[derive(Debug)]
pub struct Ids {
    request: HeaderValue,
    trace: HeaderValue,
    is_trace_kept: bool,
    span: Option<Span>,
}

/// The server's own part of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub trace: [u8; 16],
    pub id: [u8; 8],
    /// The caller's; zeros if there is none.
    pub parent: [u8; 8],
    /// The caller records its part, or there is no caller.
    pub is_sampled: bool,
}

impl Ids {
    /// Those that the request has, if they may be kept, or new ones.
    pub fn of(headers: &HeaderMap, is_trusted: bool) -> Self {
        let told = |name, is_sound: fn(&str) -> bool| {
            let mut values = headers.get_all(name).iter().filter(|_| is_trusted);
            let (value, second) = (values.next()?, values.next());
            (second.is_none() && is_sound(value.to_str().ok()?)).then(|| value.clone())
        };
        let (request, trace) = (told(REQUEST_ID, is_request_id), told(TRACE_PARENT, is_trace_parent));
        let is_trace_kept = trace.is_some();
        if let (Some(request), Some(trace)) = (&request, &trace) {
            return Ids { request: request.clone(), trace: trace.clone(), is_trace_kept, span: None };
        }
        let (id, parent) = drawn();
        let value = |text: &str| HeaderValue::from_str(text).expect("digits");
        Ids {
            request: request.unwrap_or_else(|| value(&id)),
            // Flags 00: nobody has recorded the caller's part (section 3.2.2.5).
            trace: trace.unwrap_or_else(|| value(&format!("00-{id}-{parent}-00"))),
            is_trace_kept,
            span: None,
        }
    }

    /// The same where the server records its part of the trace: whoever is asked next has that for a parent
    /// (section 3.2.2.4).
    pub fn with_span(mut self) -> Self {
        let told = self.trace.to_str().unwrap_or_default();
        let mut parts = told.split('-').skip(1);
        let (trace, parent) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let flags = parts.next().and_then(|flags| u8::from_str_radix(flags, 16).ok()).unwrap_or_default();
        let is_sampled = !self.is_trace_kept || flags & 1 == 1;
        let (_, id) = drawn();
        let parent = if self.is_trace_kept { bytes_of(parent) } else { [0; 8] };
        self.span = Some(Span { trace: bytes_of(trace), id: bytes_of(&id), parent, is_sampled });
        let next = format!("00-{trace}-{id}-{:02x}", u8::from(is_sampled));
        self.trace = HeaderValue::try_from(next).expect("digits");
        self
    }

    pub fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    pub fn request(&self) -> &str {
        self.request.to_str().unwrap_or_default()
    }

    /// The request's headers are these from now on.
    pub fn put_into(&self, headers: &mut HeaderMap) {
        headers.insert(REQUEST_ID, self.request.clone());
        headers.insert(TRACE_PARENT, self.trace.clone());
        if !self.is_trace_kept {
            headers.remove(TRACE_STATE);
        }
    }

    /// The same for a request to others, which may have its own.
    pub fn complete(&self, headers: &mut HeaderMap) {
        headers.entry(REQUEST_ID).or_insert_with(|| self.request.clone());
        headers.entry(TRACE_PARENT).or_insert_with(|| self.trace.clone());
    }
}

/// Digits for 16 and 8 bytes, neither of which is all zeros.
fn drawn() -> (String, String) {
    let mut bytes = [0; 24];
    // Without entropy, identifiers are alike; nothing else depends on them.
    let _ = getrandom::fill(&mut bytes);
    (bytes[0], bytes[16]) = (bytes[0] | 1, bytes[16] | 1);
    let digits = |bytes: &[u8]| {
        bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    (digits(&bytes[..16]), digits(&bytes[16..]))
}

/// What digits stand for.
fn bytes_of<const N: usize>(digits: &str) -> [u8; N] {
    let byte = |place| digits.get(2 * place..2 * place + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    std::array::from_fn(|place| byte(place).unwrap_or_default())
}

/// Nothing that means something in a line of a log, a query or a shell.
fn is_request_id(text: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=+/@".contains(&byte);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_sound)
}

/// W3C Trace Context, sections 3.2 and 4.3: a later version may have more behind what is known.
fn is_trace_parent(text: &str) -> bool {
    let mut parts = text.split('-');
    let known = [2, 32, 16, 2].map(|length| {
        let is_hex = |part: &&str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        parts.next().filter(|part| part.len() == length).filter(is_hex)
    });
    let [Some(version), Some(trace), Some(parent), Some(_)] = known else { return false };
    let has_any = |part: &str| part.bytes().any(|byte| byte != b'0');
    let is_whole = version != "00" || parts.next().is_none();
    version != "ff" && has_any(trace) && has_any(parent) && is_whole && text.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn those_of_a_trusted_proxy_are_kept() {
        let mut told = headers(&[("x-request-id", "a-1"), ("traceparent", TRACE), ("tracestate", "x=1")]);
        let ids = Ids::of(&told, true);
        assert_eq!((ids.request(), ids.trace.as_bytes()), ("a-1", TRACE.as_bytes()));
        ids.put_into(&mut told);
        assert_eq!(told["tracestate"], "x=1");
    }

    #[test]
    fn those_of_others_are_replaced() {
        let mut told = headers(&[("x-request-id", "a-1"), ("traceparent", TRACE), ("tracestate", "x=1")]);
        let (one, other) = (Ids::of(&told, false), Ids::of(&told, false));
        assert_eq!(one.request().len(), 32);
        assert_ne!(one.request(), other.request());
        assert!(is_trace_parent(one.trace.to_str().unwrap()));
        one.put_into(&mut told);
        assert_eq!(told["x-request-id"], one.request());
        assert!(!told.contains_key("tracestate"));
    }

    #[test]
    fn what_a_request_to_others_has_itself_stays() {
        let mut own = headers(&[("x-request-id", "mine")]);
        let ids = Ids::of(&HeaderMap::new(), false);
        ids.complete(&mut own);
        assert_eq!((&own["x-request-id"], &own["traceparent"]), (&HeaderValue::from_static("mine"), &ids.trace));
    }

    #[test]
    fn a_span_of_the_server_is_between_its_caller_and_the_next() {
        let told = headers(&[("traceparent", TRACE)]);
        let ids = Ids::of(&told, true).with_span();
        let span = *ids.span().unwrap();
        assert!(span.trace.starts_with(&[0x4b, 0xf9]) && span.is_sampled, "{span:?}");
        assert_eq!(span.parent, 0x00f0_67aa_0ba9_02b7u64.to_be_bytes());
        let id = span.id.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(ids.trace, format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{id}-01"));
        let unsampled = HeaderMap::from_iter([(TRACE_PARENT, TRACE.replace("-01", "-00").parse().unwrap())]);
        assert!(!Ids::of(&unsampled, true).with_span().span().unwrap().is_sampled);
        let first = *Ids::of(&unsampled, false).with_span().span().unwrap();
        assert!(first.is_sampled && first.parent == [0; 8], "{first:?}");
    }

    #[test]
    fn malformed_ones_are_replaced() {
        for id in ["", "a b", "a\"b", "a\tb", "[a]"] {
            assert!(!is_request_id(id), "{id}");
        }
        assert!(is_request_id(&"x".repeat(128)) && !is_request_id(&"x".repeat(129)));
        assert!(is_trace_parent(TRACE) && is_trace_parent(&TRACE.replacen("00", "cc", 1)));
        assert!(is_trace_parent(&format!("cc{}-more", &TRACE[2..])));
        let zeros = TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32));
        for trace in [
            &TRACE[1..],
            &TRACE.to_uppercase(),
            &format!("ff{}", &TRACE[2..]),
            &format!("{TRACE}-more"),
            &zeros,
            &TRACE.replace("00f067aa0ba902b7", &"0".repeat(16)),
        ] {
            assert!(!is_trace_parent(trace), "{trace}");
        }
    }
}
