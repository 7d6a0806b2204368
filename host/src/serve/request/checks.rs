//! What a request must keep to before it gets a sandbox.

use super::error::RequestError;
use super::lingering_body::LingeringBody;
use crate::serve::limits::Limits;
use http::{HeaderMap, Request, header};
use hyper::body::Body;

/// Refuses what it can before a sandbox is used.
///
/// # Errors
/// When the request breaks a limit or a rule.
pub fn check(request: &Request<LingeringBody>, limits: &Limits) -> Result<(), RequestError> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target as u64 > limits.target.0 {
        return Err(RequestError::TargetTooLong(limits.target));
    }
    if request.body().size_hint().lower() > limits.body.0 {
        return Err(RequestError::BodyTooLarge(limits.body));
    }
    if request.headers().len() > limits.headers as usize {
        return Err(RequestError::TooManyHeaders(limits.headers));
    }
    check_headers(request.headers())
}

/// Checks that hyper leaves to the server.
fn check_headers(headers: &HeaderMap) -> Result<(), RequestError> {
    if headers.get_all(header::CONTENT_TYPE).iter().nth(1).is_some() {
        return Err(RequestError::Bad("it has more than one Content-Type"));
    }
    // RFC 9112, section 6.1: "a transfer coding it does not understand SHOULD respond with 501".
    match headers.get(header::TRANSFER_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            Err(RequestError::NotImplemented("a transfer coding besides chunked"))
        }
        _ => Ok(()),
    }
}
