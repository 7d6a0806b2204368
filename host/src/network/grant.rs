//! Whom sockets may connect to, as `--allow-net` names them.

use super::addresses::{Trust, is_loopback};
use crate::outgoing::origin::{Host, Pattern};
use anyhow::{Context, Result, ensure};
use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Host and ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    who: Who,
    first: u16,
    last: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Named(Pattern),
    Network(IpNet),
}

impl FromStr for Grant {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        ensure!(!text.contains("://"), "write HOST:PORT, without a scheme: --allow-http takes origins");
        let split = text.rsplit_once(':').filter(|(_, ports)| !ports.contains(']'));
        let (host, ports) = split.with_context(|| format!("write it with a port: {text}:5432, or {text}:* for all"))?;
        ensure!(!host.contains('@'), "a host names nobody: leave out what stands before the @");
        let (first, last) = parse_ports(ports)?;
        Ok(Grant { who: Who::parse(host)?, first, last })
    }
}

fn parse_ports(text: &str) -> Result<(u16, u16)> {
    if text == "*" {
        return Ok((1, u16::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let of = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0 && port.to_string() == text);
    let ports = of(first).zip(of(last)).filter(|(first, last)| first <= last);
    ports.with_context(|| format!("{text:?} is no port (1 to 65535), range (8000-8100) or *"))
}

impl Who {
    fn parse(text: &str) -> Result<Self> {
        if text.contains('/') {
            let network = text.replace(['[', ']'], "");
            let network: IpNet =
                network.parse().with_context(|| format!("{text:?} is no network: 10.0.0.0/8, [fd00::]/8"))?;
            return Ok(Who::Network(network.trunc()));
        }
        Ok(Who::Named(Pattern::parse(text)?))
    }
}

impl Grant {
    /// Whether a name may be resolved: to all that it leads to, or to what it is trusted with.
    pub fn trust(&self, name: &str) -> Option<Trust> {
        match &self.who {
            Who::Named(Pattern::One(Host::Name(granted))) if granted == name => Some(Trust::of(name)),
            Who::Named(Pattern::Below(below)) if name.ends_with(&**below) => Some(Trust::Below),
            _ => None,
        }
    }

    /// Whether sockets may connect there; `names` are those that led there.
    pub fn allows(&self, place: SocketAddr, names: &[String]) -> bool {
        (self.first..=self.last).contains(&place.port())
            && (self.names_itself(place.ip())
                || names.iter().any(|name| self.trust(name).is_some_and(|trust| trust.may_lead_to(place.ip()))))
    }

    /// Whether it is named by its address.
    fn names_itself(&self, address: IpAddr) -> bool {
        match &self.who {
            Who::Named(Pattern::One(Host::Address(granted))) => *granted == address,
            Who::Named(Pattern::One(host)) => host.is_this_machine() && is_loopback(address),
            Who::Named(Pattern::Below(_)) => false,
            Who::Network(network) => network.contains(&address),
        }
    }
}

impl fmt::Display for Grant {
    /// As a guest is told of it: with a range of ports.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::Named(pattern) => write!(f, "{pattern}")?,
            Who::Network(IpNet::V4(network)) => write!(f, "{network}")?,
            Who::Network(IpNet::V6(network)) => write!(f, "[{}]/{}", network.addr(), network.prefix_len())?,
        }
        write!(f, ":{}-{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(grant: &str, place: &str, names: &[&str]) -> bool {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        grant.parse::<Grant>().unwrap().allows(place.parse().unwrap(), &names)
    }

    #[test]
    fn a_grant_is_host_and_ports() {
        for (grant, place, names) in [
            ("10.0.0.5:5432", "10.0.0.5:5432", &[][..]),
            ("169.254.169.254:80", "169.254.169.254:80", &[]),
            ("10.0.0.0/8:*", "10.255.0.1:1", &[]),
            ("[fd00::]/8:5432", "[fd12::1]:5432", &[]),
            ("[fd00::/8]:5432", "[fd12::1]:5432", &[]),
            ("[::1]:8000-8100", "[::1]:8100", &[]),
            ("localhost:5432", "127.0.0.1:5432", &[]),
            ("localhost:5432", "[::1]:5432", &[]),
            ("db:5432", "10.0.0.5:5432", &["db"]),
            ("DB:5432", "127.0.0.1:5432", &["db"]),
            ("db.example.com:5432", "10.0.0.5:5432", &["other", "db.example.com"]),
            ("*.example.com:443", "8.8.8.8:443", &["a.b.example.com"]),
        ] {
            assert!(allows(grant, place, names), "{grant} {place}");
        }
    }

    #[test]
    fn what_is_not_granted_is_refused_in_all_its_forms() {
        for (grant, place, names) in [
            ("10.0.0.5:5432", "10.0.0.5:5433", &[][..]),
            ("10.0.0.5:5432", "10.0.0.6:5432", &[]),
            ("10.0.0.5:5432", "[::ffff:10.0.0.5]:5432", &[]),
            ("10.0.0.5:5432", "[64:ff9b::a00:5]:5432", &[]),
            ("10.0.0.5:5432", "[2002:a00:5::]:5432", &[]),
            ("0.0.0.0/0:80", "[::ffff:10.0.0.5]:80", &[]),
            ("127.0.0.1:80", "127.0.0.2:80", &[]),
            ("localhost:80", "127.0.0.2:80", &[]),
            ("localhost:80", "0.0.0.0:80", &[]),
            ("db:5432", "10.0.0.5:5432", &[]),
            ("db:5432", "10.0.0.5:5432", &["other"]),
            ("db:5432", "169.254.169.254:5432", &["db"]),
            ("db.example.com:5432", "127.0.0.1:5432", &["db.example.com"]),
            ("*.example.com:443", "10.0.0.5:443", &["a.example.com"]),
            ("*.example.com:443", "8.8.8.8:443", &["example.com"]),
            ("*.example.com:443", "8.8.8.8:443", &["evilexample.com"]),
        ] {
            assert!(!allows(grant, place, names), "{grant} {place}");
        }
    }

    #[test]
    fn what_is_no_grant_says_what_to_write() {
        for (text, cure) in [
            ("db", "db:5432"),
            ("[::1]", "[::1]:5432"),
            ("postgresql://db:5432", "without a scheme"),
            ("me@db:5432", "leave out"),
            ("db:0", "no port"),
            ("db:x", "no port"),
            ("db:9-8", "no port"),
            ("db:05432", "no port"),
            ("*:5432", "name a domain"),
            ("::1:5432", "brackets"),
            ("127.1:5432", "no address of IPv4"),
            ("10.0.0.0/33:1", "no network"),
            ("[::ffff:10.0.0.1]:1", "IPv4 that it is"),
            ("/var/run/postgresql:5432", "no network"),
        ] {
            let error = format!("{:#}", text.parse::<Grant>().unwrap_err());
            assert!(error.contains(cure), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_guest_is_told_of_it_with_a_range() {
        for (text, shown) in [("DB:1", "db:1-1"), ("*.a.b:*", "*.a.b:1-65535"), ("[fd00::1]/8:2-3", "[fd00::]/8:2-3")] {
            assert_eq!(text.parse::<Grant>().unwrap().to_string(), shown);
        }
    }
}
