//! Builds for a developer's first look at an edit: from the files to what is served by the shortest way.
//!
//! What an edit leaves as it was is used again: the interpreter that boots, and the machine code that serves. An edit
//! changes the guest's memory alone, so neither component nor machine code is made anew.

use super::boot::guest::{Guest, Original};
use super::boot::snapshot::Imported;
use super::compile::compile_alone;
use super::options::{AppArgs, Haste, Options, WarmUp};
use super::sources::inputs::{Behaviour, Sources};
use super::sources::read::read;
use super::{native, pipeline};
use crate::component::beyond::Beyond;
use crate::component::encode;
use crate::component::metadata::Lesson;
use crate::engine::artifact::Compiled;
use crate::engine::compiler::BuildEngine;
use crate::terminal::console;
use anyhow::Result;
use std::collections::BTreeSet;

/// What decides the machine code of a component that wasgi builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The packages whose native code is joined to the guest.
    pub joined: BTreeSet<String>,
    pub beyond: Beyond,
}

/// Builds one edit after the other.
pub struct FirstLook {
    /// A build of the latest kind.
    known: (Kind, Compiled),
    /// The interpreter with the native code of packages.
    guest: Option<(BTreeSet<String>, Guest)>,
}

impl FirstLook {
    /// After a build at the start.
    pub fn after(kind: Kind, compiled: Compiled) -> Self {
        FirstLook { known: (kind, compiled), guest: None }
    }

    /// Builds the application. It shows nothing of the snapshot and keeps nothing:
    /// [`after_look`](super::in_memory::after_look) follows.
    ///
    /// # Errors
    /// When its import fails.
    pub fn build(&mut self, app: &AppArgs, options: Options) -> Result<Compiled> {
        let (_, sources) = read(app, options.grants.directories(), &Behaviour::in_haste())?;
        let options = Options { haste: Haste::FirstLook, warm_up: WarmUp::As(Lesson::default()), ..options };
        console::quietly(|| pipeline::runtime()?.block_on(self.built(&sources, &options)))
    }

    async fn built(&mut self, sources: &Sources, options: &Options) -> Result<Compiled> {
        let guest = match self.guest.take().filter(|(joined, _)| *joined == sources.joined) {
            Some((_, guest)) => guest,
            None => Guest::new(&BuildEngine::new()?, &native::core_module(&sources.joined)?)?,
        };
        let (_, guest) = self.guest.insert((sources.joined.clone(), guest));
        let image = pipeline::image(guest, sources, options).await?;
        let mut imported = pipeline::import(guest, &image, sources, options).await?;
        let kind = Kind { joined: sources.joined.clone(), beyond: options.beyond };
        let (known, compiled) = &self.known;
        if *known == kind
            && imported.booted.is_in_memory()
            && let Some(compiled) = compiled.with_memory(imported.booted.memory())?
        {
            return Ok(compiled);
        }
        let compiled = whole(imported, sources, options).await?;
        self.known = (kind, compiled.clone());
        Ok(compiled)
    }
}

/// By way of a component, where the machine code may be another one.
async fn whole(imported: Imported, sources: &Sources, options: &Options) -> Result<Compiled> {
    let core_module = native::core_module(&sources.joined)?;
    let snapshot = imported.snapshot(&Original::new(&core_module)?).await?;
    let component = encode::encode(&snapshot.core_module, options.beyond)?;
    compile_alone(&BuildEngine::new()?, &component, None)
}
