//! The client's address, the scheme and the requested host, as far as they can be trusted: they come from the
//! connection, or from a proxy that `--forwarded-allow-ips` names. A client can forge none of them.

use super::authority::{BAD_HOST, checked};
use super::error::RequestError;
use super::forwarded::{Forwarded, Proxies};
use crate::serve::http::peer::Peer;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version, header};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::iter;
use std::net::IpAddr;
use std::sync::Arc;

const HTTP_1_1: &str = "HTTP/1.1";

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    pub address: IpAddr,
    /// None if a proxy does not state it.
    pub port: Option<u16>,
    pub secure: bool,
    /// PEP 3333's SERVER_PROTOCOL.
    pub protocol: &'static str,
    /// Where the application is mounted, once that is known: `/` and a name, or None at the root.
    pub script_name: Option<Arc<str>>,
}

impl ConnectionInfo {
    /// What the connection itself states.
    pub fn of<B>(request: &Request<B>, peer: &Peer) -> Self {
        // An IPv4 client of an IPv6 socket is an IPv4 client.
        let (address, port) = (peer.client().ip().to_canonical(), peer.client().port());
        let protocol = match request.version() {
            Version::HTTP_2 => "HTTP/2",
            Version::HTTP_10 => "HTTP/1.0",
            _ => HTTP_1_1,
        };
        ConnectionInfo { address, port: Some(port), secure: peer.is_secure(), protocol, script_name: None }
    }

    /// What `wasi:http` cannot express, as variables that the gateway turns into environ's keys.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, String)> {
        let port = self.port.map(|port| ("WASGI_REMOTE_PORT", port.to_string()));
        let script_name = self.script_name.as_ref().map(|name| ("WASGI_SCRIPT_NAME", name.to_string()));
        // The gateway's default needs no variable.
        let protocol = Some(self.protocol).filter(|protocol| *protocol != HTTP_1_1);
        let protocol = protocol.map(|protocol| ("WASGI_SERVER_PROTOCOL", protocol.to_owned()));
        iter::once(("WASGI_REMOTE_ADDR", self.address.to_string())).chain(port).chain(protocol).chain(script_name)
    }

    /// Determines the authority of the request, and follows a trusted proxy. Afterwards, the request's target has an
    /// authority, and its Host header, if any, agrees with it.
    ///
    /// # Errors
    /// When the request or the proxy contradicts itself.
    pub fn settle<B>(&mut self, request: &mut Request<B>, peer: &Peer, proxies: &Proxies) -> Result<(), RequestError> {
        check_target(request)?;
        let mut authority = authority(request, peer)?;
        if proxies.trust(self.address) {
            let forwarded = Forwarded::read(request.headers(), self.address, proxies)?;
            self.believe(&forwarded);
            if let Some(host) = forwarded.host(&authority, self.secure)? {
                request.headers_mut().insert(header::HOST, header_value(&host)?);
                authority = host;
            }
        }
        let host_is_missing = !request.headers().contains_key(header::HOST);
        if host_is_missing && request.version() >= Version::HTTP_2 {
            // RFC 9113, section 8.3.1: a translation of HTTP/2 to HTTP/1.1 makes a Host header of `:authority`.
            request.headers_mut().insert(header::HOST, header_value(&authority)?);
        }
        // A Host header is enough for wasi:http, and saves making a URI.
        if host_is_missing || request.uri().authority().is_some() {
            self.set_target(request, authority)?;
        }
        Ok(())
    }

    fn believe(&mut self, forwarded: &Forwarded) {
        if let Some(client) = forwarded.client {
            (self.address, self.port) = (client.address, client.port);
        }
        self.secure = forwarded.secure.unwrap_or(self.secure);
    }

    fn set_target<B>(&self, request: &mut Request<B>, authority: Authority) -> Result<(), RequestError> {
        let scheme = if self.secure { Scheme::HTTPS } else { Scheme::HTTP };
        let target = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        // `*` is the only target that a URI cannot express (RFC 9112, section 3.2.4).
        if target == "*" {
            return Ok(());
        }
        let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(target).build();
        *request.uri_mut() = uri.map_err(|_| RequestError::Bad("its target is malformed"))?;
        Ok(())
    }
}

/// Whether a request's path is this one or below it. `prefix` is empty, or `/` and a name.
pub fn is_below<B>(prefix: &str, request: &Request<B>) -> bool {
    if prefix.is_empty() {
        return true;
    }
    let path: Cow<[u8]> = percent_decode_str(request.uri().path()).into();
    matches!(path.strip_prefix(prefix.as_bytes()), Some([] | [b'/', ..]))
}

/// The host that a settled request names, without its port.
pub fn host<B>(request: &Request<B>) -> Option<&str> {
    let of_target = request.uri().host();
    of_target.or_else(|| {
        let header = request.headers().get(header::HOST)?.to_str().ok()?;
        // An address of IPv6 has colons within its brackets.
        let end = header.rfind(']').map_or_else(|| header.find(':'), |bracket| Some(bracket + 1));
        Some(&header[..end.unwrap_or(header.len())])
    })
}

/// The forms of a target that an origin server takes (RFC 9112, section 3.2).
fn check_target<B>(request: &Request<B>) -> Result<(), RequestError> {
    let path = request.uri().path();
    if request.method() == Method::CONNECT {
        return Err(RequestError::NotImplemented("CONNECT"));
    }
    if !(path.starts_with('/') || path == "*" && request.method() == Method::OPTIONS) {
        return Err(RequestError::Bad("its target is neither a path nor an address"));
    }
    let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
    if !target.is_ascii() {
        return Err(RequestError::Bad("its target has bytes that must be percent-encoded"));
    }
    match request.uri().scheme_str() {
        None | Some("http" | "https") => Ok(()),
        Some(_) => Err(RequestError::Bad("its target has a scheme that is not served here")),
    }
}

/// The requested authority: a request must state it once, and not twice differently (RFC 9112, section 3.2; RFC 9113,
/// section 8.3.1). HTTP/1.0 may omit it: then it is this end of the connection.
fn authority<B>(request: &Request<B>, peer: &Peer) -> Result<Authority, RequestError> {
    let target = request.uri().authority().cloned().map(checked).transpose()?;
    match (target, host_header(request.headers())?) {
        (Some(target), Some(host)) if !target.as_str().eq_ignore_ascii_case(host.as_str()) => {
            Err(RequestError::Bad("its target and its Host header differ"))
        }
        (_, Some(host)) => Ok(host),
        (Some(target), None) if request.version() != Version::HTTP_11 => Ok(target),
        (None, None) if request.version() == Version::HTTP_10 => {
            Ok(peer.local().to_string().parse().expect("an address and a port are an authority"))
        }
        (_, None) => Err(RequestError::Bad("it has no Host header")),
    }
}

fn host_header(headers: &HeaderMap) -> Result<Option<Authority>, RequestError> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => Ok(None),
        (Some(host), None) => {
            let host = host.to_str().ok().and_then(|host| host.parse().ok());
            host.map(checked).unwrap_or(Err(BAD_HOST)).map(Some)
        }
        (Some(_), Some(_)) => Err(RequestError::Bad("it has more than one Host header")),
    }
}

fn header_value(authority: &Authority) -> Result<HeaderValue, RequestError> {
    HeaderValue::from_str(authority.as_str()).map_err(|_| BAD_HOST)
}
