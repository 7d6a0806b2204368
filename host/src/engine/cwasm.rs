//! `wasgi compile`: a component as machine code in a file, so that serving starts at once.
//!
//! Such a file runs as it is, outside any sandbox, like a program. So it is accepted only if the user names it by its
//! extension, and if no other user could have written it. A note on its content follows wasmtime's own format; wasmtime
//! reads only its own sections.

use super::artifact::Compiled;
use super::settings;
use crate::component::importable::Importable;
use crate::component::metadata::{Application, Metadata};
use crate::store::sealed::Sealed;
use crate::store::trust;
use crate::units::Size;
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// The extension of files that may hold machine code.
pub const EXTENSION: &str = "cwasm";
/// Ends the file, after the note and its length in four bytes.
const MARK: &[u8; 8] = b"\0wasgi\x03\n";
const LONGEST_NOTE: u32 = 1 << 20;

/// What a precompiled file says about itself, readable without loading it.
#[derive(Deserialize, Serialize)]
pub struct Note {
    wasgi: String,
    machine: String,
    /// A fingerprint of the passes, of wasmtime, its settings and the processor ([`settings::code_fingerprint`]).
    code: String,
    pub application: Option<Application>,
    /// The most linear memory of one sandbox.
    pub memory: Option<Size>,
    /// Needed to import the application again.
    pub importable: Option<Importable>,
    /// The name shared by machine code that differs only in its snapshot.
    like: Option<String>,
}

impl Note {
    /// For machine code made here; `like` is its name without its snapshot.
    ///
    /// # Errors
    /// When this machine cannot compile.
    pub fn here(metadata: Option<Metadata>, importable: Option<Importable>, like: Option<String>) -> Result<Self> {
        let (application, memory) = metadata.map(|found| (found.application, found.memory.cap)).unzip();
        Ok(Note {
            wasgi: env!("CARGO_PKG_VERSION").to_owned(),
            machine: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
            code: settings::code_fingerprint()?,
            application,
            memory,
            importable,
            like,
        })
    }

    /// The note at the end of a file, and the length of it all.
    fn read(mut file: &File) -> Result<(Self, u64)> {
        let mut end = [0; 12];
        file.seek(SeekFrom::End(-12))?;
        file.read_exact(&mut end)?;
        ensure!(end.ends_with(MARK), "it does not end as `wasgi compile` ends a file");
        let length = u32::from_le_bytes([end[0], end[1], end[2], end[3]]);
        ensure!(length <= LONGEST_NOTE, "its note is too long");
        file.seek(SeekFrom::End(-12 - i64::from(length)))?;
        let mut note = vec![0; length as usize];
        file.read_exact(&mut note)?;
        Ok((serde_json::from_slice(&note)?, 12 + u64::from(length)))
    }

    /// Whether the code was compiled here, or elsewhere by the same wasgi for the same kind of machine.
    fn check(&self, path: &Path) -> Result<()> {
        let here = Note::here(None, None, None)?;
        ensure!(
            (&self.wasgi, &self.machine, &self.code) == (&here.wasgi, &here.machine, &here.code),
            "{} was compiled by wasgi {} for {} (code {}), and this is wasgi {} on {} (code {}): compile the component \
             again, here: wasgi compile app.wasm",
            path.display(),
            self.wasgi,
            self.machine,
            self.code,
            here.wasgi,
            here.machine,
            here.code
        );
        Ok(())
    }

    /// Appends the note to the code.
    ///
    /// # Errors
    /// When it is too long.
    pub fn append(&self, code: &mut Vec<u8>) -> Result<()> {
        let note = serde_json::to_vec(self)?;
        code.extend_from_slice(&note);
        code.extend_from_slice(&u32::try_from(note.len())?.to_le_bytes());
        code.extend_from_slice(MARK);
        Ok(())
    }
}

/// Whether a file's name says that it holds machine code.
pub fn is_named_so(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

/// Checks a file before it is trusted. The server uses a copy of what was checked, and so is independent of the file
/// afterwards.
///
/// # Errors
/// When others could have written or replaced it, or when it is not for this wasgi and this machine.
pub fn open(path: &Path) -> Result<(Note, Compiled)> {
    let shown = path.display();
    let unreadable = || format!("cannot read {shown}: `wasgi compile app.wasm -o app.{EXTENSION}` makes one");
    let place = fs::canonicalize(path).with_context(unreadable)?;
    check_folders(&place, path)?;
    let mut file = File::open(&place).with_context(unreadable)?;
    let found = file.metadata()?;
    if !trust::is_of_ours(&found) || trust::others_may_write(&place, &found) {
        bail!(
            "{shown} holds machine code, which runs outside of any sandbox, and someone else may have written it: it \
             must belong to you or to root, and nobody else may write to it (chmod go-w)"
        );
    }
    let code = Sealed::copy(&mut file).with_context(|| format!("cannot load {shown}"))?;
    let (note, behind) = Note::read(code.file())
        .with_context(|| format!("{shown} was not made by `wasgi compile`, or is damaged: compile it again"))?;
    note.check(path)?;
    let like = note.like.clone();
    Ok((note, Compiled::trusted(place, code, behind, like)))
}

/// A user who may write to a folder above a file may replace the file.
fn check_folders(place: &Path, named: &Path) -> Result<()> {
    let folder = place.parent().unwrap_or(place);
    let Some(fault) = trust::fault_of_folders(folder)? else { return Ok(()) };
    bail!(
        "{} holds machine code, which runs outside of any sandbox, and someone else may put another file in its place: \
         {fault}; or move it to a folder where only you or root may write, and so in all folders above",
        named.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_note_is_found_at_the_end() {
        let mut code = vec![0x7f; 100];
        Note::here(None, None, None).unwrap().append(&mut code).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&code).unwrap();
        assert_eq!(Note::read(&file).unwrap().0.wasgi, env!("CARGO_PKG_VERSION"));
        file.set_len(code.len() as u64 - 1).unwrap();
        assert!(Note::read(&file).is_err(), "cut short");
        file.set_len(3).unwrap();
        assert!(Note::read(&file).is_err());
    }
}
