//! Packages' native code that is compiled for the guest (`python-wasm/packages/`), and the guest that has it.

use crate::bundle;
use crate::wasm::join::{self, Package};
use anyhow::{Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

/// A package, as the recipe describes it.
#[derive(Deserialize)]
pub struct Native {
    pub name: String,
    /// The distributions that have it.
    distributions: Vec<String>,
    /// Versions of the distributions, each for itself and for those that begin with it and a dot.
    pub serves: Vec<String>,
    /// The function that initialises each extension module, by the module's dotted name.
    pub modules: BTreeMap<String, String>,
    draws: Draws,
    parts: Vec<Compiled>,
}

/// What native code draws from entropy.
#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Draws {
    /// Such as keys: a build warns of what is drawn at import, as all requests have it.
    Secrets,
    /// Of hash tables.
    Seeds,
}

/// A piece of software in a package's native code.
#[derive(Deserialize)]
pub struct Compiled {
    pub name: String,
    pub version: String,
    /// An SPDX expression.
    pub licence: String,
}

impl fmt::Display for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Compiled { name, version, licence } = self;
        write!(f, "{name} {version} ({licence})")
    }
}

impl Native {
    /// Whether it is the native code of a distribution, given as `name version`.
    pub fn serves(&self, distribution: &str) -> bool {
        let (_, version) = name_and_version(distribution);
        let is_of = |served: &String| {
            version.strip_prefix(&**served).is_some_and(|rest| matches!(rest.chars().next(), None | Some('.')))
        };
        self.serves.iter().any(is_of)
    }
}

#[expect(clippy::expect_used, reason = "a fault of wasgi's build, which the test finds")]
static INDEX: LazyLock<Vec<Native>> =
    LazyLock::new(|| serde_json::from_str(bundle::NATIVE_INDEX).expect("the embedded index of native code"));

/// The extension modules that every guest has, with the distribution and the major version that each belongs to, as
/// in `guest/python/wasgi_guest/accelerators.py`.
const IN_EACH_GUEST: [(&str, &str, &str); 1] = [("markupsafe._speedups", "markupsafe", "3")];

/// Whether every guest has this extension module of a distribution, given as `name version`.
pub fn is_in_each_guest(module: &str, distribution: &str) -> bool {
    let (name, version) = name_and_version(distribution);
    let major = version.split('.').next().unwrap_or_default();
    IN_EACH_GUEST.contains(&(module, &name, major))
}

/// The packages of a distribution, given as `name version`, whichever versions they serve.
pub fn packages_of(distribution: &str) -> impl Iterator<Item = &'static Native> {
    let (name, _) = name_and_version(distribution);
    INDEX.iter().filter(move |native| native.distributions.iter().any(|known| normal(known) == name))
}

/// The normalised name and the version; both are empty for a file that no distribution owns.
fn name_and_version(distribution: &str) -> (String, &str) {
    let (name, version) = distribution.rsplit_once(' ').unwrap_or_default();
    (normal(name), version)
}

/// The normalised name of package indexes (PEP 503).
fn normal(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// The software in the native code of these packages.
pub fn parts(joined: &BTreeSet<String>) -> impl Iterator<Item = &'static Compiled> {
    INDEX.iter().filter(|native| joined.contains(&native.name)).flat_map(|native| &native.parts)
}

/// The guest's core module with the native code of these packages.
///
/// # Errors
/// When one of them is not embedded in this program.
pub fn core_module(joined: &BTreeSet<String>) -> Result<Vec<u8>> {
    let guest = bundle::core_module()?;
    if joined.is_empty() {
        return Ok(guest);
    }
    let modules = bundle::side_modules()?;
    let chosen: Vec<_> = INDEX.iter().zip(&modules).filter(|(native, _)| joined.contains(&native.name)).collect();
    ensure!(chosen.len() == joined.len(), "this wasgi lacks native code of the application: build it again");
    let packages: Vec<_> = chosen
        .into_iter()
        .map(|(native, side_module)| {
            let draws_seeds = native.draws == Draws::Seeds;
            Package { name: &native.name, side_module, modules: &native.modules, draws_seeds }
        })
        .collect();
    join::join(&bundle::native_guest(&guest)?, &join::exported(&guest)?, &packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_serves_the_versions_that_it_names() {
        let native = packages_of("pyyaml 6.0.4").next().unwrap();
        assert_eq!(native.distributions, ["PyYAML"]);
        for (distribution, served) in [("PyYAML 6.0", true), ("PyYAML 6.0.4", true), ("PyYAML 6.01", false)] {
            assert_eq!(native.serves(distribution), served, "{distribution}");
        }
        assert_eq!(packages_of("nothing 1.0").count(), 0);
    }

    #[test]
    fn the_guest_has_what_is_said_to_be_in_each() {
        for (module, name, major) in IN_EACH_GUEST {
            let line = format!("\"{module}\": (\"{name}\", \"{major}\")");
            assert!(include_str!("../../../guest/python/wasgi_guest/accelerators.py").contains(&line), "{line}");
        }
        assert!(is_in_each_guest("markupsafe._speedups", "MarkupSafe 3.0.3"));
        assert!(!is_in_each_guest("markupsafe._speedups", "MarkupSafe 2.1.5"));
        assert!(!is_in_each_guest("markupsafe._speedups", "speedups 3.0.3"));
    }

    #[test]
    fn every_package_can_be_joined() {
        let all = INDEX.iter().map(|native| native.name.clone()).collect();
        let joined = core_module(&all).unwrap();
        wasmparser::validate(&joined).unwrap();
        assert_eq!(join::exported(&joined).unwrap(), join::exported(&bundle::core_module().unwrap()).unwrap());
    }
}
