//! The files of an application's folder, or of a folder of packages.

use super::exclusions::Exclusions;
use super::form::Form;
use super::sieve::{IGNORE_FILE, LeftOut, Sieve};
use super::source::Source;
use crate::units::Size;
use anyhow::{Context, Result, ensure};
use ignore::{DirEntry, WalkBuilder};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// What a folder holds.
#[derive(Default)]
pub struct Listing {
    pub sources: Vec<Source>,
    /// Its folders, by their paths in the guest.
    pub folders: Vec<String>,
    pub left_out: Vec<LeftOut>,
    /// Patterns of the command line that matched nothing.
    pub unmatched: Vec<String>,
}

/// All files and folders below one, sorted, without hidden ones, caches, virtual environments and exclusions. Of those that
/// `is_name_enough` says so of, by their paths below it, the content is neither read nor counted.
///
/// # Errors
/// When a file cannot be read, the folder holds more than `limit`, or a `.wasgiignore` has an invalid pattern.
pub fn read_folder(
    exclusions: &Arc<Exclusions>,
    guest_folder: &str,
    limit: Size,
    is_name_enough: impl Fn(&Path) -> bool,
) -> Result<Listing> {
    let folder = exclusions.folder();
    let sieve = Arc::new(Sieve::of(exclusions));
    let (mut sources, mut folders) = (vec![], vec![]);
    let mut total = 0;
    for entry in walker(&sieve).build() {
        sieve.check()?;
        let entry = entry.with_context(|| format!("reading {}", folder.display()))?;
        let relative = entry.path().strip_prefix(folder)?;
        let guest_path = || {
            let name = relative.to_str().with_context(|| format!("{}: its name is not UTF-8", entry.path().display()));
            anyhow::Ok(format!("{guest_folder}/{}", name?))
        };
        if entry.depth() > 0 && is_folder(&entry) {
            folders.push(guest_path()?);
        }
        if !is_file(&entry) {
            continue;
        }
        let found = entry.metadata()?;
        let is_read = !is_name_enough(relative);
        total += if is_read { found.len() } else { 0 };
        ensure!(
            total <= limit.0,
            "{} holds more than {limit}: move the application into a folder of its own, or name what to leave out \
             in {0}/.wasgiignore (one pattern a line, as in .gitignore)",
            folder.display()
        );
        let read = || fs::read(entry.path()).with_context(|| format!("reading {}", entry.path().display()));
        let mtime = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        sources.push(Source {
            guest_path: guest_path()?,
            bytes: if is_read { read()? } else { vec![] },
            mtime: mtime.map_or(0, |time| time.as_secs()),
            executable: found.permissions().mode() & 0o100 != 0,
            form: Form::AsIs,
        });
    }
    let (left_out, unmatched) = sieve.result()?;
    Ok(Listing { sources, folders, left_out, unmatched })
}

/// A hash of paths, lengths, times and permissions. It changes when a file or folder that would be packed, a
/// `.wasgiignore` or one of `others` comes, goes or changes.
pub fn stamp(exclusions: &Arc<Exclusions>, others: &[PathBuf]) -> u64 {
    let mut hash = DefaultHasher::new();
    for path in others {
        let found = fs::metadata(path).ok().map(|found| (found.len(), found.modified().ok()));
        (path, found).hash(&mut hash);
    }
    for entry in walker(&Arc::new(Sieve::of(exclusions))).build().flatten() {
        let path = if is_file(&entry) { entry.into_path() } else { entry.path().join(IGNORE_FILE) };
        let found = path.metadata().ok();
        let found = found.map(|found| (found.len(), found.modified().ok(), found.permissions().mode()));
        (path, found).hash(&mut hash);
    }
    hash.finish()
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

fn is_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn walker(sieve: &Arc<Sieve>) -> WalkBuilder {
    let mut walk = WalkBuilder::new(sieve.folder());
    let sieve = sieve.clone();
    walk.standard_filters(false)
        .follow_links(true)
        .sort_by_file_path(Ord::cmp)
        .filter_entry(move |entry| sieve.lets_through(entry));
    walk
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &Path, limit: u64) -> Result<Vec<Source>> {
        let exclusions = Exclusions::of_application(folder, &[], &[])?;
        read_folder(&exclusions, "/app", Size(limit), |_| false).map(|listing| listing.sources)
    }

    #[test]
    fn hidden_files_caches_and_environments_stay_out() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "app.py",
            "app.cwasm",
            ".env",
            "t/page.html",
            "__pycache__/app.pyc",
            "env/pyvenv.cfg",
            "env/x.py",
            "big.bin",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        fs::write(folder.path().join(".wasgiignore"), "*.bin\n").unwrap();
        fs::create_dir_all(folder.path().join("pictures/.hidden")).unwrap();
        let exclusions = Exclusions::of_application(folder.path(), &[], &[]).unwrap();
        let folders = read_folder(&exclusions, "/app", Size(1000), |_| false).unwrap().folders;
        assert_eq!(folders, ["/app/pictures", "/app/t"]);
        let sources = read(folder.path(), 1000).unwrap();
        let paths: Vec<_> = sources.iter().map(|source| &*source.guest_path).collect();
        assert_eq!(paths, ["/app/app.py", "/app/t/page.html"]);
    }

    #[test]
    fn a_folder_with_too_much_names_the_cure() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("data"), [0; 100]).unwrap();
        let error = read(folder.path(), 99).err().unwrap().to_string();
        assert!(error.contains(".wasgiignore"), "{error}");
    }

    #[test]
    fn libraries_of_the_machine_stay_out_and_native_modules_have_no_content() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("numeric.libs")).unwrap();
        for file in ["fast.so", "numeric.libs/libblas.so", "libssl.so.3", "notes.so.txt"] {
            fs::write(folder.path().join(file), [0; 100]).unwrap();
        }
        let exclusions = Exclusions::of_packages(folder.path()).unwrap();
        let is_native = |file: &Path| file.extension().is_some_and(|extension| extension == "so");
        let sources = read_folder(&exclusions, "/packages", Size(100), is_native).unwrap().sources;
        let found: Vec<_> = sources.iter().map(|source| (&*source.guest_path, source.bytes.len())).collect();
        assert_eq!(found, [("/packages/fast.so", 0), ("/packages/notes.so.txt", 100)]);
    }

    #[test]
    fn only_what_is_packed_or_says_so_is_stamped() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("app.py", "");
        write("data/note", "");
        let exclusions = Exclusions::of_application(folder.path(), &[], &[folder.path().join("data")]).unwrap();
        let first = stamp(&exclusions, &[]);
        for file in ["data/note", "data/.wasgiignore", "new.db", "server.log", "media/a", ".env"] {
            write(file, "changed");
            assert_eq!(stamp(&exclusions, &[]), first, "{file}");
        }
        let mut last = first;
        for file in ["new.html", "app.py", "app.py", ".wasgiignore", "new/.wasgiignore", "new/page.html"] {
            write(file, &format!("!{last}"));
            assert_ne!(std::mem::replace(&mut last, stamp(&exclusions, &[])), last, "{file}");
        }
    }
}
