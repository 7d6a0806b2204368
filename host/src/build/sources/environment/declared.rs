//! Which file of a project declares the packages that it needs.

use super::{places, project};
use crate::build::options::AppArgs;
use crate::build::target::Target;
use anyhow::{Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// In names of requirements files for those who work on the application.
const FOR_WORK: [&str; 5] = ["dev", "test", "doc", "lint", "ci"];

/// What a project declares.
#[derive(Debug, PartialEq, Eq)]
pub enum Declared {
    /// A lock file of uv's.
    UvLock(PathBuf),
    /// Files that pip and uv install from: requirements files, or a lock file (PEP 751).
    Files(Vec<PathBuf>),
    /// Requirements (PEP 508), and the file that declares them.
    Inline(PathBuf, Vec<String>),
}

impl Declared {
    /// What the command line names, else the first of the lock files, requirements files and pyproject.toml that the
    /// application's folder has, or the current one, else what its file declares itself.
    ///
    /// # Errors
    /// When a named file does not exist, a file is none of its form, or which of several to take is not clear.
    pub fn of(app: &AppArgs, target: &Target) -> Result<Option<Self>> {
        for file in &app.requirements {
            ensure!(file.is_file(), "--requirement {}: there is no such file", file.display());
        }
        if !app.requirements.is_empty() {
            return Ok(Some(Declared::Files(app.requirements.clone())));
        }
        for place in places(&target.folder) {
            if let Some(declared) = Self::of_folder(&place)? {
                return Ok(Some(declared));
            }
        }
        let Some(script) = script(target) else { return Ok(None) };
        let dependencies = project::of_script(&script)?.unwrap_or_default();
        Ok((!dependencies.is_empty()).then_some(Declared::Inline(script, dependencies)))
    }

    fn of_folder(folder: &Path) -> Result<Option<Self>> {
        let file = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        if let Some(lock) = file("uv.lock") {
            return Ok(Some(Declared::UvLock(lock)));
        }
        if let Some(lock) = file("pylock.toml") {
            return Ok(Some(Declared::Files(vec![lock])));
        }
        if let Some(requirements) = requirements(folder)? {
            return Ok(Some(Declared::Files(vec![requirements])));
        }
        let Some(pyproject) = file("pyproject.toml") else { return Ok(None) };
        let dependencies = project::of(&pyproject)?.dependencies;
        Ok((!dependencies.is_empty()).then_some(Declared::Inline(pyproject, dependencies)))
    }

    /// The files, for the person at the terminal.
    pub fn shown(&self) -> String {
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        let near = |file: &PathBuf| file.strip_prefix(&here).unwrap_or(file).display().to_string();
        self.files().iter().map(near).collect::<Vec<_>>().join(", ")
    }

    /// The files that declare the packages.
    pub fn files(&self) -> &[PathBuf] {
        match self {
            Declared::UvLock(file) | Declared::Inline(file, _) => std::slice::from_ref(file),
            Declared::Files(files) => files,
        }
    }
}

/// All files that could declare packages, whether they are there or not.
pub fn candidates(app: &AppArgs, target: &Target) -> Vec<PathBuf> {
    if !app.requirements.is_empty() {
        return app.requirements.clone();
    }
    let names = ["uv.lock", "pylock.toml", "requirements.txt", "pyproject.toml"];
    places(&target.folder).iter().flat_map(|place| names.map(|name| place.join(name))).collect()
}

/// The application's file on this machine, if it was named as one.
fn script(target: &Target) -> Option<PathBuf> {
    target.file.as_ref().map(|_| target.folder.join(format!("{}.py", target.module)))
}

/// `requirements.txt`, or the one file that is named nearly so.
fn requirements(folder: &Path) -> Result<Option<PathBuf>> {
    let usual = folder.join("requirements.txt");
    if usual.is_file() {
        return Ok(Some(usual));
    }
    let mut found: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_for_work = FOR_WORK.iter().any(|word| name.contains(word));
        name.starts_with("requirements") && name.ends_with(".txt") && !is_for_work && path.is_file()
    });
    found.sort();
    match &found[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => {
            let names: Vec<_> = several.iter().map(|path| format!("--requirement {}", path.display())).collect();
            bail!("several files declare packages: name those to install, {}", names.join(" or "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn lock_files_come_before_requirements_and_these_before_the_project() {
        let project = ("pyproject.toml", "[project]\ndependencies = ['flask']\n");
        let order = ["uv.lock", "pylock.toml", "requirements.txt", "pyproject.toml"];
        for (number, first) in order.into_iter().enumerate() {
            let others = order[number..3].iter().map(|name| (*name, ""));
            let folder = folder(&others.chain([project]).collect::<Vec<_>>());
            let declared = Declared::of_folder(folder.path()).unwrap().unwrap();
            assert_eq!(declared.files(), [folder.path().join(first)]);
        }
        assert_eq!(Declared::of_folder(folder(&[("pyproject.toml", "")]).path()).unwrap(), None);
    }

    #[test]
    fn one_file_for_production_is_taken_and_of_several_one_must_be_named() {
        let one = folder(&[("requirements-prod.txt", ""), ("requirements-dev.txt", "")]);
        assert_eq!(requirements(one.path()).unwrap(), Some(one.path().join("requirements-prod.txt")));
        let two = folder(&[("requirements-prod.txt", ""), ("requirements_aws.txt", "")]);
        let error = requirements(two.path()).unwrap_err().to_string();
        assert!(error.contains("requirements-prod.txt or --requirement"), "{error}");
        assert_eq!(requirements(folder(&[("notes.txt", "")]).path()).unwrap(), None);
    }
}
