//! The client's side: whole replies, and raw connections for details that ordinary clients hide.

use super::process::PATIENCE;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

/// A complete response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn read(response: http::Response<ureq::Body>) -> Result<Self, ureq::Error> {
        let (head, body) = response.into_parts();
        let body = body.into_with_config().limit(u64::MAX).read_to_vec()?;
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("a body of text")
    }

    /// The text of a response that must be a 200.
    pub fn ok(&self) -> &str {
        assert_eq!(self.status, 200, "{}", self.text());
        self.text()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.ok()).expect("a body of JSON")
    }

    /// One field of `--expose-usage`.
    pub fn usage(&self, field: &str) -> &str {
        let usage = self.header("wasgi-usage").expect("--expose-usage");
        let value = usage.split(", ").find_map(|pair| pair.strip_prefix(field)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("{field} in {usage}"))
    }

    /// The peak of linear memory, in bytes.
    pub fn peak(&self) -> u64 {
        self.usage("memory").parse().expect("a number")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("printable"))
    }
}

/// One TCP connection, used byte by byte.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a sound timeout");
        Connection(BufReader::new(stream))
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).expect("the server reads");
    }

    /// The same, to a server that may have closed the connection.
    pub fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// This end.
    pub fn local_address(&self) -> SocketAddr {
        self.0.get_ref().local_addr().expect("it is connected")
    }

    /// The head of the next response, if one arrives.
    pub fn try_head(&mut self) -> Option<String> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        Some(head.to_ascii_lowercase())
    }

    /// The rest of the bytes; the server may have closed the connection before it read everything.
    pub fn what_comes(&mut self) -> String {
        let mut rest = vec![];
        let _ = self.0.read_to_end(&mut rest);
        String::from_utf8(rest).expect("text")
    }

    /// Sends the head of a GET request.
    pub fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n"));
    }

    /// Sends the head of a POST whose body comes in chunks.
    pub fn post_chunked(&mut self, path: &str) {
        self.send(format!("POST {path} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"));
    }

    /// Sends one chunk of the request's body; an empty one ends it.
    pub fn send_chunk(&mut self, data: &str) {
        self.send(format!("{:x}\r\n{data}\r\n", data.len()));
    }

    /// Waits for the head of the response: the status line and the fields, in lower case, each with its line end.
    pub fn head(&mut self) -> String {
        self.try_head().expect("a whole head in time")
    }

    /// Waits for the next chunk of the response; the last one is empty.
    pub fn chunk(&mut self) -> String {
        String::from_utf8(self.chunk_of_bytes()).expect("text")
    }

    /// The same where it is no text.
    pub fn chunk_of_bytes(&mut self) -> Vec<u8> {
        let mut size = String::new();
        self.0.read_line(&mut size).expect("a chunk in time");
        let size = usize::from_str_radix(size.trim_end(), 16).unwrap_or_else(|_| panic!("a chunk's size: {size:?}"));
        let mut data = vec![0; size + 2];
        self.0.read_exact(&mut data).expect("a whole chunk");
        data.truncate(size);
        data
    }

    /// Waits until the server closes the connection; returns the text before that.
    pub fn rest(&mut self) -> String {
        let mut rest = vec![];
        self.0.read_to_end(&mut rest).expect("an end in time");
        String::from_utf8(rest).expect("text")
    }

    /// Waits until the server closes the connection, and ignores bytes before that.
    pub fn ends(&mut self) {
        self.0.read_to_end(&mut vec![]).expect("an end in time");
    }

    /// Reads until the connection ends in any way; returns the number of bytes.
    pub fn what_is_left(&mut self) -> usize {
        let mut rest = vec![];
        let _ = self.0.read_to_end(&mut rest);
        rest.len()
    }

    /// Reads at most `most` bytes.
    pub fn some(&mut self, most: usize) -> usize {
        self.0.read(&mut vec![0; most]).expect("bytes in time")
    }

    /// Reads a body of a known length.
    pub fn body(&mut self, length: usize) -> String {
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a whole body");
        String::from_utf8(body).expect("text")
    }

    /// The same, if all of it arrives.
    pub fn try_body(&mut self, length: usize) -> Option<String> {
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        String::from_utf8(body).ok()
    }

    /// Closes the connection, whatever is in flight.
    pub fn close(self) {
        let _ = self.0.get_ref().shutdown(Shutdown::Both);
    }
}
