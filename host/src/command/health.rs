//! `wasgi health`: checks whether a server responds, for a container's HEALTHCHECK. Small images have no other client.

use crate::units;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use http::Uri;
use http::uri::Scheme;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Bytes. A status line is shorter (RFC 9112, section 4).
const STATUS_LINE: usize = 1 << 10;

#[derive(Args)]
pub struct HealthArgs {
    /// URL to request, such as http://127.0.0.1:8000/. A status from 200 to 399 is healthy
    #[arg(value_name = "URL")]
    url: Uri,
    /// How long connection and answer may take together
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = units::duration)]
    timeout: Duration,
}

/// Succeeds if the server responds well and in time; a probe of Kubernetes (`httpGet`) accepts the same range of
/// statuses.
///
/// # Errors
/// When it does not; the message says how.
pub fn command(args: HealthArgs) -> Result<()> {
    let HealthArgs { url, timeout } = args;
    let status = ask(&url, timeout).with_context(|| format!("{url} is not healthy"))?;
    ensure!((200..400).contains(&status), "{url} is not healthy: its status is {status}");
    Ok(())
}

/// Returns the status of the response.
fn ask(url: &Uri, timeout: Duration) -> Result<u16> {
    let cure = "write the address that the server itself listens on, as in http://127.0.0.1:8000/";
    ensure!(url.scheme() == Some(&Scheme::HTTP), "only http:// can be asked; {cure}");
    let host = url.host().with_context(|| format!("no host is named; {cure}"))?;
    let deadline = Instant::now() + timeout;
    let mut socket = connect(host.trim_matches(['[', ']']), url.port_u16().unwrap_or(80), deadline)?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let authority = url.authority().map_or(host, |authority| authority.as_str());
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    socket.set_write_timeout(Some(left(deadline)?))?;
    socket.write_all(request.as_bytes()).context("sending the request")?;
    let mut answer = vec![];
    while !answer.contains(&b'\n') && answer.len() < STATUS_LINE {
        socket.set_read_timeout(Some(left(deadline)?))?;
        let mut part = [0; 256];
        match socket.read(&mut part).context("no answer in time")? {
            0 => break,
            read => answer.extend_from_slice(&part[..read]),
        }
    }
    status(&answer).with_context(|| format!("no HTTP: {:?}", String::from_utf8_lossy(&answer)))
}

/// Connects to the first of the host's addresses that accepts.
fn connect(host: &str, port: u16, deadline: Instant) -> Result<TcpStream> {
    let mut failed = None;
    for address in (host, port).to_socket_addrs().with_context(|| format!("finding {host}"))? {
        match TcpStream::connect_timeout(&address, left(deadline)?) {
            Ok(socket) => return Ok(socket),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) => Err(error).context("nothing listens there"),
        None => bail!("{host} has no address"),
    }
}

fn left(deadline: Instant) -> Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    ensure!(!left.is_zero(), "no answer in time (--timeout)");
    Ok(left)
}

/// The status in `HTTP/1.1 200 OK`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(answer.split(|&byte| byte == b'\n').next()?).ok()?;
    line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_the_second_word_of_the_first_line() {
        assert_eq!(status(b"HTTP/1.1 204 No Content\r\nA: 200\r\n"), Some(204));
        assert_eq!(status(b"HTTP/1.1 200\r\n"), Some(200));
        for other in [&b""[..], b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1\r\n", b"HTTP/1.1 fine\r\n", b"\xff 200"] {
            assert_eq!(status(other), None);
        }
    }
}
