//! The data needed to import the application of a component again.

use super::beyond::Beyond;
use super::metadata::{Lesson, Metadata};
use crate::units::Size;
use crate::wasm::anatomy::Anatomy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;

/// The data needed to import the application of a component again, beside its files.
#[derive(Deserialize, Serialize)]
pub struct Importable {
    /// The version of wasgi that built it, and the fingerprint of its guest.
    pub wasgi: String,
    pub bundle: String,
    /// Where the file image lies in memory.
    pub image: Range<u32>,
    pub cap: Size,
    pub at_rest: Size,
    /// Packages whose native code is joined to the guest.
    #[serde(default)]
    pub joined: BTreeSet<String>,
    pub lesson: Lesson,
    pub beyond: Beyond,
}

impl Importable {
    /// Reads it from a component; None if wasgi did not build it.
    pub fn of(component: &[u8]) -> Option<Self> {
        let metadata = Metadata::of(component)?;
        let anatomy = Anatomy::of(component).ok()?;
        Some(Importable {
            wasgi: metadata.wasgi,
            bundle: metadata.bundle,
            image: metadata.memory.image,
            cap: metadata.memory.cap,
            at_rest: metadata.memory.at_rest,
            joined: metadata.joined,
            lesson: metadata.application.lesson,
            beyond: Beyond::of(anatomy.imports.iter().map(String::as_str)),
        })
    }
}
