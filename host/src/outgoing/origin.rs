//! Origins: to whom requests may go out (RFC 6454: scheme, host and port).

use anyhow::{Context, Result, bail, ensure};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// As `--allow-http` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    host: Pattern,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// Whom an option names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    One(Host),
    /// All names that end so: a dot, and a name.
    Below(String),
}

/// Of whom a request asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// In lower case.
    Name(String),
    Address(IpAddr),
}

/// Where one request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub scheme: Scheme,
    pub host: Host,
    pub port: u16,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

impl Host {
    /// Reads what stands in a URL (RFC 3986, section 3.2.2). `127.1` and `0x7f000001` are neither names nor addresses
    /// here: resolvers take them for addresses, and nobody writes them who means no harm.
    ///
    /// # Errors
    /// When it is neither a name nor an address.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let address: Ipv6Addr = inner.parse().with_context(|| format!("{inner} is no address of IPv6"))?;
            ensure!(address.to_ipv4_mapped().is_none(), "write {address} as the address of IPv4 that it is");
            return Ok(Host::Address(address.into()));
        }
        ensure!(!text.contains(':'), "an address of IPv6 stands in brackets: [{text}]");
        ensure!(!text.is_empty(), "there is no host name in it");
        let last = text.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X") {
            let address: IpAddr = text.parse().with_context(|| format!("{text:?} is no address of IPv4"))?;
            return Ok(Host::Address(address));
        }
        let is_name = text.len() <= 253 && text.split('.').all(is_label);
        ensure!(
            is_name,
            "{text:?} is no host name: letters, digits and hyphens, as in DNS (for others, its xn-- form)"
        );
        Ok(Host::Name(text.to_ascii_lowercase()))
    }

    /// RFC 6761, section 6.3: it is this machine, and no resolver is asked.
    pub fn is_this_machine(&self) -> bool {
        matches!(self, Host::Name(name) if name == "localhost")
    }
}

/// RFC 1123, section 2.1; and the underscore, which is in use.
fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
}

impl Pattern {
    /// Reads a host, or a domain with `*.` in front.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(host: &str) -> Result<Self> {
        Ok(match host.strip_prefix("*.") {
            None if host == "*" => bail!("name a domain: *.example.com"),
            None => Pattern::One(Host::parse(host)?),
            Some(below) => match Host::parse(below)? {
                Host::Name(name) => Pattern::Below(format!(".{name}")),
                Host::Address(_) => bail!("below an address there is nothing: write it without *."),
            },
        })
    }
}

impl FromStr for Origin {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((scheme, authority)) = text.split_once("://") else {
            bail!("write an origin with its scheme: https://{text}");
        };
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => bail!("{other}:// does not go out: http:// and https:// do"),
        };
        ensure!(!authority.contains('@'), "an origin names nobody: leave out what stands before the @");
        ensure!(
            !authority.contains(['/', '?', '#']),
            "an origin has no path: write {}://{}",
            scheme.name(),
            authority.split(['/', '?', '#']).next().unwrap_or_default()
        );
        let (host, port) = split_port(authority)?;
        Ok(Origin { scheme, host: Pattern::parse(host)?, port: port.unwrap_or(scheme.port()) })
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>)> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') && (!host.contains(':') || host.ends_with(']')) => {
            let number = port.parse().ok().filter(|number: &u16| *number > 0 && number.to_string() == port);
            Ok((host, Some(number.with_context(|| format!("{port:?} is no port: 1 to 65535"))?)))
        }
        _ => Ok((authority, None)),
    }
}

impl fmt::Display for Origin {
    /// With its port, whatever it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme.name(), self.host, self.port)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::One(host) => write!(f, "{host}"),
            Pattern::Below(name) => write!(f, "*{name}"),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl fmt::Display for Target {
    /// As `--allow-http` takes it: without the port that is the scheme's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.host)?;
        if self.port == self.scheme.port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl Origin {
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether a request may go there.
    pub fn allows(&self, target: &Target) -> bool {
        self.scheme == target.scheme
            && self.port == target.port
            && match (&self.host, &target.host) {
                (Pattern::One(host), asked) => host == asked,
                (Pattern::Below(below), Host::Name(name)) => name.ends_with(&**below),
                (Pattern::Below(_), Host::Address(_)) => false,
            }
    }
}

impl Target {
    /// Of a request as the guest made it.
    ///
    /// # Errors
    /// When its scheme, host or port are not what a URL may have.
    pub fn of(uri: &http::Uri) -> Result<Self> {
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => bail!("a request by neither http nor https"),
        };
        let authority = uri.authority().context("a request to nobody")?.as_str();
        ensure!(!authority.contains('@'), "a request with a user in its authority");
        let (host, port) = split_port(authority)?;
        Ok(Target { scheme, host: Host::parse(host)?, port: port.unwrap_or(scheme.port()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Result<Target> {
        Target::of(&text.parse()?)
    }

    fn allows(origin: &str, asked: &str) -> bool {
        target(asked).is_ok_and(|asked| origin.parse::<Origin>().unwrap().allows(&asked))
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (origin, asked) in [
            ("https://example.com", "https://example.com/a"),
            ("https://example.com", "https://EXAMPLE.com:443/a"),
            ("HTTP://Example.com:8080", "http://example.com:8080/"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1/"),
            ("http://[::1]:1", "http://[0:0:0:0:0:0:0:1]:1/"),
            ("https://*.example.com", "https://a.b.example.com/"),
        ] {
            assert!(allows(origin, asked), "{origin} {asked}");
        }
    }

    #[test]
    fn what_is_named_otherwise_is_another_one() {
        for (origin, asked) in [
            ("https://example.com", "http://example.com/"),
            ("https://example.com", "https://example.com:444/"),
            ("https://example.com", "https://example.com./"),
            ("https://example.com", "https://a.example.com/"),
            ("https://example.com", "https://example.com@evil.com/"),
            ("https://example.com", "https://user:password@example.com/"),
            ("https://example.com", "https://evil.com/?example.com"),
            ("https://*.example.com", "https://example.com/"),
            ("https://*.example.com", "https://evilexample.com/"),
            ("https://*.example.com", "https://.example.com/"),
            ("http://127.0.0.1", "http://127.1/"),
            ("http://127.0.0.1", "http://2130706433/"),
            ("http://127.0.0.1", "http://0x7f000001/"),
            ("http://127.0.0.1", "http://0177.0.0.1/"),
            ("http://127.0.0.1", "http://[::ffff:127.0.0.1]/"),
            ("http://127.0.0.1", "http://localhost/"),
            ("http://localhost", "http://127.0.0.1/"),
        ] {
            assert!(!allows(origin, asked), "{origin} {asked}");
        }
    }

    #[test]
    fn what_is_no_origin_says_what_to_write() {
        for (text, cure) in [
            ("example.com", "https://example.com"),
            ("ftp://example.com", "http:// and https://"),
            ("https://example.com/", "no path: write https://example.com"),
            ("https://example.com/a?b", "no path: write https://example.com"),
            ("https://me@example.com", "leave out"),
            ("https://*", "name a domain"),
            ("https://*.1.2.3.4", "without *."),
            ("https://a.*.example.com", "no host name"),
            ("https://example.com:0", "1 to 65535"),
            ("https://example.com:x", "1 to 65535"),
            ("https://", "no host name"),
            ("https://::1", "brackets"),
            ("http://[::ffff:10.0.0.1]", "IPv4 that it is"),
            ("http://127.1", "no address of IPv4"),
            ("http://exa mple.com", "no host name"),
            ("http://exa\r\nmple.com", "no host name"),
            ("http://münchen.example", "xn--"),
            ("unix:///var/run/docker.sock", "http:// and https://"),
        ] {
            let error = format!("{:#}", text.parse::<Origin>().unwrap_err());
            assert!(error.contains(cure), "{text:?}: {error}");
        }
    }

    #[test]
    fn an_origin_is_shown_as_it_is_compared() {
        for (text, shown) in [
            ("https://EXAMPLE.com", "https://example.com:443"),
            ("http://[0::1]", "http://[::1]:80"),
            ("https://*.example.com:1", "https://*.example.com:1"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), shown);
        }
        assert_eq!(target("https://example.com:443/a").unwrap().to_string(), "https://example.com");
    }
}
