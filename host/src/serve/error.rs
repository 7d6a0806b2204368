//! What can go wrong with a request on the host's side of the sandbox, and the answer for each.

use super::record::{CUT_OFF, MEMORY_CAP};
use crate::units::Size;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use std::fmt;

/// Why the sandbox gave no (whole) answer. The variant decides the status; the log gets the details.
#[derive(Clone, Debug)]
pub enum RequestError {
    /// The deadline passed.
    Deadline,
    /// A wasm trap or a host error inside the sandbox; the text says which.
    Trap(String),
    /// The same, after a request for memory beyond the cap was refused.
    MemoryCap,
    /// Something granted cannot be had any more; the text says what.
    Grant(String),
    /// The guest returned without an answer.
    NoResponse,
    /// The request's Host header is missing, doubled or unreadable (RFC 9112, section 3.2).
    BadHost,
    /// The request's target is longer than this.
    TargetTooLong(Size),
    /// The request's body is longer than this.
    BodyTooLarge(Size),
    /// The response's body is longer than this.
    ResponseTooLarge(Size),
    /// All sandboxes are taken and the queue is full, or the wait was too long.
    Busy,
}

impl RequestError {
    fn status(&self) -> StatusCode {
        match self {
            RequestError::Deadline => StatusCode::GATEWAY_TIMEOUT,
            RequestError::BadHost => StatusCode::BAD_REQUEST,
            RequestError::TargetTooLong(_) => StatusCode::URI_TOO_LONG,
            RequestError::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            RequestError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// One word for the log and the usage header.
    pub fn outcome(&self) -> &'static str {
        match self {
            RequestError::Deadline => "deadline",
            RequestError::Trap(_) => "trap",
            RequestError::MemoryCap => MEMORY_CAP,
            RequestError::Grant(_) => "no-grant",
            RequestError::NoResponse => "no-answer",
            RequestError::ResponseTooLarge(_) => CUT_OFF,
            RequestError::Busy => "busy",
            RequestError::BadHost | RequestError::TargetTooLong(_) | RequestError::BodyTooLarge(_) => "refused",
        }
    }

    /// For the client: nothing about the inside.
    fn public(&self) -> &'static str {
        match self {
            RequestError::Deadline => "The application took too long.\n",
            RequestError::MemoryCap => "The request reached its memory cap.\n",
            RequestError::BadHost => "Bad Request: one Host header is needed.\n",
            RequestError::TargetTooLong(_) => "The request target is too long.\n",
            RequestError::BodyTooLarge(_) => "The request body is too large.\n",
            RequestError::Busy => "The server is busy; try again in a moment.\n",
            _ => "Internal Server Error\n",
        }
    }

    /// The only place where an error becomes an answer.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from_static(self.public().as_bytes())));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if matches!(self, RequestError::Busy) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            RequestError::Deadline => f.write_str("stopped at its deadline (--timeout)"),
            RequestError::Trap(details) => write!(f, "trapped: {details}"),
            RequestError::MemoryCap => f.write_str("trapped after it had reached its memory cap (--memory)"),
            RequestError::Grant(details) => write!(f, "could not have what is granted to it: {details}"),
            RequestError::NoResponse => f.write_str("gave no answer"),
            RequestError::BadHost => f.write_str("had no usable Host header"),
            RequestError::TargetTooLong(limit) => write!(f, "has a target of more than {limit} (--target)"),
            RequestError::BodyTooLarge(limit) => write!(f, "has a body of more than {limit} (--body)"),
            RequestError::ResponseTooLarge(limit) => write!(f, "was cut off at {limit} (--response)"),
            RequestError::Busy => f.write_str("found no free sandbox (--concurrency, --queue)"),
        }
    }
}

impl std::error::Error for RequestError {}
