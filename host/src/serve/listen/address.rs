//! What `--bind` says.

use anyhow::{Context, Result, bail};
use std::fmt;
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen on, as gunicorn spells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// A host's name or address, and a port.
    Tcp(String, u16),
    Unix(PathBuf),
    Descriptor(RawFd),
}

const FORMS: &str = "write HOST:PORT, [::]:PORT, unix:PATH or fd://N";

impl FromStr for Bind {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            anyhow::ensure!(!path.is_empty(), "it has no path: {FORMS}");
            return Ok(Bind::Unix(path.strip_prefix("//").unwrap_or(path).into()));
        }
        if let Some(number) = text.strip_prefix("fd://") {
            let number = number.parse().ok().filter(|number| *number >= 0);
            return Ok(Bind::Descriptor(number.with_context(|| format!("no descriptor has that number: {FORMS}"))?));
        }
        let Some((host, port)) = text.rsplit_once(':') else { bail!("it has no port: {FORMS}") };
        let port = port.parse().ok().with_context(|| format!("a port is a number up to 65535: {FORMS}"))?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address,
            None if host.contains(':') => bail!("an IPv6 address stands in brackets: {FORMS}"),
            None => host,
        };
        Ok(Bind::Tcp(if host.is_empty() { "0.0.0.0" } else { host }.to_owned(), port))
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Bind::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Bind::Tcp(host, port) => write!(f, "{host}:{port}"),
            Bind::Unix(path) => write!(f, "unix:{}", path.display()),
            Bind::Descriptor(number) => write!(f, "fd://{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_and_shown_again() {
        for (text, shown) in [
            ("127.0.0.1:8000", "127.0.0.1:8000"),
            ("[::]:80", "[::]:80"),
            ("localhost:0", "localhost:0"),
            (":8000", "0.0.0.0:8000"),
            ("unix:/run/app.sock", "unix:/run/app.sock"),
            ("unix:///run/app.sock", "unix:/run/app.sock"),
            ("unix:app.sock", "unix:app.sock"),
            ("fd://3", "fd://3"),
        ] {
            assert_eq!(text.parse::<Bind>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, why) in [
            ("localhost", "no port"),
            ("localhost:http", "a port is a number"),
            ("host:70000", "a port is a number"),
            ("::1:80", "in brackets"),
            ("unix:", "no path"),
            ("fd://x", "no descriptor"),
            ("fd://-1", "no descriptor"),
        ] {
            let error = text.parse::<Bind>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
