//! What proxies state about a request: `Forwarded` (RFC 7239) and `X-Forwarded-*`, accepted only from proxies that
//! `--forwarded-allow-ips` names. The headers themselves reach the application unchanged.

use super::authority::checked;
use super::error::RequestError;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

const MALFORMED: RequestError = RequestError::Bad("its Forwarded header is malformed");

/// Trusted proxies.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    everyone: bool,
    networks: Vec<IpNet>,
}

impl FromStr for Proxies {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut proxies = Proxies::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part == "*" {
                proxies.everyone = true;
                continue;
            }
            let network = part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
            let network = network.map_err(|_| anyhow::anyhow!("{part:?} is no address, network (10.0.0.0/8) or *"))?;
            proxies.networks.push(network);
        }
        Ok(proxies)
    }
}

impl Proxies {
    /// The same, and those on this machine.
    pub fn with_local(&self) -> Self {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(IpNet::from);
        let networks = self.networks.iter().copied().chain(loopback).collect();
        Proxies { networks, ..self.clone() }
    }

    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        !self.everyone && self.networks.is_empty()
    }

    pub fn trust(&self, address: IpAddr) -> bool {
        self.everyone || self.networks.iter().any(|network| network.contains(&address))
    }
}

/// No proxy is trusted.
pub static NOBODY: Proxies = Proxies { everyone: false, networks: Vec::new() };

/// A client as a proxy saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    pub address: IpAddr,
    pub port: Option<u16>,
}

/// What all trusted proxies state together.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    pub client: Option<Client>,
    pub secure: Option<bool>,
    host: Option<String>,
    port: Option<u16>,
}

impl Forwarded {
    /// `peer` is the nearest proxy, which is trusted.
    ///
    /// # Errors
    /// When a header is malformed, or the two kinds contradict each other: a proxy that sets one kind may pass on a
    /// client's forgery in the other.
    pub fn read(headers: &HeaderMap, peer: IpAddr, proxies: &Proxies) -> Result<Self, RequestError> {
        let standard = headers.contains_key(header::FORWARDED).then(|| Self::of_standard(headers, peer, proxies));
        let others = [FOR, PROTO, HOST, PORT].iter().any(|name| headers.contains_key(name));
        let others = others.then(|| Self::of_others(headers, peer, proxies));
        match (standard.transpose()?, others.transpose()?) {
            (Some(standard), Some(others)) if standard.contradicts(&others) => {
                Err(RequestError::Bad("Forwarded and X-Forwarded-* contradict each other"))
            }
            (Some(standard), _) => Ok(standard),
            (None, Some(others)) => Ok(others),
            (None, None) => Ok(Forwarded::default()),
        }
    }

    /// The authority that the client requested. A port alone is combined with the known host; the scheme's default is
    /// left out, as browsers do it in Host and Origin, which applications compare (RFC 9110, section 4.2.3).
    pub fn host(&self, known: &Authority, secure: bool) -> Result<Option<Authority>, RequestError> {
        let default = if secure { 443 } else { 80 };
        let port = self.port.filter(|port| *port != default);
        let host = match (&self.host, self.port) {
            (None, None) => return Ok(None),
            (Some(host), _) => with_port(host, port),
            (None, Some(_)) => with_port(known.host(), port),
        };
        let host = host.parse().map_err(|_| RequestError::Bad("its forwarded host is malformed"))?;
        checked(host).map(Some)
    }

    fn contradicts(&self, other: &Self) -> bool {
        let client = |forwarded: &Self| forwarded.client.map(|client| client.address);
        client(self) != client(other) || self.secure != other.secure || self.host != other.host
    }

    /// Each proxy appends an element about its client (RFC 7239, section 4).
    fn of_standard(headers: &HeaderMap, peer: IpAddr, proxies: &Proxies) -> Result<Self, RequestError> {
        let text = joined(headers, &header::FORWARDED)?;
        let mut told = Forwarded::default();
        let mut from = peer;
        for element in split(&text, ',').into_iter().rev() {
            if !proxies.trust(from) {
                break;
            }
            let element = Element::read(element)?;
            told.secure = element.proto.as_deref().and_then(is_secure);
            told.host = element.host;
            // An obfuscated or unknown address: what lies behind it cannot be known.
            let Some(client) = element.client else { break };
            (told.client, from) = (Some(client), client.address);
        }
        Ok(told)
    }

    /// Proxies append addresses, too; of the other headers the last value counts, the nearest proxy's.
    fn of_others(headers: &HeaderMap, peer: IpAddr, proxies: &Proxies) -> Result<Self, RequestError> {
        let mut told = Forwarded::default();
        let mut from = peer;
        for address in joined(headers, &FOR)?.rsplit(',').map(str::trim) {
            let Some(client) = client(address).filter(|_| proxies.trust(from)) else { break };
            (told.client, from) = (Some(client), client.address);
        }
        told.secure = last(headers, &PROTO)?.as_deref().and_then(is_secure);
        told.host = last(headers, &HOST)?;
        told.port = last(headers, &PORT)?.and_then(|port| port.parse().ok());
        Ok(told)
    }
}

/// One proxy's element of a `Forwarded` header.
#[derive(Default)]
struct Element {
    client: Option<Client>,
    proto: Option<String>,
    host: Option<String>,
}

impl Element {
    fn read(text: &str) -> Result<Self, RequestError> {
        let mut element = Element::default();
        for pair in split(text, ';').into_iter().map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(MALFORMED)?;
            let value = unquoted(value)?;
            match &*name.to_ascii_lowercase() {
                "for" => element.client = client(&value),
                "proto" => element.proto = Some(value),
                "host" => element.host = Some(value),
                // `by`, and extensions (section 5.5).
                _ => {}
            }
        }
        Ok(element)
    }
}

/// An address, with a port or without: `1.2.3.4`, `1.2.3.4:5`, `::1`, `[::1]`, `[::1]:5`.
fn client(text: &str) -> Option<Client> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let alone = bare.parse::<IpAddr>().map(|address| Client { address: address.to_canonical(), port: None });
    let with_port = || {
        let client = text.parse::<SocketAddr>().ok()?;
        Some(Client { address: client.ip().to_canonical(), port: Some(client.port()) })
    };
    alone.ok().or_else(with_port)
}

fn is_secure(proto: &str) -> Option<bool> {
    match &*proto.to_ascii_lowercase() {
        "https" => Some(true),
        "http" => Some(false),
        _ => None,
    }
}

fn with_port(host: &str, port: Option<u16>) -> String {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    match port {
        Some(port) if !has_port => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}

/// All lines of a header as one (RFC 9110, section 5.3).
fn joined(headers: &HeaderMap, name: &HeaderName) -> Result<String, RequestError> {
    let mut lines = vec![];
    for line in headers.get_all(name) {
        lines.push(line.to_str().map_err(|_| MALFORMED)?);
    }
    Ok(lines.join(","))
}

fn last(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, RequestError> {
    let all = joined(headers, name)?;
    Ok(all.rsplit(',').next().map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned))
}

/// Splits outside quoted strings.
fn split(text: &str, by: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|character: char| {
        let splits = character == by && !quoted;
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\' && quoted && !escaped;
        splits
    })
    .collect()
}

/// A token or a quoted string (RFC 9110, section 5.6.4).
fn unquoted(value: &str) -> Result<String, RequestError> {
    let Some(rest) = value.strip_prefix('"') else { return Ok(value.to_owned()) };
    let inner = rest.strip_suffix('"').ok_or(MALFORMED)?;
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' { characters.next().ok_or(MALFORMED)? } else { character });
    }
    Ok(plain)
}

#[cfg(test)]
mod tests;
