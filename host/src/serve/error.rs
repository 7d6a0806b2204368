//! What can go wrong with a request on the host's side of the sandbox, and the answer for each.

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
    MemoryCap(Size),
    /// The guest returned without an answer.
    NoResponse,
    /// The request has no Host header and names no authority (RFC 9112, section 3.2).
    NoHost,
}

impl RequestError {
    fn status(&self) -> StatusCode {
        match self {
            RequestError::Deadline => StatusCode::GATEWAY_TIMEOUT,
            RequestError::Trap(_) | RequestError::MemoryCap(_) | RequestError::NoResponse => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            RequestError::NoHost => StatusCode::BAD_REQUEST,
        }
    }

    /// For the client: nothing about the inside.
    fn public(&self) -> &'static str {
        match self {
            RequestError::Deadline => "The application took too long.\n",
            RequestError::Trap(_) | RequestError::NoResponse => "Internal Server Error\n",
            RequestError::MemoryCap(_) => "The application reached its memory cap.\n",
            RequestError::NoHost => "Bad Request: the Host header is missing or wrong.\n",
        }
    }

    /// The only place where an error becomes an answer.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from_static(self.public().as_bytes())));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            RequestError::Deadline => f.write_str("stopped at its deadline (--timeout)"),
            RequestError::Trap(details) => write!(f, "trapped: {details}"),
            RequestError::MemoryCap(cap) => write!(f, "reached its memory cap of {cap} (--memory) and trapped"),
            RequestError::NoResponse => f.write_str("gave no answer"),
            RequestError::NoHost => f.write_str("had no usable Host header"),
        }
    }
}

impl std::error::Error for RequestError {}
