//! What a response body passes to hyper.

use super::stream::Stream;
use bytes::{Buf, Bytes};
use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;

/// A piece of a response body, until the socket has it. In HTTP/1 it holds all that is ready, so that one system call
/// sends it. In HTTP/2 it holds one chunk, because h2 keeps a piece that does not fit the window.
pub struct Piece {
    first: Bytes,
    more: VecDeque<Bytes>,
    /// None in HTTP/1, where the socket shows what is unsent.
    stream: Option<Arc<Stream>>,
}

impl Piece {
    /// Must be called in the task that sends it.
    pub fn new(first: Bytes) -> Self {
        let stream = Stream::current();
        if let Some(stream) = &stream {
            stream.hold(first.len());
        }
        Piece { first, more: VecDeque::new(), stream }
    }

    /// Whether more bytes may be [added](Self::push).
    pub fn may_grow(&self) -> bool {
        self.stream.is_none()
    }

    pub fn push(&mut self, bytes: Bytes) {
        self.more.push_back(bytes);
    }

    /// Keeps `first` non-empty while bytes remain.
    fn next(&mut self) {
        while self.first.is_empty()
            && let Some(next) = self.more.pop_front()
        {
            self.first = next;
        }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.first.len() + self.more.iter().map(Bytes::len).sum::<usize>()
    }

    fn chunk(&self) -> &[u8] {
        &self.first
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let chunks = std::iter::once(&self.first).chain(&self.more).filter(|chunk| !chunk.is_empty());
        slices.iter_mut().zip(chunks).map(|(slice, chunk)| *slice = IoSlice::new(chunk)).count()
    }

    fn advance(&mut self, count: usize) {
        let mut left = count;
        while left > 0 {
            let now = left.min(self.first.len());
            self.first.advance(now);
            left -= now;
            self.next();
        }
        self.next();
        if let Some(stream) = &self.stream {
            stream.release(count);
        }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream {
            stream.release(self.remaining());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_one_piece() {
        let mut piece = Piece::new(Bytes::from_static(b"ab"));
        for more in [&b""[..], b"cde", b"", b"f"] {
            piece.push(Bytes::copy_from_slice(more));
        }
        let mut slices = [IoSlice::new(b""); 8];
        assert_eq!(piece.chunks_vectored(&mut slices), 3);
        for (taken, left) in [(1, &b"bcdef"[..]), (1, b"cdef"), (2, b"ef"), (2, b"")] {
            piece.advance(taken);
            assert_eq!(piece.remaining(), left.len());
            assert!(left.starts_with(piece.chunk()) && piece.chunk().is_empty() == left.is_empty());
        }
    }
}
