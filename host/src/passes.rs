//! What tells one wasgi's rewriting of components, before they are compiled, from another's. Machine code that an older
//! wasgi compiled must not be served where a pass was mended since.
//!
//! `build.rs` includes this file as well, and hands the fingerprint to the compiler.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The modules that decide what a component becomes, in the folder of the sources: the file of that name, and all in the
/// folder of that name.
const MODULES: [&str; 6] = ["direct", "guest_code", "inspect/anatomy", "lift", "polls", "serve/limits"];

/// The files of these modules, in order.
///
/// # Errors
/// When a module is not there.
pub fn files(sources: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = vec![];
    for module in MODULES {
        files.push(sources.join(module).with_extension("rs"));
        let folder = sources.join(module);
        if folder.is_dir() {
            add_all(&folder, &mut files)?;
        }
    }
    files.sort();
    Ok(files)
}

fn add_all(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_all(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Hashes names and contents of the files.
///
/// # Errors
/// When one cannot be read.
pub fn fingerprint(sources: &Path) -> io::Result<String> {
    let mut hash = DefaultHasher::new();
    for file in files(sources)? {
        let name = file.strip_prefix(sources).map_err(io::Error::other)?;
        for part in [name.as_os_str().as_encoded_bytes(), &fs::read(&file)?] {
            hash.write_u64(part.len() as u64);
            hash.write(part);
        }
    }
    Ok(format!("{:016x}", hash.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Modules that the passes use for nothing that changes what comes out: a type of `wasgi inspect`'s, the size of
    /// WebAssembly's page, tests' seeds; and what the interpreter's code is known by, as code of either kind is sound.
    const OF_NO_EFFECT: [&str; 6] = ["metadata", "units", "soak", "build", "bundle", "cache"];

    fn sources() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
    }

    /// The files with their names in the folder of the sources.
    fn named_files() -> Vec<(String, PathBuf)> {
        let name = |file: &PathBuf| file.strip_prefix(sources()).unwrap().to_str().unwrap().to_owned();
        files(sources()).unwrap().into_iter().map(|file| (name(&file), file)).collect()
    }

    #[test]
    fn the_fingerprint_that_was_compiled_in_is_that_of_the_sources() {
        assert_eq!(fingerprint(sources()).unwrap(), env!("PASSES"));
    }

    #[test]
    fn all_files_of_the_passes_and_all_that_they_use_count() {
        let mut passes = vec![];
        for start in ["direct", "guest_code", "lift", "polls"] {
            let of_module =
                |path: &PathBuf| path.file_stem().is_some_and(|stem| stem.to_str().unwrap().starts_with(start));
            let entries = fs::read_dir(sources()).unwrap().map(|entry| entry.unwrap().path());
            for path in entries.filter(of_module) {
                if path.is_dir() { add_all(&path, &mut passes).unwrap() } else { passes.push(path) }
            }
        }
        let counted = files(sources()).unwrap();
        assert!(passes.len() >= 8 && passes.iter().all(|file| counted.contains(file)), "{passes:?}");
        let names: Vec<_> = named_files();
        for (name, file) in &names {
            for used in fs::read_to_string(file).unwrap().split("crate::").skip(1) {
                let module = used.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap();
                let counts = names.iter().any(|(name, _)| name.split(['/', '.']).next() == Some(module));
                assert!(counts || OF_NO_EFFECT.contains(&module), "{name} uses {module}: name it in MODULES");
            }
        }
    }

    #[test]
    fn any_change_of_a_pass_gives_another_fingerprint() {
        let copy = tempfile::tempdir().unwrap();
        for (name, file) in named_files() {
            fs::create_dir_all(copy.path().join(&name).parent().unwrap()).unwrap();
            fs::copy(file, copy.path().join(name)).unwrap();
        }
        let mut seen = vec![fingerprint(copy.path()).unwrap()];
        assert_eq!(seen[0], env!("PASSES"), "the folder does not count");
        let mut changes: Vec<_> = named_files().into_iter().map(|(name, _)| name).collect();
        changes.extend(["polls/new.rs".to_owned(), "lift/new/one.rs".to_owned()]);
        for name in changes {
            let path = copy.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let content = fs::read(&path).unwrap_or_default();
            fs::write(&path, [&content[..], b" "].concat()).unwrap();
            seen.push(fingerprint(copy.path()).unwrap());
        }
        let changed = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), changed, "each change counts");
    }
}
