//! Compressed files, kept in the cache: most files of an application's packages are those of its last build.

use crate::bundle;
use crate::image::Packer;
use crate::store::archive::Archive;
use crate::store::cache;
use anyhow::Result;
use std::sync::Arc;

/// A [`Packer`] with a cache.
pub struct Packing<'d> {
    packer: Packer<'d>,
    archive: Arc<Archive>,
}

impl<'d> Packing<'d> {
    /// With the dictionary of the embedded image.
    pub fn open(dictionary: &'d [u8]) -> Result<Self> {
        let archive = Archive::open(&format!("packed-{}", &bundle::fingerprint()[..16]))?;
        Ok(Packing { packer: Packer::new(dictionary)?, archive })
    }

    /// As [`Packer::pack`].
    pub fn pack(&self, data: &[u8]) -> Result<Option<Vec<u8>>> {
        let key = cache::fingerprint([data]);
        // An empty entry means that compression does not pay.
        if let Some(packed) = self.archive.find(key.as_bytes()) {
            return Ok((!packed.is_empty()).then_some(packed));
        }
        let packed = self.packer.pack(data)?;
        self.archive.add(key.as_bytes(), packed.clone().unwrap_or_default());
        Ok(packed)
    }

    pub fn save(&self) -> Result<()> {
        self.archive.save()
    }
}
