//! HTTP/1 message framing, read strictly: where requests begin and end, and every shape that two servers may read
//! differently (RFC 9112, section 11.2, "Request Smuggling").
//!
//! hyper parses requests. It is lenient in a few places that the RFC leaves open (bare LF ends a line, Content-Length
//! beside Transfer-Encoding is dropped, equal lengths are merged), and the parsed request shows none of them. So this
//! checks the bytes on their way to hyper, and only decides whether they may pass. It does not repeat hyper's own
//! checks (names and values of fields, versions, targets).

use super::refusal::Refusal;
use std::ops::Range;

/// Characters that browsers encode in a target and some clients do not (RFC 3986, appendix A). hyper refuses them
/// there; gunicorn and others serve them.
const RAW: &[u8] = b"\"<>`";
/// Digits of a chunk's size: as many as a u64 has.
const SIZE_DIGITS: usize = 16;
/// A chunk's size line with its extensions, which are rare in practice.
const LONGEST_SIZE_LINE: usize = 4 << 10;

/// Reads one connection's bytes from its first.
pub struct Framing {
    part: Part,
    /// The line so far, when its beginning came with earlier bytes.
    line: Vec<u8>,
    /// Bytes of lines in this head or these trailers.
    lines: usize,
    /// The most bytes that they may have.
    limit: usize,
    head: Head,
    heads: u64,
    /// The last byte that passed.
    last: u8,
}

/// Why bytes do not pass as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    Refused(Refusal),
    /// These of the next bytes, part of a target, must be given to [`encoded`] first.
    Raw(Range<usize>),
}

/// A part of a target with its raw characters encoded (RFC 3986, section 2.1), which is another spelling of the same.
pub fn encoded(target: &[u8]) -> Vec<u8> {
    let encode = |&byte: &u8| if RAW.contains(&byte) { format!("%{byte:02X}").into_bytes() } else { vec![byte] };
    target.iter().flat_map(encode).collect()
}

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The request line, or empty lines before it (RFC 9112, section 2.2).
    Start,
    Fields,
    /// This many bytes of the body, or of a chunk.
    Body(u64),
    Chunk(u64),
    /// CR LF after a chunk.
    ChunkEnd,
    Size,
    Trailers,
}

/// What the head's fields say about the body.
#[derive(Default)]
struct Head {
    length: Option<u64>,
    coding: Option<Coding>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Chunked,
    /// The last coding is not chunked: hyper refuses it.
    Other,
}

impl Framing {
    /// `limit` is the most bytes of a head that hyper accepts.
    pub fn new(limit: usize) -> Self {
        Framing { part: Part::Start, line: vec![], lines: 0, limit, head: Head::default(), heads: 0, last: 0 }
    }

    /// A head has begun and not ended.
    pub fn is_within_head(&self) -> bool {
        self.part == Part::Fields || (self.part == Part::Start && self.lines > 0)
    }

    /// How many heads have ended.
    pub fn heads(&self) -> u64 {
        self.heads
    }

    /// Reads on.
    ///
    /// # Errors
    /// How many of these bytes may pass, and what stops the next: after a refusal no bytes may follow.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), (usize, Stop)> {
        let mut at = 0;
        while at < bytes.len() {
            if let Some(raw) = self.raw_target(&bytes[at..]) {
                return Err((at, Stop::Raw(raw)));
            }
            at += self.step(&bytes[at..]).map_err(|refusal| (at, Stop::Refused(refusal)))?;
            self.last = bytes[at - 1];
        }
        Ok(())
    }

    /// The part of a request line's target in these bytes, if it has characters that hyper would refuse.
    fn raw_target(&self, bytes: &[u8]) -> Option<Range<usize>> {
        if self.part != Part::Start {
            return None;
        }
        let line = &bytes[..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())];
        let begin = match memchr::memchr(b' ', &self.line) {
            Some(_) => 0,
            None => memchr::memchr(b' ', line)? + 1,
        };
        let target = &line[begin..];
        target.iter().any(|byte| RAW.contains(byte)).then_some(begin..line.len())
    }

    /// What hyper gets instead of the refused bytes, so that it refuses the request, too: with 400, in its turn.
    ///
    /// In a head or in trailers, NUL is an error anywhere, but hyper sees it only at their end. In chunks, LF is an
    /// error where a size or an extension belongs, and NUL where LF belongs.
    pub fn poison(&self) -> &'static [u8] {
        match self.part {
            Part::Start | Part::Fields | Part::Trailers => b"\0\r\n\r\n",
            _ if self.last == b'\r' => b"\0\r\n\r\n",
            _ => b"\n\0\r\n\r\n",
        }
    }

    /// Reads up to the end of a line or of the available body; returns the number of bytes.
    fn step(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        match self.part {
            Part::Body(left) => Ok(self.pass(bytes, left, Part::Body, Part::Start)),
            Part::Chunk(left) => Ok(self.pass(bytes, left, Part::Chunk, Part::ChunkEnd)),
            _ => self.read_line(bytes),
        }
    }

    fn pass(&mut self, bytes: &[u8], left: u64, part: fn(u64) -> Part, next: Part) -> usize {
        let passed = left.min(bytes.len() as u64);
        self.part = if passed < left { part(left - passed) } else { next };
        passed as usize
    }

    fn read_line(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let end = memchr::memchr(b'\n', bytes);
        let piece = &bytes[..end.map_or(bytes.len(), |end| end + 1)];
        self.lines += piece.len();
        if self.lines > self.limit {
            return Err(Refusal::TooLong);
        }
        if self.line.is_empty() && end.is_some() {
            self.take_line(piece)?;
        } else {
            self.line.extend_from_slice(piece);
            self.check_unfinished()?;
            if end.is_some() {
                let mut line = std::mem::take(&mut self.line);
                self.take_line(&line)?;
                line.clear();
                self.line = line;
            }
        }
        Ok(piece.len())
    }

    /// Checks that need no whole line. hyper must not get a CR without LF.
    fn check_unfinished(&self) -> Result<(), Refusal> {
        match self.part {
            Part::Size if self.line.len() > LONGEST_SIZE_LINE => Err(Refusal::BadChunk),
            Part::ChunkEnd if !b"\r\n".starts_with(&self.line) => Err(Refusal::BadChunk),
            _ => Ok(()),
        }
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let Some(text) = line.strip_suffix(b"\r\n") else { return Err(Refusal::BareLf) };
        if memchr::memchr(b'\r', text).is_some() {
            return Err(Refusal::BareCr);
        }
        match self.part {
            Part::Start if text.is_empty() => self.lines = 0,
            Part::Start => self.part = Part::Fields,
            Part::Fields if text.is_empty() => self.end_head()?,
            Part::Fields => self.head.read_field(text)?,
            Part::Size => self.begin_chunk(text)?,
            Part::ChunkEnd if text.is_empty() => self.go_to(Part::Size),
            Part::ChunkEnd => return Err(Refusal::BadChunk),
            Part::Trailers if text.is_empty() => self.go_to(Part::Start),
            Part::Trailers => check_trailer(text)?,
            Part::Body(_) | Part::Chunk(_) => unreachable!("not read by lines"),
        }
        Ok(())
    }

    fn go_to(&mut self, part: Part) {
        self.part = part;
        self.lines = 0;
    }

    fn end_head(&mut self) -> Result<(), Refusal> {
        let next = match std::mem::take(&mut self.head) {
            Head { length: Some(_), coding: Some(_) } => return Err(Refusal::LengthAndCoding),
            Head { coding: Some(Coding::Chunked), .. } => Part::Size,
            Head { length: Some(length @ 1..), .. } => Part::Body(length),
            _ => Part::Start,
        };
        self.heads += 1;
        self.go_to(next);
        Ok(())
    }

    fn begin_chunk(&mut self, text: &[u8]) -> Result<(), Refusal> {
        let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let extension = text[digits..].trim_ascii_start();
        let sound = (1..=SIZE_DIGITS).contains(&digits)
            && (digits == text.len() || extension.first() == Some(&b';'))
            && extension.iter().all(|&byte| byte == b'\t' || !byte.is_ascii_control());
        let size = str::from_utf8(&text[..digits]).ok().filter(|_| sound);
        let size = size.and_then(|size| u64::from_str_radix(size, 16).ok()).ok_or(Refusal::BadChunk)?;
        self.go_to(if size == 0 { Part::Trailers } else { Part::Chunk(size) });
        Ok(())
    }
}

impl Head {
    fn read_field(&mut self, text: &[u8]) -> Result<(), Refusal> {
        if matches!(text[0], b' ' | b'\t') {
            return Err(Refusal::FoldedField);
        }
        let (name, value) = split_field(text);
        if name.eq_ignore_ascii_case(b"content-length") {
            self.read_length(value)
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.read_coding(value)
        } else {
            Ok(())
        }
    }

    fn read_length(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.length.is_some() {
            return Err(Refusal::TwoLengths);
        }
        // `parse()` alone would accept a sign.
        let digits = str::from_utf8(value).ok().filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
        self.length = Some(digits.and_then(|digits| digits.parse().ok()).ok_or(Refusal::BadLength)?);
        Ok(())
    }

    fn read_coding(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.coding.is_some() {
            return Err(Refusal::TwoCodings);
        }
        let last = value.rsplit(|&byte| byte == b',').next().unwrap_or_default().trim_ascii();
        let chunked = last.eq_ignore_ascii_case(b"chunked");
        self.coding = Some(if chunked { Coding::Chunked } else { Coding::Other });
        Ok(())
    }
}

/// Name and value of a field line; hyper refuses one without a colon.
fn split_field(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b':', text) {
        Some(colon) => (&text[..colon], text[colon + 1..].trim_ascii()),
        None => (text, b""),
    }
}

fn check_trailer(text: &[u8]) -> Result<(), Refusal> {
    const FORBIDDEN: [&[u8]; 4] = [b"content-length", b"transfer-encoding", b"host", b"trailer"];
    let (name, _) = split_field(text);
    if FORBIDDEN.iter().any(|forbidden| name.eq_ignore_ascii_case(forbidden)) {
        return Err(Refusal::BadTrailer);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
