//! Bytecode for the image's Python files, made by the guest's own compiler and kept in the cache.
//!
//! Otherwise each request would compile what it imports, again and again.

use super::cap::Cap;
use super::determinism::Determinism;
use super::guest::{Guest, Start};
use super::import;
use super::places::Placement;
use crate::build::options::Haste;
use crate::build::sources::form::Form;
use crate::build::sources::source::Source;
use crate::bundle;
use crate::grants::Grants;
use crate::image::{File, Image, ImageBuilder};
use crate::layout::{APP, CONFIG};
use crate::store::archive::Archive;
use crate::store::cache;
use crate::units::Size;
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

/// The builder compiles, not the application: it gets all that a 32-bit memory can hold.
const MEMORY: Size = Size(4 << 30);

/// Returns each source's bytecode as the content of its `.pyc` file; None for a file with a syntax error, so that
/// importing it reports the error. In haste, new files of the application are left to their import, too.
pub async fn compile(
    guest: &Guest,
    sources: &[&Source],
    docstrings: bool,
    haste: Haste,
) -> Result<Vec<Option<Vec<u8>>>> {
    let archive = Archive::open(&format!("bytecode-{}", &bundle::fingerprint()[..16]))?;
    let keys: Vec<_> = sources.iter().map(|source| source.fingerprint(docstrings)).collect();
    let waits = |i: usize| haste == Haste::FirstLook && sources[i].guest_path.starts_with(APP);
    let is_missing = |i: &usize| !archive.has(keys[*i].as_bytes()) && !waits(*i);
    let missing: Vec<_> = (0..sources.len()).filter(is_missing).collect();
    if !missing.is_empty() {
        let files: Vec<_> = missing.iter().map(|&i| sources[i]).collect();
        for (&i, code) in missing.iter().zip(in_guest(guest, &files, docstrings).await?) {
            archive.add(keys[i].as_bytes(), code);
        }
        archive.save()?;
    }
    let code = keys.iter().map(|key| archive.find(key.as_bytes()).filter(|code| !code.is_empty()));
    Ok(code.collect())
}

/// Boots the guest only to compile files (`wasgi_guest/precompile.py`).
async fn in_guest(guest: &Guest, files: &[&Source], docstrings: bool) -> Result<Vec<Vec<u8>>> {
    let root = bundle::root_image()?;
    let mut image = ImageBuilder::on(&Image::parse(&root)?)?;
    for file in files {
        image.add(file.guest_path.as_bytes(), File::raw(&file.bytes[..], 0)?)?;
    }
    let paths: Vec<_> = files.iter().map(|file| (&file.guest_path, file.has_columns())).collect();
    let config = serde_json::to_vec(&json!({ "precompile": paths, "docstrings": docstrings }))?;
    image.add(CONFIG.as_bytes(), File::raw(config, 0)?)?;
    let grants = Grants::default();
    let start = Start { image: &image.finish()?, fixed: Determinism::NO_SECRET, lesson: None, grants: &grants };
    let booted = guest.boot(start, &Cap::new(MEMORY), &Placement::default()).await?;
    if let Some(message) = import::failure(&booted.report) {
        bail!("{message}");
    }
    let code = split(&booted.report).context("the guest's byte code makes no sense")?;
    ensure!(code.len() == files.len(), "the guest compiled {} of {} files", code.len(), files.len());
    Ok(code)
}

/// The report holds one block per file, each after its length; the block of a file that does not compile is empty.
fn split(mut report: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut blocks = vec![];
    while let Some((length, rest)) = report.split_first_chunk() {
        let (block, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        blocks.push(block.to_vec());
        report = rest;
    }
    report.is_empty().then_some(blocks)
}

impl Source {
    /// Columns underline the failing part of a source line, so they are useless without the source.
    fn has_columns(&self) -> bool {
        self.form == Form::AsIs
    }

    /// The path counts, because tracebacks take it from the bytecode.
    fn fingerprint(&self, docstrings: bool) -> String {
        cache::fingerprint([self.guest_path.as_bytes(), self.form.word(), &[docstrings.into()], &self.bytes])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_split_by_their_lengths() {
        assert_eq!(split(&[1, 0, 0, 0, 7, 0, 0, 0, 0]), Some(vec![vec![7], vec![]]));
        assert_eq!(split(&[2, 0, 0, 0, 7]), None);
        assert_eq!(split(&[2, 0]), None);
    }
}
