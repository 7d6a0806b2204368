//! The text of `wasgi --version`: the versions of this binary's CPython and wasmtime.

use crate::bundle;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The part of `provenance.json` that names the guest's components.
#[derive(Deserialize)]
struct Provenance<'p> {
    #[serde(borrow)]
    entries: Vec<Entry<'p>>,
}

#[derive(Deserialize)]
struct Entry<'p> {
    #[serde(borrow)]
    name: Cow<'p, str>,
    #[serde(borrow)]
    version: Option<Cow<'p, str>>,
}

/// As in `0.2.0 (CPython 3.99.1, wasmtime 48.0.8)`.
pub fn all() -> &'static str {
    static ALL: LazyLock<String> = LazyLock::new(|| {
        let python = python(bundle::PROVENANCE).unwrap_or_else(|| "of unknown version".into());
        format!("{} (CPython {python}, wasmtime {})", env!("CARGO_PKG_VERSION"), env!("WASMTIME_VERSION"))
    });
    &ALL
}

fn python(provenance: &str) -> Option<String> {
    let provenance: Provenance = serde_json::from_str(provenance).ok()?;
    let entry = provenance.entries.into_iter().find(|entry| entry.name == "CPython")?;
    Some(entry.version?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_cpython_is_in_the_provenance() {
        assert!(python(bundle::PROVENANCE).is_some_and(|version| version.starts_with("3.")));
        assert_eq!(python("{\"entries\": [{\"name\": \"SQLite\", \"version\": \"3\"}]}"), None);
    }
}
