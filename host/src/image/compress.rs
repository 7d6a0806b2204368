//! Compresses single files with a shared dictionary, so that each can be opened without the others and still takes
//! little more than in one archive.
//!
//! `guest/src/unpack.c` decompresses, with the decoder of the same release of Zstandard.

use anyhow::{Context, Result};
use std::cell::RefCell;
use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

/// Files are compressed once and opened many times, and the decoder is as fast at any level.
const LEVEL: i32 = 19;

/// Compresses files for one image.
pub struct Packer<'d> {
    compressor: RefCell<Compressor<'d>>,
}

impl<'d> Packer<'d> {
    /// `dictionary` may be empty.
    pub fn new(dictionary: &'d [u8]) -> Result<Self> {
        let mut compressor = Compressor::with_dictionary(LEVEL, dictionary)?;
        // The image names the dictionary, and the reader knows the length.
        compressor.set_parameter(CParameter::DictIdFlag(false))?;
        compressor.set_parameter(CParameter::ContentSizeFlag(false))?;
        Ok(Packer { compressor: RefCell::new(compressor) })
    }

    /// One frame of Zstandard (RFC 8878); None if that saves less than an eighth.
    pub fn pack(&self, data: &[u8]) -> Result<Option<Vec<u8>>> {
        let packed = self.compressor.borrow_mut().compress(data).context("compressing a file")?;
        Ok((packed.len() + data.len() / 8 < data.len()).then_some(packed))
    }
}
