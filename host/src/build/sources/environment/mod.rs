//! Finds an application's packages: folders that are named, a virtual environment, or what the project declares.

mod declared;
mod install;
mod installer;
mod project;

use crate::build::options::AppArgs;
use crate::build::target::Target;
use anyhow::{Result, ensure};
use declared::Declared;
use std::path::{Path, PathBuf};

/// An application's packages.
#[derive(Debug, Default)]
pub struct Environment {
    /// The folders that hold them.
    pub folders: Vec<PathBuf>,
    /// Where they come from, for the person at the terminal.
    pub origin: Option<String>,
}

/// The packages of an application. The first of these that is there: folders or requirements files that the command
/// line names, the active virtual environment, one in the application's folder or the current one, what the project
/// declares.
///
/// # Errors
/// When a named folder or file does not exist, or what is declared cannot be installed.
pub fn find(app: &AppArgs, target: &Target) -> Result<Environment> {
    for folder in &app.site_packages {
        ensure!(folder.is_dir(), "--site-packages {}: there is no such folder", folder.display());
    }
    if !app.site_packages.is_empty() {
        let origin = app.site_packages.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        return Ok(Environment { folders: app.site_packages.clone(), origin: Some(origin) });
    }
    if app.requirements.is_empty()
        && let Some(folder) = virtual_environment(&target.folder)
    {
        let origin = Some(described(&folder));
        return Ok(Environment { folders: vec![folder], origin });
    }
    match Declared::of(app, target)? {
        Some(declared) => install::installed(&declared),
        None => Ok(Environment::default()),
    }
}

/// The files whose change can change what [`find`] installs. They may come and go.
pub fn declarations(app: &AppArgs, target: &Target) -> Vec<PathBuf> {
    if !app.site_packages.is_empty() {
        return vec![];
    }
    declared::candidates(app, target)
}

/// The folders in which a project's files are looked for: the application's, then the current one. What lies between
/// may be another project's.
fn places(application: &Path) -> Vec<PathBuf> {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    std::iter::once(application.to_owned()).chain(here.filter(|here| here != application)).collect()
}

/// The site-packages folder of the active virtual environment, else of one beside the application.
fn virtual_environment(application: &Path) -> Option<PathBuf> {
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let beside = places(application).into_iter().flat_map(|place| [place.join(".venv"), place.join("venv")]);
    active.into_iter().chain(beside).find_map(|environment| site_packages(&environment))
}

/// `lib/python3.*/site-packages` of a virtual environment; the highest version if there are several.
fn site_packages(environment: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(environment.join("lib")).ok()?;
    versions.flatten().map(|entry| entry.path().join("site-packages")).filter(|path| path.is_dir()).max()
}

/// A virtual environment's folder, and the cure if it is another Python's.
fn described(folder: &Path) -> String {
    let shown = folder.display();
    let series = concat!("python", env!("PYTHON_SERIES"));
    let made_by = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or(series);
    if made_by == series {
        return shown.to_string();
    }
    let theirs = made_by.replacen("python", "Python ", 1);
    format!(
        "{shown} ({theirs}'s; packages that are for {} alone are missing there, until `{series} -m venv` makes it anew)",
        env!("PYTHON_SERIES")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_environment_beside_the_application_is_found() {
        let app = tempfile::tempdir().unwrap();
        let site = app.path().join(".venv/lib/python3.99/site-packages");
        std::fs::create_dir_all(&site).unwrap();
        assert_eq!(site_packages(&app.path().join(".venv")), Some(site.clone()));
        assert!(described(&site).contains("(Python 3.99's; "), "{}", described(&site));
        let ours = Path::new(concat!("/x/lib/python", env!("PYTHON_SERIES"), "/site-packages"));
        assert_eq!(described(ours), ours.display().to_string());
    }

    #[test]
    fn a_projects_files_are_looked_for_with_the_application_and_in_the_current_folder() {
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(places(&here.join("src/shop")), [here.join("src/shop"), here.clone()]);
        assert_eq!(places(&here), [here.as_path()]);
    }
}
