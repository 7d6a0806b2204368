//! A component's metadata, in a custom section that runtimes skip.
//!
//! It reveals nothing of the building machine: no path, no name, no time.

use crate::units::Size;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::Path;
use wasm_encoder::{CustomSection, Encode, Section};
use wasmparser::{Parser, Payload};

const SECTION: &str = "wasgi";

#[derive(Debug, Deserialize, Serialize)]
pub struct Metadata {
    /// The version of wasgi that built it.
    pub wasgi: String,
    /// The fingerprint of that wasgi's guest and standard library.
    #[serde(default)]
    pub bundle: String,
    pub application: Application,
    /// Names and versions of the installed packages.
    pub packages: Vec<String>,
    /// Packages whose native code is joined to the guest, as python-wasm/packages/ names them.
    #[serde(default)]
    pub joined: BTreeSet<String>,
    /// SHA-256 of everything that decides the component's content.
    #[serde(default)]
    pub source: String,
    pub memory: Memory,
    #[serde(flatten)]
    pub census: Census,
}

/// The application as its deployer calls it.
#[derive(Clone, Debug)]
pub struct Identity {
    pub name: String,
    pub version: String,
}

/// An installed package.
pub struct Package {
    pub name: String,
    pub version: String,
    /// From its metadata, preferably an SPDX expression.
    pub licence: Option<String>,
}

/// The WSGI callable, as the guest found it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Application {
    pub module: String,
    pub attribute: String,
    /// `named`, `found` or `factory`.
    pub how: String,
    /// The callable's type.
    pub kind: String,
    #[serde(default)]
    pub notes: Vec<String>,
    /// Draws from entropy at import.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    #[serde(default, flatten)]
    pub lesson: Lesson,
}

/// What a boot that was discarded has taught of the application's first request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Lesson {
    #[serde(default)]
    pub warmth: WarmUpOutcome,
    /// The modules that a cold application's request for `/` imports, and that are imported before the snapshot.
    #[serde(default)]
    pub lazy_imports: Vec<String>,
}

/// The state in which requests find the application: as its import left it, or warmed up.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarmUpOutcome {
    /// As the deployer said.
    #[default]
    Told,
    /// `/` was requested, because nothing spoke against it.
    Warm,
    /// As its import left it, for this reason.
    Cold(String),
}

/// A step of the import that is not safe in a snapshot.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Warning {
    /// The module that did it.
    pub module: String,
    /// Its line, and what that means.
    pub text: String,
}

/// Linear memory, in bytes.
#[derive(Debug, Deserialize, Serialize)]
pub struct Memory {
    /// The most that one instance can have, on any host.
    pub cap: Size,
    /// What each instance has before its first request.
    pub at_rest: Size,
    /// Where the file image lies.
    pub image: Range<u32>,
}

/// The guest's inventory of itself (`wasgi_guest/census.py`).
#[derive(Debug, Deserialize, Serialize)]
pub struct Census {
    /// Python's version.
    pub python: String,
    /// One bit for each 4 KiB of linear memory, lowest first: set if written before the import.
    pub pages_before: Bits,
    /// Objects that garbage collection skips.
    pub frozen_objects: u64,
    /// Loaded modules by owner.
    pub modules: BTreeMap<String, Vec<String>>,
    pub start: Start,
}

/// The state in which a request begins.
#[derive(Debug, Deserialize, Serialize)]
pub struct Start {
    pub folder: String,
    pub sys_path: Vec<String>,
    /// Names of variables that the import set; those that the host grants are added.
    pub environment: Vec<String>,
    pub descriptors: Vec<u32>,
    /// Names of files in `/tmp`.
    pub tmp: Vec<String>,
}

/// The bytes of a file that should hold a component.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path)
        .with_context(|| format!("cannot read {}: `wasgi build app.py -o app.wasm` makes a component", path.display()))
}

/// # Errors
/// When the bytes of that file are no component.
pub fn check(path: &Path, bytes: &[u8]) -> Result<()> {
    let path = path.display();
    ensure!(
        Parser::is_component(bytes),
        "{path} is not a WebAssembly component: `wasgi build app.py -o app.wasm` makes one"
    );
    Ok(())
}

impl Metadata {
    /// Appends itself to a component.
    pub fn write(&self, component: &mut Vec<u8>) -> Result<()> {
        append_section(component, SECTION, &serde_json::to_vec(self)?);
        Ok(())
    }

    /// A component's metadata; None if this wasgi did not make it.
    pub fn of(component: &[u8]) -> Option<Self> {
        serde_json::from_slice(section(component, SECTION)?).ok()
    }
}

/// Appends a custom section to a component.
pub fn append_section(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    let section = CustomSection { name: name.into(), data: Cow::Borrowed(data) };
    component.push(section.id());
    section.encode(component);
}

/// The data of a component's own custom section of that name.
pub fn section<'a>(component: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.ok()? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 1 && section.name() == name => return Some(section.data()),
            _ => {}
        }
    }
    None
}

/// Bits in bytes, the lowest first; hexadecimal digits as text.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bits(Vec<u8>);

impl Bits {
    /// Bits beyond the end are not set.
    pub fn is_set(&self, index: usize) -> bool {
        self.0.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
    }
}

impl TryFrom<String> for Bits {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let pairs = text.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair));
        pairs.map(|pair| u8::from_str_radix(&pair, 16)).collect::<Result<_, _>>().map(Bits)
    }
}

impl From<Bits> for String {
    fn from(bits: Bits) -> Self {
        bits.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn metadata() -> Metadata {
        let start =
            Start { folder: "/app".into(), sys_path: vec![], environment: vec![], descriptors: vec![], tmp: vec![] };
        Metadata {
            wasgi: "1.2.3".into(),
            bundle: "0a1b".into(),
            application: Application {
                module: "shop".into(),
                attribute: "app".into(),
                how: "named".into(),
                kind: "function".into(),
                notes: vec![],
                warnings: vec![],
                lesson: Lesson::default(),
            },
            packages: vec!["flask 3.1".into()],
            joined: BTreeSet::new(),
            source: "0c".into(),
            memory: Memory { cap: Size(128 << 20), at_rest: Size(20 << 20), image: 8..16 },
            census: Census {
                python: "3.99.1".into(),
                pages_before: Bits(vec![0b101, 0x80]),
                frozen_objects: 7,
                modules: BTreeMap::from([("application".into(), vec!["shop".into()])]),
                start,
            },
        }
    }

    #[test]
    fn a_component_tells_what_was_written_into_it() {
        let mut component = wasm_encoder::Component::new().finish();
        assert!(Metadata::of(&component).is_none());
        metadata().write(&mut component).unwrap();
        let read = Metadata::of(&component).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", metadata()));
        assert!(Metadata::of(&component[..component.len() - 1]).is_none(), "cut short");
        assert!(Metadata::of(b"#!/bin/sh").is_none());
    }

    #[test]
    fn only_the_outermost_section_counts() {
        let mut inner = wasm_encoder::Component::new().finish();
        metadata().write(&mut inner).unwrap();
        let mut outer = wasm_encoder::Component::new();
        outer.section(&wasm_encoder::RawSection { id: 4, data: &inner });
        assert!(Metadata::of(&outer.finish()).is_none());
    }

    #[test]
    fn bits_are_counted_from_the_lowest() {
        let bits = Bits::try_from("0580".to_owned()).unwrap();
        let set: Vec<_> = (0..99).filter(|&i| bits.is_set(i)).collect();
        assert_eq!(set, [0, 2, 15]);
        assert_eq!(String::from(bits), "0580");
        assert!(Bits::try_from("x".to_owned()).is_err());
    }
}
