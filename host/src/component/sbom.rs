//! The software bill of materials in each component: CycloneDX 1.6, in a custom section and by `wasgi inspect --sbom`.
//!
//! It omits time and serial number, as the format allows: the same inputs make the same bill.

use super::metadata::{Identity, Package};
use crate::build::native::{self, Compiled};
use crate::bundle;
use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use spdx::Expression;
use std::collections::BTreeSet;

/// The custom section's name.
pub const SECTION: &str = "cyclonedx";
/// The licence of wasgi's own part of the guest, and of wasmtime's preview 1 adapter.
const OWN_LICENCE: &str = "Apache-2.0 WITH LLVM-exception";

/// `provenance.json` of `python-wasm`.
#[derive(Deserialize)]
struct Provenance {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: Option<String>,
    revision: Option<String>,
    sha256: Option<String>,
    /// For sources vendored in a crate: their name and version.
    holds: Option<String>,
    from: Option<String>,
    licence: String,
}

/// A piece of software in the component.
struct Part {
    name: String,
    version: String,
    licence: Option<String>,
    sha256: Option<String>,
    purl: Option<String>,
    description: Option<String>,
}

/// Everything in a component: interpreter, libraries, gateway and the installed packages.
pub struct Bill {
    parts: Vec<Part>,
}

impl Bill {
    /// With `joined`, packages' native code; with `filesystem`, the adapter is part of it.
    ///
    /// # Errors
    /// When the embedded list cannot be read, which is a fault of wasgi's build.
    pub fn of(packages: &[Package], joined: &BTreeSet<String>, filesystem: bool) -> Result<Self> {
        let provenance: Provenance = serde_json::from_str(bundle::PROVENANCE).context("the embedded provenance")?;
        let part = |name: &str, version: &str, licence: &str| Part {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: Some(licence.to_owned()),
            sha256: None,
            purl: None,
            description: None,
        };
        let mut parts = vec![
            part("wasgi-guest", env!("CARGO_PKG_VERSION"), OWN_LICENCE),
            part("Zstandard", env!("ZSTD_VERSION"), "BSD-3-Clause"),
        ];
        if filesystem {
            parts.push(part("wasi-preview1-component-adapter", env!("WASMTIME_VERSION"), OWN_LICENCE));
        }
        parts.extend(provenance.entries.into_iter().map(Part::from));
        for Compiled { name, version, licence } in native::parts(joined) {
            let description = Some("native code, compiled for the guest".to_owned());
            parts.push(Part { description, ..part(name, version, licence) });
        }
        parts.extend(packages.iter().map(Part::from));
        Ok(Bill { parts })
    }

    /// The CycloneDX document; `application` is the main component, `source` the hash of its inputs.
    pub fn document(&self, application: &Identity, source: &str) -> Value {
        let components: Vec<_> = self.parts.iter().map(Part::component).collect();
        json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "tools": { "components": [
                    { "type": "application", "name": "wasgi", "version": env!("CARGO_PKG_VERSION") }
                ] },
                "component": {
                    "type": "application",
                    "bom-ref": "application",
                    "name": application.name,
                    "version": application.version,
                    "properties": [{ "name": "wasgi:source-sha256", "value": source }],
                },
            },
            "components": components,
        })
    }

    /// All licences in one SPDX expression: each applies to its part. Licences that are no such expression appear only
    /// in the document.
    pub fn licences(&self) -> String {
        let known = self.parts.iter().filter_map(|part| part.licence.as_deref()).filter(|text| is_expression(text));
        let all: BTreeSet<_> =
            known.map(|text| if text.contains(" OR ") { format!("({text})") } else { text.into() }).collect();
        all.into_iter().collect::<Vec<_>>().join(" AND ")
    }
}

fn is_expression(text: &str) -> bool {
    Expression::parse(text).is_ok()
}

impl From<Entry> for Part {
    fn from(entry: Entry) -> Self {
        let Entry { name, version, revision, sha256, holds, from, licence } = entry;
        let (name, version) = match holds.as_deref().and_then(|holds| holds.rsplit_once(' ')) {
            Some((held, version)) => (held.to_owned(), version.to_owned()),
            None => (name, version.or(revision).unwrap_or_default()),
        };
        Part { name, version, licence: Some(licence), sha256, purl: None, description: from }
    }
}

impl From<&Package> for Part {
    fn from(package: &Package) -> Self {
        let Package { name, version, licence } = package;
        // The normalised name of package indexes (PEP 503).
        let normal = name.to_lowercase().replace(['_', '.'], "-");
        Part {
            name: name.clone(),
            version: version.clone(),
            licence: licence.clone(),
            sha256: None,
            purl: Some(format!("pkg:pypi/{normal}@{version}")),
            description: None,
        }
    }
}

impl Part {
    fn component(&self) -> Value {
        let mut component = json!({ "type": "library", "name": self.name, "version": self.version });
        if let Some(licence) = &self.licence {
            component["licenses"] = match is_expression(licence) {
                true => json!([{ "expression": licence }]),
                false => json!([{ "license": { "name": licence } }]),
            };
        }
        if let Some(hash) = &self.sha256 {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
        }
        for (field, value) in [("purl", &self.purl), ("description", &self.description)] {
            if let Some(value) = value {
                component[field] = json!(value);
            }
        }
        component
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_name_version_and_licence() {
        let package = |licence: Option<&str>| Package {
            name: "Some_Shop".into(),
            version: "1.0".into(),
            licence: licence.map(str::to_owned),
        };
        let packages = [package(Some("MIT OR Apache-2.0")), package(Some("as one pleases")), package(None)];
        let bill = Bill::of(&packages, &BTreeSet::new(), true).unwrap();
        let identity = Identity { name: "shop".into(), version: "2".into() };
        let document = bill.document(&identity, "0a");
        let components = document["components"].as_array().unwrap();
        let named =
            |name: &str| components.iter().find(|part| part["name"] == name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(named("CPython")["licenses"][0]["expression"], "PSF-2.0");
        assert_eq!(named("SQLite")["licenses"][0]["expression"], "blessing");
        assert_eq!(named("Zstandard")["licenses"][0]["expression"], "BSD-3-Clause");
        assert!(named("wasi-preview1-component-adapter")["version"] != "");
        assert_eq!(named("Some_Shop")["purl"], "pkg:pypi/some-shop@1.0");
        for part in components.iter().rev().skip(3) {
            assert!(part["version"] != "" && part["licenses"][0]["expression"] != Value::Null, "{part}");
        }
        let all = bill.licences();
        assert!(is_expression(&all) && all.contains("(MIT OR Apache-2.0)") && !all.contains("pleases"), "{all}");
    }
}
