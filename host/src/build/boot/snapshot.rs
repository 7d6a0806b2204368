//! Imports the application inside the core module, for the snapshot.

use super::booted::Booted;
use super::cap::Cap;
use super::determinism::Determinism;
use super::guest::{Guest, Original, Start};
use super::import::{Directories, Report, import};
use super::placement;
use super::places::Placement;
use super::warm_up;
use crate::build::options::{Haste, Options, WarmUp};
use crate::component::metadata::{Application, Census};
use crate::units::Size;
use anyhow::{Error, Result, bail};
use std::ops::Range;

/// The cap of a trial import. One that needs more probably never ends.
const PLENTY: Size = Size(1 << 30);

/// A core module whose memory holds the interpreter with the application imported.
pub struct Snapshot {
    pub core_module: Vec<u8>,
    pub application: Application,
    pub census: Census,
    /// Linear memory in use at rest, in bytes.
    pub memory: Size,
    /// Where the file image lies in it.
    pub image: Range<u32>,
    pub directories: Directories,
}

/// The interpreter with the application imported.
pub struct Imported {
    pub booted: Booted,
    application: Application,
    census: Census,
    directories: Directories,
}

/// Boots the guest on the application's image, ready for its snapshot.
///
/// # Errors
/// When the application cannot be imported or found; the message is the guest's. If memory was short, the message
/// states how much suffices.
pub async fn import_application(guest: &Guest, image: &[u8], options: &Options) -> Result<Imported> {
    let cap = Cap::new(options.memory).muted(options.haste == Haste::AfterLook);
    let fixed = options.fixed.map_or_else(Determinism::fresh, Ok)?;
    let start = Start { image, fixed, lesson: None, grants: &options.grants };
    let lesson = match &options.warm_up {
        WarmUp::Find => warm_up::probe(guest, start, options.memory).await,
        WarmUp::As(lesson) => lesson.clone(),
    };
    let start = Start { lesson: Some(&lesson), ..start };
    let places = match options.haste {
        Haste::None | Haste::AfterLook => placement::learn(guest, start, options.memory).await,
        Haste::FirstLook => Placement::default(),
    };
    let (mut booted, Report { mut application, census, directories }) = match import(guest, start, &cap, &places).await
    {
        Err(error) if cap.was_reached() => return Err(explain(guest, start, options, error).await),
        imported => imported?,
    };
    if let (Some(note), false) = (directories.held.first(), options.beyond.filesystem) {
        bail!(
            "{note} But none sees a directory where the component is built without --filesystem: give it, or close the file"
        )
    }
    application.lesson = lesson.clone();
    booted.grow(options.at_least)?;
    booted.seal(options.beyond).await?;
    Ok(Imported { booted, application, census, directories })
}

impl Imported {
    /// Takes the snapshot.
    ///
    /// # Errors
    /// When the guest is not as expected.
    pub async fn snapshot(self, original: &Original<'_>) -> Result<Snapshot> {
        let Imported { mut booted, application, census, directories } = self;
        let core_module = original.snapshot(&mut booted).await?;
        let memory = booted.memory_size();
        Ok(Snapshot { core_module, application, census, memory, image: booted.image, directories })
    }
}

/// Imports once more, with more memory than applications need, to find out how much this one needs.
async fn explain(guest: &Guest, start: Start<'_>, options: &Options, error: Error) -> Error {
    let cap = Cap::trial(PLENTY);
    let Ok((booted, _)) = import(guest, start, &cap, &Placement::default()).await else { return error };
    error.context(format!(
        "the application takes {} of memory before its first request, and --memory allows {}: raise it, and leave \
         room for what a request does",
        booted.memory_size(),
        options.memory
    ))
}
