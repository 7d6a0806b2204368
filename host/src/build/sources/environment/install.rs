//! Installs what a project declares into the cache folder, by uv or pip, once for each content of its declaration.

use super::Environment;
use super::declared::Declared;
use super::installer::Installer;
use super::project::{self, Project};
use crate::store::cache::{self, Cache};
use crate::terminal::console::Step;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How many folders of packages are kept; those that were used longest ago go first.
const KEPT: usize = 16;
/// Begins the name of a folder that is being made, by an installer that takes no longer than this.
const NEW: &[u8] = b".new-";
const BUSY: Duration = Duration::from_secs(3600);
/// Of a folder's name: enough to tell all projects of a machine apart.
const DIGITS: usize = 20;
/// Lines of a requirements file that name a further one.
const INCLUDES: [&str; 4] = ["-r", "--requirement", "-c", "--constraint"];

/// The packages that a project declares, installed unless they are there already.
///
/// # Errors
/// When they cannot be installed.
pub fn installed(declared: &Declared) -> Result<Environment> {
    let project = own_project(declared)?;
    let cache = Cache::open("packages")?;
    let folder = cache.path(&key(declared, project.as_ref())?);
    let is_new = !folder.is_dir();
    if is_new {
        install(declared, project.as_ref(), &folder)?;
        prune(&cache.path(""), &folder);
    } else {
        // Used last by now. A folder that cannot be marked goes too early, and is made again.
        let _ = fs::File::open(&folder).and_then(|folder| folder.set_modified(SystemTime::now()));
    }
    let how = if is_new { "installed" } else { "installed before, unchanged" };
    let origin = format!("{} ({how} in {})", declared.shown(), folder.display());
    Ok(Environment { folders: vec![folder], origin: Some(origin) })
}

/// The project whose packages these are, as installers put the project itself beside them.
fn own_project(declared: &Declared) -> Result<Option<Project>> {
    let [file] = declared.files() else { return Ok(None) };
    let pyproject = file.with_file_name("pyproject.toml");
    if matches!(declared, Declared::Files(_)) || !pyproject.is_file() {
        return Ok(None);
    }
    project::of(&pyproject).map(Some)
}

fn install(declared: &Declared, project: Option<&Project>, folder: &Path) -> Result<()> {
    let installer = Installer::find(matches!(declared, Declared::UvLock(_)), &declared.shown())?;
    let step = Step::begin(format!("install what {} declares, by {}", declared.shown(), installer.name()));
    let parent = folder.parent().context("a cache folder is below another")?;
    let made = tempfile::Builder::new().prefix(OsStr::from_bytes(NEW)).tempdir_in(parent)?;
    let target = made.path().join("packages");
    fs::create_dir(&target)?;
    let files = match declared {
        Declared::UvLock(lock) => {
            let exported = made.path().join("requirements.txt");
            installer.export(lock, &exported).with_context(|| declared.shown())?;
            vec![exported]
        }
        Declared::Inline(_, requirements) => {
            let file = made.path().join("requirements.txt");
            fs::write(&file, requirements.join("\n"))?;
            vec![file]
        }
        Declared::Files(files) => files.clone(),
    };
    installer.install(&files, &target).with_context(|| declared.shown())?;
    if let Some(project) = project {
        project.install(&target)?;
    }
    // Where another build was faster, its folder is as good.
    fs::rename(&target, folder).or_else(|error| if folder.is_dir() { Ok(()) } else { Err(error) })?;
    step.done("");
    Ok(())
}

/// Names what is installed by all that decides it.
fn key(declared: &Declared, project: Option<&Project>) -> Result<String> {
    let mut parts = vec![env!("PYTHON_SERIES").to_owned(), format!("{project:?}")];
    match declared {
        Declared::Inline(_, requirements) => parts.extend(requirements.iter().cloned()),
        Declared::UvLock(lock) => parts.push(read(lock)?),
        Declared::Files(files) => {
            for file in files {
                add_with_included(file, &mut parts, &mut vec![])?;
            }
        }
    }
    let mut key = cache::fingerprint(parts.iter().map(String::as_bytes));
    key.truncate(DIGITS);
    Ok(key)
}

/// Adds the content of a requirements file and of those that it includes.
fn add_with_included(file: &Path, parts: &mut Vec<String>, seen: &mut Vec<PathBuf>) -> Result<()> {
    if seen.iter().any(|known| known == file) {
        return Ok(());
    }
    seen.push(file.to_owned());
    let text = read(file)?;
    for line in text.lines() {
        let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
        let is_include = words.next().is_some_and(|word| INCLUDES.contains(&word));
        // One that is away is the installer's to refuse, by its name.
        if let (true, Some(name)) = (is_include, words.next())
            && file.with_file_name(name).is_file()
        {
            add_with_included(&file.with_file_name(name), parts, seen)?;
        }
    }
    parts.push(text);
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

fn prune(parent: &Path, new: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut folders: Vec<_> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    let recently = SystemTime::now() - BUSY;
    let is_being_made = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(NEW));
    folders.retain(|(at, path)| path != new && !(is_being_made(path) && *at > recently));
    folders.sort();
    for (_, path) in folders.iter().rev().skip(KEPT - 1) {
        let _ = fs::remove_dir_all(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_files_count_once_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("requirements.txt"), "-r base.txt\n--constraint=limits.txt\nflask\n-r missing.txt\n").unwrap();
        fs::write(path("base.txt"), "-r requirements.txt\n").unwrap();
        fs::write(path("limits.txt"), "flask<4\n").unwrap();
        let files = Declared::Files(vec![path("requirements.txt")]);
        let before = key(&files, None).unwrap();
        assert_eq!(key(&files, None).unwrap(), before);
        fs::write(path("limits.txt"), "flask<5\n").unwrap();
        assert_ne!(key(&files, None).unwrap(), before);
    }

    #[test]
    fn the_folders_that_were_used_last_are_kept() {
        let parent = tempfile::tempdir().unwrap();
        for number in 0..KEPT as u64 + 3 {
            let folder = parent.path().join(number.to_string());
            fs::create_dir(&folder).unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 - number);
            fs::File::open(&folder).unwrap().set_modified(at).unwrap();
        }
        let new = parent.path().join((KEPT + 2).to_string());
        prune(parent.path(), &new);
        let left = fs::read_dir(parent.path()).unwrap().count();
        assert!(left == KEPT && new.is_dir() && parent.path().join("0").is_dir(), "{left}");
    }
}
