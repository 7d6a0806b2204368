//! The files of an application's folder, or of one with packages.

use super::pack::Source;
use super::selection::Form;
use crate::precompiled;
use crate::units::Size;
use anyhow::{Context, Result, ensure};
use ignore::{DirEntry, WalkBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// All files below a folder, sorted, without hidden ones, caches and virtual environments.
pub fn read_folder(folder: &Path, guest_folder: &str, limit: Size) -> Result<Vec<Source>> {
    let mut sources = vec![];
    let mut total = 0;
    for entry in walker(folder).build() {
        let entry = entry.with_context(|| format!("reading {}", folder.display()))?;
        if !is_file(&entry) {
            continue;
        }
        let found = entry.metadata()?;
        total += found.len();
        ensure!(
            total <= limit.0,
            "{} holds more than {limit}: move the application into a folder of its own, or name what to leave out \
             in {0}/.wasgiignore (one pattern a line, as in .gitignore)",
            folder.display()
        );
        let relative = entry.path().strip_prefix(folder)?;
        let name = relative.to_str().with_context(|| format!("{}: file name is not UTF-8", entry.path().display()))?;
        let mtime = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        sources.push(Source {
            guest_path: format!("{guest_folder}/{name}"),
            bytes: std::fs::read(entry.path()).with_context(|| format!("reading {}", entry.path().display()))?,
            mtime: mtime.map_or(0, |time| time.as_secs()),
            form: Form::AsIs,
        });
    }
    Ok(sources)
}

/// Changes when a file that would be packed comes, goes or changes: a hash of paths, lengths and times.
pub fn stamp(folder: &Path) -> u64 {
    let mut hash = DefaultHasher::new();
    for entry in walker(folder).build().flatten().filter(is_file) {
        let found = entry.metadata().ok().map(|found| (found.len(), found.modified().ok()));
        (entry.path(), found).hash(&mut hash);
    }
    hash.finish()
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

fn walker(folder: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false)
        .hidden(true)
        .add_custom_ignore_filename(".wasgiignore")
        .follow_links(true)
        .sort_by_file_path(Ord::cmp)
        .filter_entry(|entry| !is_left_out(entry.path()));
    walk
}

/// Byte code of another Python, what `wasgi compile` wrote, and virtual environments under any name.
fn is_left_out(path: &Path) -> bool {
    path.ends_with("__pycache__")
        || path.ends_with("node_modules")
        || path.extension().is_some_and(|extension| extension == "pyc")
        || precompiled::is_named_so(path)
        || path.join("pyvenv.cfg").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

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
        let sources = read_folder(folder.path(), "/app", Size(1000)).unwrap();
        let paths: Vec<_> = sources.iter().map(|source| &*source.guest_path).collect();
        assert_eq!(paths, ["/app/app.py", "/app/t/page.html"]);
    }

    #[test]
    fn a_folder_with_too_much_names_the_cure() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("data"), [0; 100]).unwrap();
        let error = read_folder(folder.path(), "/app", Size(99)).err().unwrap().to_string();
        assert!(error.contains(".wasgiignore"), "{error}");
    }
}
