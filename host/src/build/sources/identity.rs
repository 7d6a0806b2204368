//! The application's name and version, as its deployer gives them.

use crate::component::metadata::Identity;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::io::ErrorKind;
use std::path::Path;

/// If no version is given.
const NO_VERSION: &str = "0";

/// The part of the file that counts: <https://packaging.python.org/en/latest/specifications/pyproject-toml/>.
#[derive(Default, Deserialize)]
struct PyProject {
    project: Option<Project>,
}

#[derive(Default, Deserialize)]
struct Project {
    name: Option<String>,
    /// Missing if a build tool determines it (`dynamic`).
    version: Option<String>,
}

impl Identity {
    /// The given name and version, else those of `pyproject.toml` in the application's `folder`, else the `module` and
    /// no version.
    ///
    /// # Errors
    /// When that file is needed and invalid.
    pub fn of(name: Option<&str>, version: Option<&str>, folder: &Path, module: &str) -> Result<Self> {
        let project = match (name, version) {
            (Some(_), Some(_)) => Project::default(),
            _ => project(folder)?,
        };
        let name = name.map(str::to_owned).or(project.name).unwrap_or_else(|| module.to_owned());
        let version = version.map(str::to_owned).or(project.version).unwrap_or_else(|| NO_VERSION.to_owned());
        Ok(Identity { name, version })
    }
}

fn project(folder: &Path) -> Result<Project> {
    let path = folder.join("pyproject.toml");
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Project::default()),
        text => text,
    };
    let cure = || format!("reading name and version from {} (or give --name and --app-version)", path.display());
    let read: PyProject = toml::from_str(&text.with_context(cure)?).with_context(cure)?;
    Ok(read.project.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(pyproject: &str, name: Option<&str>, version: Option<&str>) -> Result<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pyproject.toml"), pyproject).unwrap();
        Identity::of(name, version, folder.path(), "module").map(|identity| (identity.name, identity.version))
    }

    fn pair(name: &str, version: &str) -> (String, String) {
        (name.into(), version.into())
    }

    #[test]
    fn options_come_before_the_file_and_the_file_before_the_module() {
        let both = "[project]\nname = 'shop'\nversion = '1.2'\n";
        assert_eq!(identity(both, None, None).unwrap(), pair("shop", "1.2"));
        assert_eq!(identity(both, Some("till"), None).unwrap(), pair("till", "1.2"));
        assert_eq!(identity(both, None, Some("3")).unwrap(), pair("shop", "3"));
        let dynamic = "[project]\nname = 'shop'\ndynamic = ['version']\n";
        assert_eq!(identity(dynamic, None, None).unwrap(), pair("shop", "0"));
        assert_eq!(identity("[tool.other]\nname = 'x'\n", None, None).unwrap(), pair("module", "0"));
        let none = tempfile::tempdir().unwrap();
        assert_eq!(Identity::of(None, None, none.path(), "module").unwrap().name, "module");
    }

    #[test]
    fn a_file_that_makes_no_sense_names_the_cure() {
        let error = format!("{:#}", identity("[project\n", None, None).unwrap_err());
        assert!(error.contains("pyproject.toml") && error.contains("--app-version"), "{error}");
        assert_eq!(identity("[project\n", Some("a"), Some("1")).unwrap(), pair("a", "1"));
    }
}
