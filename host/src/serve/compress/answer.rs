//! Which answers are compressed, and what changes in their heads.

use super::accept::Coding;
use crate::serve::request::response_body::GuestBody;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body::Body;

/// A shorter answer fits one packet anyway. Of one whose length is not known, more is expected.
const LEAST: u64 = 1024;

/// Types beside `text/*`, `*+json` and `*+xml` that become much smaller.
const TYPES: [&str; 13] = [
    "application/ecmascript",
    "application/javascript",
    "application/json",
    "application/rtf",
    "application/vnd.ms-fontobject",
    "application/wasm",
    "application/x-javascript",
    "application/x-ndjson",
    "application/xml",
    "font/otf",
    "font/ttf",
    "image/bmp",
    "image/x-icon",
];

/// An event is short, and its stream stays open: each would keep an encoder.
const EVENTS: &str = "text/event-stream";

/// They say what the bytes on the wire are, and would not be true any more.
const OF_BYTES: [HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_RANGE,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("repr-digest"),
];

/// Has the body compressed if it is worth it. `coding` is the client's choice; None for HEAD, too.
///
/// Whether or not this client's is compressed, `Vary` tells caches that another's may be.
pub fn compress(response: &mut Response<GuestBody>, coding: Option<Coding>) {
    if !is_worth_it(response) {
        return;
    }
    vary(response.headers_mut());
    let Some(coding) = coding.filter(|coding| response.body_mut().encode(*coding)) else { return };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    headers.remove(header::CONTENT_LENGTH);
    // Parts of a file are parts of what it is without a coding.
    headers.remove(header::ACCEPT_RANGES);
    weaken(headers);
}

fn is_worth_it(response: &Response<GuestBody>) -> bool {
    use StatusCode as Code;
    let headers = response.headers();
    let has_body = !matches!(response.status(), Code::NO_CONTENT | Code::RESET_CONTENT | Code::NOT_MODIFIED);
    has_body
        && response.status() != Code::PARTIAL_CONTENT
        && has_type(headers)
        && length(response).is_none_or(|length| length >= LEAST)
        && !OF_BYTES.iter().any(|name| headers.contains_key(name))
        && !may_not_change(headers)
}

fn length(response: &Response<GuestBody>) -> Option<u64> {
    let told = response.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    told.or_else(|| response.body().size_hint().exact())
}

fn has_type(headers: &HeaderMap) -> bool {
    let Some(Ok(text)) = headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str) else { return false };
    let text = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = text.starts_with("text/") || text.ends_with("+json") || text.ends_with("+xml");
    (is_text && text != EVENTS) || TYPES.contains(&&*text)
}

/// RFC 9111, section 5.2.2.6.
fn may_not_change(headers: &HeaderMap) -> bool {
    names(headers, &header::CACHE_CONTROL).any(|name| name.eq_ignore_ascii_case("no-transform"))
}

fn vary(headers: &mut HeaderMap) {
    let is_there = |name: &str| name == "*" || name.eq_ignore_ascii_case("accept-encoding");
    if !names(headers, &header::VARY).any(is_there) {
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
}

/// A list's elements.
fn names<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',').map(str::trim))
}

/// A strong validator promises the same bytes, which a coding changes (RFC 9110, section 8.8.1).
fn weaken(headers: &mut HeaderMap) {
    let Some(strong) = headers.get(header::ETAG).filter(|etag| etag.as_bytes().starts_with(b"\"")) else { return };
    if let Ok(weak) = HeaderValue::from_bytes(&[b"W/", strong.as_bytes()].concat()) {
        headers.insert(header::ETAG, weak);
    }
}
