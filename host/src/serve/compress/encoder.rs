//! The encoders: flate2's, brotli's and zstd's, each at a level that is quick enough for answers made on the spot.

use super::accept::Coding;
use flate2::write::GzEncoder;
use std::io::{self, Write};
use std::mem;

/// zlib's own default.
const GZIP_LEVEL: u32 = 6;
/// About as small as gzip's, at a similar speed; 11 would take a hundred times as long.
const BROTLI_LEVEL: u32 = 4;
/// zstd's own default.
const ZSTD_LEVEL: i32 = 3;
/// Of brotli and zstd, log2: how far back they look for repetitions. Their defaults are 4 and 2 MiB, which each answer
/// would take for as long as its client takes the answer. RFC 9659 lets no client be asked for more than 8 MiB.
const WINDOW: u32 = 18;
/// What brotli hands on at once.
const BROTLI_BUFFER: usize = 4096;

/// The most memory that an encoder takes, in bytes: `tests::an_encoder_takes_no_more` measures it.
pub const MOST: u64 = 3 << 20;

/// One answer's encoder. What it has made waits in it to be [taken](Encoder::take).
pub enum Encoder {
    Gzip(GzEncoder<Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::Encoder<'static, Vec<u8>>),
}

impl Encoder {
    /// # Errors
    /// When there is no memory for it.
    pub fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Gzip => Encoder::Gzip(GzEncoder::new(vec![], flate2::Compression::new(GZIP_LEVEL))),
            Coding::Brotli => {
                let encoder = brotli::CompressorWriter::new(vec![], BROTLI_BUFFER, BROTLI_LEVEL, WINDOW);
                Encoder::Brotli(Box::new(encoder))
            }
            Coding::Zstd => {
                let mut encoder = zstd::Encoder::new(vec![], ZSTD_LEVEL)?;
                encoder.window_log(WINDOW)?;
                Encoder::Zstd(encoder)
            }
        })
    }

    /// Takes bytes in. They come out when the encoder likes, at the latest by [`Encoder::flush`].
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer().write_all(bytes)
    }

    /// Afterwards a client can decode all that was written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }

    /// The rest, and the end of the coding.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Encoder::Gzip(encoder) => encoder.finish(),
            Encoder::Brotli(encoder) => Ok(encoder.into_inner()),
            Encoder::Zstd(encoder) => encoder.finish(),
        }
    }

    /// Bytes that wait.
    pub fn waiting(&mut self) -> usize {
        self.made().len()
    }

    /// Hands out what waits.
    pub fn take(&mut self) -> Vec<u8> {
        mem::take(self.made())
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Encoder::Gzip(encoder) => encoder,
            Encoder::Brotli(encoder) => encoder,
            Encoder::Zstd(encoder) => encoder,
        }
    }

    fn made(&mut self) -> &mut Vec<u8> {
        match self {
            Encoder::Gzip(encoder) => encoder.get_mut(),
            Encoder::Brotli(encoder) => encoder.get_mut(),
            Encoder::Zstd(encoder) => encoder.get_mut(),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::machine;
    use std::io::Read;

    pub const ALL: [Coding; 3] = [Coding::Gzip, Coding::Brotli, Coding::Zstd];

    /// What a client can read of the bytes that it has so far.
    pub fn decoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut decoder: Box<dyn Read> = match coding {
            Coding::Gzip => Box::new(flate2::read::GzDecoder::new(bytes)),
            Coding::Brotli => Box::new(brotli::Decompressor::new(bytes, 4096)),
            Coding::Zstd => Box::new(zstd::Decoder::new(bytes).unwrap()),
        };
        let (mut read, mut part) = (vec![], [0; 512]);
        // A missing end is an error behind all that can be read.
        while let Ok(length @ 1..) = decoder.read(&mut part) {
            read.extend_from_slice(&part[..length]);
        }
        read
    }

    #[test]
    fn what_was_flushed_can_be_read() {
        for coding in ALL {
            let mut encoder = Encoder::new(coding).unwrap();
            encoder.write(b"first, ").unwrap();
            encoder.flush().unwrap();
            let mut made = encoder.take();
            assert_eq!(decoded(coding, &made), b"first, ", "{coding:?}");
            encoder.write(b"second").unwrap();
            made.extend(encoder.finish().unwrap());
            assert_eq!(decoded(coding, &made), b"first, second", "{coding:?}");
        }
    }

    #[test]
    fn an_encoder_takes_no_more() {
        // Text of a kind: repetitive, but nowhere the same.
        let text: Vec<u8> =
            (0..400_000u32).flat_map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761)).into_bytes()).collect();
        for coding in ALL {
            // Other tests allocate at the same time: of several tries, the one that they disturbed least counts.
            let most = (0..10).filter_map(|_| taken(coding, &text)).min().unwrap_or(1);
            assert!((1..=MOST).contains(&most), "{coding:?}: {most}");
        }
    }

    /// The most bytes that an encoder had at once; None if the allocator does not report it.
    fn taken(coding: Coding, text: &[u8]) -> Option<u64> {
        let before = machine::allocated()?;
        let mut encoder = Encoder::new(coding).unwrap();
        let held = text.chunks(64 << 10).map(|part| {
            encoder.write(part).unwrap();
            encoder.take();
            machine::allocated().unwrap().saturating_sub(before)
        });
        held.max()
    }
}
