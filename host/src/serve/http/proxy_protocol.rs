//! `--proxy-protocol`: what a proxy says of its client in front of all other bytes of a connection.
//!
//! The rules are those of HAProxy's `doc/proxy-protocol.txt`, versions 1 and 2. A header is taken only from a proxy that
//! is trusted, and none means that the connection is refused: who could do without would be believed to be its own client.

use super::socket::Socket;
use bytes::BytesMut;
use ppp::v2::Command;
use ppp::{HeaderResult, v1, v2};
use std::fmt;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt as _;

/// A line of version 1 is no longer, its end included (section 2.1).
const LINE: usize = 107;
/// What version 1 begins with.
const WORD: &[u8] = b"PROXY ";
/// What version 2 begins with: it says how long the rest is (section 2.2).
const FIXED: usize = 16;
/// The longest header of version 2 that is taken: room for the names in a client's certificate.
const MOST: usize = 4096;
/// In the value of the field about TLS: the client has connected by TLS (section 2.2.5, PP2_CLIENT_SSL).
const BY_TLS: u8 = 1;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxied {
    /// The client's end and the one that it has connected to; None where the proxy does not know them, or they are no
    /// addresses of the internet.
    pub ends: Option<(SocketAddr, SocketAddr)>,
    /// The client has connected to the proxy by TLS.
    pub secure: bool,
}

/// Why a connection is refused. Each says the cure.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Untrusted,
    Missing,
    TooLong,
    TooSlow,
    Malformed(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Refusal::Untrusted => f.write_str(
                "--proxy-protocol takes connections from trusted proxies alone: name this one by --forwarded-allow-ips",
            ),
            Refusal::Missing => f.write_str(
                "it does not begin with a PROXY header: have the proxy send one (send-proxy-v2 of HAProxy, proxy_protocol \
                 of nginx), or leave out --proxy-protocol",
            ),
            Refusal::TooLong => write!(f, "its PROXY header is too long: at most {MOST} bytes are taken, of version 1 {LINE}"),
            Refusal::TooSlow => f.write_str("its PROXY header took too long (--header-timeout)"),
            Refusal::Malformed(why) => write!(f, "its PROXY header is malformed: {why}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// What the start of a connection turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Start {
    /// Behind it is the client's part.
    Of(Proxied),
    /// The proxy's own connection, which asks for its health.
    Local,
    /// It ended before its header did.
    Ended,
}

/// Reads a header; what came behind it stays in the socket.
///
/// # Errors
/// When there is no sound header.
pub async fn read(socket: &mut Socket) -> Result<Start, Refusal> {
    let mut read = BytesMut::with_capacity(MOST);
    loop {
        if let Some(length) = length(&read)? {
            let rest = read.split_off(length);
            socket.give_back(rest.freeze());
            return parsed(&read);
        }
        match socket.read_buf(&mut read).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Ok(Start::Ended),
        }
    }
}

/// The length of a header that is there as a whole.
fn length(read: &[u8]) -> Result<Option<usize>, Refusal> {
    let begins = |with: &[u8]| read.starts_with(with) || with.starts_with(read);
    let length = if begins(v2::PROTOCOL_PREFIX) {
        read.get(..FIXED).map(|fixed| FIXED + usize::from(u16::from_be_bytes([fixed[14], fixed[15]])))
    } else if begins(WORD) {
        let end = read.windows(2).take(LINE - 1).position(|two| two == b"\r\n");
        if end.is_none() && read.len() >= LINE {
            return Err(Refusal::TooLong);
        }
        end.map(|end| end + 2)
    } else {
        return Err(Refusal::Missing);
    };
    if length.is_some_and(|length| length > MOST) {
        return Err(Refusal::TooLong);
    }
    Ok(length.filter(|length| *length <= read.len()))
}

fn parsed(header: &[u8]) -> Result<Start, Refusal> {
    match HeaderResult::parse(header) {
        HeaderResult::V1(Ok(header)) => {
            let ends = match header.addresses {
                v1::Addresses::Tcp4(ip) => {
                    Some(ends((ip.source_address, ip.source_port), (ip.destination_address, ip.destination_port)))
                }
                v1::Addresses::Tcp6(ip) => {
                    Some(ends((ip.source_address, ip.source_port), (ip.destination_address, ip.destination_port)))
                }
                v1::Addresses::Unknown => None,
            };
            Ok(Start::Of(Proxied { ends, secure: false }))
        }
        HeaderResult::V2(Ok(header)) if header.command == Command::Local => Ok(Start::Local),
        HeaderResult::V2(Ok(header)) => {
            let ends = match header.addresses {
                v2::Addresses::IPv4(ip) => {
                    Some(ends((ip.source_address, ip.source_port), (ip.destination_address, ip.destination_port)))
                }
                v2::Addresses::IPv6(ip) => {
                    Some(ends((ip.source_address, ip.source_port), (ip.destination_address, ip.destination_port)))
                }
                v2::Addresses::Unix(_) | v2::Addresses::Unspecified => None,
            };
            Ok(Start::Of(Proxied { ends, secure: is_by_tls(&header)? }))
        }
        HeaderResult::V1(Err(error)) => Err(Refusal::Malformed(error.to_string())),
        HeaderResult::V2(Err(error)) => Err(Refusal::Malformed(error.to_string())),
    }
}

fn ends(client: impl Into<SocketAddr>, local: impl Into<SocketAddr>) -> (SocketAddr, SocketAddr) {
    (client.into(), local.into())
}

/// Whether one of the fields behind the addresses says so; all others are ignored.
fn is_by_tls(header: &v2::Header) -> Result<bool, Refusal> {
    for field in header.tlvs() {
        let field = field.map_err(|error| Refusal::Malformed(error.to_string()))?;
        if field.kind == v2::Type::SSL as u8 {
            return Ok(field.value.first().is_some_and(|bits| bits & BY_TLS != 0));
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of version 2.
    fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [v2::PROTOCOL_PREFIX, &[0x20 | command, family], &length, rest].concat()
    }

    fn proxied(client: &str, local: &str, secure: bool) -> Start {
        let ends = (client.parse().unwrap(), local.parse().unwrap());
        Start::Of(Proxied { ends: Some(ends), secure })
    }

    const IPV4: [u8; 12] = [192, 0, 2, 7, 198, 51, 100, 1, 0xdb, 0xba, 0x01, 0xbb];
    const NOBODY: Start = Start::Of(Proxied { ends: None, secure: false });

    fn cases() -> Vec<(Vec<u8>, Start)> {
        let of_tls = |bits| [&IPV4[..], &[0x01, 0, 2, b'h', b'2', 0x20, 0, 5, bits, 0, 0, 0, 0]].concat();
        let four = |secure| proxied("192.0.2.7:56250", "198.51.100.1:443", secure);
        let six = [&[0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[1], &[0; 15], &[1, 0, 80, 1, 0xbb]].concat();
        vec![
            (b"PROXY TCP4 192.0.2.7 198.51.100.1 56250 443\r\n".to_vec(), four(false)),
            (b"PROXY TCP6 2001:db8::1 ::1 80 443\r\n".to_vec(), proxied("[2001:db8::1]:80", "[::1]:443", false)),
            (b"PROXY UNKNOWN\r\n".to_vec(), NOBODY),
            (b"PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n".to_vec(), NOBODY),
            (binary(1, 0x11, &IPV4), four(false)),
            (binary(1, 0x11, &of_tls(1)), four(true)),
            (binary(1, 0x11, &of_tls(0)), four(false)),
            (binary(1, 0x21, &six), proxied("[2001:db8::1]:80", "[::1]:443", false)),
            (binary(1, 0x31, &[b'/'; 216]), NOBODY),
            (binary(1, 0x00, &[]), NOBODY),
            (binary(0, 0x00, &[]), Start::Local),
            (binary(0, 0x11, &IPV4), Start::Local),
        ]
    }

    #[test]
    fn a_header_is_read_wherever_it_is_cut() {
        for (header, start) in cases() {
            let followed = [&header[..], b"GET / HTTP/1.1\r\n"].concat();
            for cut in 0..header.len() {
                assert_eq!(length(&followed[..cut]), Ok(None), "{cut} of {}", header.escape_ascii());
            }
            assert_eq!(length(&followed), Ok(Some(header.len())), "{}", header.escape_ascii());
            assert_eq!(parsed(&header), Ok(start), "{}", header.escape_ascii());
        }
    }

    #[test]
    fn other_bytes_are_refused_at_once() {
        for (bytes, refusal) in [
            (&b"G"[..], Refusal::Missing),
            (b"PROXX", Refusal::Missing),
            (b"\r\n\r\nX", Refusal::Missing),
            (b"\x16\x03\x01", Refusal::Missing),
            (&[b"PROXY TCP4 ", &[b'1'; 96][..]].concat(), Refusal::TooLong),
            (&binary(1, 0x11, &[0; 5000]), Refusal::TooLong),
        ] {
            assert_eq!(length(bytes), Err(refusal), "{}", bytes.escape_ascii());
        }
        for header in [
            b"PROXY TCP4 192.0.2.7 198.51.100.1 56250\r\n".to_vec(),
            b"PROXY TCP4 ::1 ::1 1 2\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.7 198.51.100.1 66666 443\r\n".to_vec(),
            b"PROXY UDP4 192.0.2.7 198.51.100.1 1 443\r\n".to_vec(),
            binary(1, 0x11, &IPV4[..11]),
            binary(2, 0x11, &IPV4),
            binary(1, 0x11, &[&IPV4[..], &[0x20, 0, 9, 1]].concat()),
        ] {
            assert!(matches!(parsed(&header), Err(Refusal::Malformed(_))), "{}", header.escape_ascii());
        }
    }
}
