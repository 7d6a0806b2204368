//! What can go wrong with a request outside the guest, and the response to each.

use super::outcome::Outcome;
use crate::terminal::console::Level;
use crate::units::Size;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// Why the host gives up a slow client.
pub const TAKES_TOO_LITTLE: &str = "takes too little of the answer (--send-timeout, --unsent)";

/// Why the sandbox gave no (whole) response. The variant decides the status; the log gets the details.
#[derive(Clone, Debug)]
pub enum RequestError {
    /// The deadline passed.
    Deadline,
    /// A wasm trap or a host error inside the sandbox; the text says which.
    Trap(String),
    /// The same, after a request for memory beyond the cap was refused.
    MemoryCap,
    /// A grant cannot be opened any more; the text says which.
    Grant(String),
    /// The guest returned without a response.
    NoResponse,
    /// The request breaks a rule of HTTP; the text says which.
    Bad(&'static str),
    /// It needs a feature of HTTP that is not implemented.
    NotImplemented(&'static str),
    /// Its path is no application's.
    NotMounted,
    /// Its host is no application's.
    Misdirected,
    /// Its application names a file that cannot be sent; the text says which, and why.
    NoFile(String),
    /// It has more headers than this.
    TooManyHeaders(u32),
    /// A piece of its body took longer than this to arrive.
    BodyTooSlow(Duration),
    /// The client has left.
    ClientGone,
    /// The request's target is longer than this.
    TargetTooLong(Size),
    /// The request's body is longer than this.
    BodyTooLarge(Size),
    /// The response's body is longer than this.
    ResponseTooLarge(Size),
    /// Its client takes too little of the answer.
    NotTaken,
    /// All sandboxes are taken and the queue is full, or the wait was too long.
    Busy,
}

impl RequestError {
    fn status(&self) -> StatusCode {
        match self {
            RequestError::Deadline => StatusCode::GATEWAY_TIMEOUT,
            // The 408 of a client that has left is only logged.
            RequestError::BodyTooSlow(_) | RequestError::ClientGone => StatusCode::REQUEST_TIMEOUT,
            RequestError::Bad(_) => StatusCode::BAD_REQUEST,
            RequestError::NotMounted | RequestError::NoFile(_) => StatusCode::NOT_FOUND,
            RequestError::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            RequestError::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            RequestError::TooManyHeaders(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            RequestError::TargetTooLong(_) => StatusCode::URI_TOO_LONG,
            RequestError::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            RequestError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word in the log and the usage header.
    pub fn outcome(&self) -> Outcome {
        match self {
            RequestError::Deadline => Outcome::Deadline,
            RequestError::Trap(_) => Outcome::Trap,
            RequestError::MemoryCap => Outcome::MemoryCap,
            RequestError::Grant(_) => Outcome::NoGrant,
            RequestError::NoFile(_) => Outcome::Error,
            RequestError::NoResponse => Outcome::NoAnswer,
            RequestError::ResponseTooLarge(_) => Outcome::CutOff,
            RequestError::Busy => Outcome::Busy,
            RequestError::ClientGone | RequestError::NotTaken => Outcome::ClientGone,
            RequestError::Bad(_)
            | RequestError::NotImplemented(_)
            | RequestError::NotMounted
            | RequestError::Misdirected
            | RequestError::TooManyHeaders(_)
            | RequestError::TargetTooLong(_)
            | RequestError::BodyTooLarge(_)
            | RequestError::BodyTooSlow(_) => Outcome::Refused,
        }
    }

    /// How bad its line in the log is: a client's own fault is less than one of the application or the server.
    pub fn level(&self) -> Level {
        match self.outcome() {
            Outcome::Refused | Outcome::ClientGone => Level::Warning,
            _ => Level::Error,
        }
    }

    /// For the client: without internals.
    fn public(&self) -> Cow<'static, str> {
        let text = match self {
            RequestError::Bad(why) => return format!("Bad Request: {why}.\n").into(),
            RequestError::NotImplemented(what) => return format!("Not Implemented: {what}.\n").into(),
            RequestError::NotMounted | RequestError::NoFile(_) => "Not Found\n",
            RequestError::Misdirected => "No application is served for this host.\n",
            RequestError::TooManyHeaders(_) => "The request has too many headers.\n",
            RequestError::BodyTooSlow(_) => "The request body took too long.\n",
            RequestError::Deadline => "The application took too long.\n",
            RequestError::MemoryCap => "The request reached its memory cap.\n",
            RequestError::TargetTooLong(_) => "The request target is too long.\n",
            RequestError::BodyTooLarge(_) => "The request body is too large.\n",
            RequestError::Busy => "The server is busy; try again in a moment.\n",
            _ => "Internal Server Error\n",
        };
        text.into()
    }

    /// The only place where an error becomes a response.
    pub fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.public().into_owned())));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if matches!(self, RequestError::Bad(_) | RequestError::NotImplemented(_)) {
            // The rest of a malformed request cannot be trusted, least of all its framing.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
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
            RequestError::Grant(details) => write!(f, "cannot open a granted directory: {details}"),
            RequestError::NoResponse => f.write_str("gave no answer"),
            RequestError::Bad(why) => write!(f, "is a bad request: {why}"),
            RequestError::NotImplemented(what) => write!(f, "asks for {what}, which is not implemented"),
            RequestError::NotMounted => f.write_str("is below no application's path (--script-name, prefix)"),
            RequestError::Misdirected => f.write_str("names the host of no application (host)"),
            RequestError::NoFile(details) => write!(f, "names no file that can be sent: {details}"),
            RequestError::TooManyHeaders(limit) => write!(f, "has more than {limit} headers (--headers)"),
            RequestError::BodyTooSlow(limit) => write!(f, "sent no more of its body for {limit:?} (--body-timeout)"),
            RequestError::ClientGone => f.write_str("lost its client"),
            RequestError::NotTaken => write!(f, "is given up: its client {TAKES_TOO_LITTLE}"),
            RequestError::TargetTooLong(limit) => write!(f, "has a target of more than {limit} (--target)"),
            RequestError::BodyTooLarge(limit) => write!(f, "has a body of more than {limit} (--body)"),
            RequestError::ResponseTooLarge(limit) => write!(f, "was cut off at {limit} (--response)"),
            RequestError::Busy => f.write_str("found no free sandbox (--concurrency, --queue)"),
        }
    }
}

impl std::error::Error for RequestError {}
