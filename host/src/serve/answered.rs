//! A request before its application has it, and a response on its way out.

use super::http::peer::{Busy, Peer};
use super::http::stream::Stream;
use super::request::connection_info::ConnectionInfo;
use super::request::error::RequestError;
use super::request::ids::Ids;
use super::request::lingering_body::LingeringBody;
use super::request::owner::Owner;
use super::request::record::Record;
use super::request::response_body::GuestBody;
use crate::units::Size;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;
use std::sync::Arc;

const SERVER: HeaderValue = HeaderValue::from_static("wasgi");

/// A request, and what was found out about it.
pub struct Arrived {
    pub request: Request<Incoming>,
    pub origin: ConnectionInfo,
    pub ids: Option<Arc<Ids>>,
}

impl Arrived {
    /// The answer to a request that is no application's.
    ///
    /// Nothing is read of its body; up to `most` of it is drained.
    pub fn refuse(
        self,
        error: RequestError,
        owner: &Arc<Owner>,
        most: Size,
        peer: &Peer,
        busy: Busy,
    ) -> Response<GuestBody> {
        let Arrived { request, origin, ids } = self;
        let record = Record::new(&request, origin.address, Size(0)).reported(owner, &request, ids);
        let record = Arc::new(record);
        Stream::answers(peer, &record);
        let headless = request.method() == Method::HEAD;
        drop(LingeringBody::of(request, most.0));
        Answered::of(Err(error), &record).finish(headless, busy, &record)
    }
}

/// A response, whatever it came from.
pub struct Answered {
    pub response: Response<GuestBody>,
    /// Nobody is there to read it.
    is_for_nobody: bool,
}

impl Answered {
    /// Every error becomes a response.
    pub fn of(answered: Result<Response<GuestBody>, RequestError>, record: &Arc<Record>) -> Self {
        let is_for_nobody = matches!(answered, Err(RequestError::ClientGone));
        let response = answered.unwrap_or_else(|error| {
            record.failed(&error);
            error.response().map(|body| GuestBody::from_host(body, record.clone()))
        });
        Answered { response, is_for_nobody }
    }

    /// The response, as it leaves.
    pub fn finish(self, headless: bool, busy: Busy, record: &Arc<Record>) -> Response<GuestBody> {
        let Answered { mut response, is_for_nobody } = self;
        response.body_mut().keeps(busy);
        if headless {
            response.body_mut().end_with_head();
        }
        trim(response.headers_mut());
        // RFC 9110, section 10.2.4. hyper adds the date.
        response.headers_mut().entry(header::SERVER).or_insert(SERVER);
        if !is_for_nobody {
            record.answered(&response);
        }
        response
    }
}

/// Drops spaces around values: they are no part of them (RFC 9110, section 5.5), and clients refuse a response of HTTP/2
/// that has any (RFC 9113, section 8.2.1).
fn trim(headers: &mut HeaderMap) {
    for value in headers.values_mut() {
        let trimmed = value.as_bytes().trim_ascii();
        if trimmed.len() < value.len() {
            *value = HeaderValue::from_bytes(trimmed).expect("a part of a value is one");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_no_spaces_around_them() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("a", "x; "), ("a", "\t y z\t"), ("b", " "), ("c", "none")] {
            headers.append(name, HeaderValue::from_static(value));
        }
        trim(&mut headers);
        let left: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(left, [("a", "x;"), ("a", "y z"), ("b", ""), ("c", "none")]);
    }
}
