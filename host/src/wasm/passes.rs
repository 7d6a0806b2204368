//! The fingerprint of the passes that rewrite components before they are compiled. Machine code of an older wasgi must
//! not be served if a pass has been fixed since.
//!
//! `build.rs` includes this file as well, and passes the fingerprint to the compiler.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The sources that decide what a component becomes: the passes, and the code that recognises the interpreter.
const PASSES: &str = "wasm";
const INTERPRETER: &str = "engine/guest_code.rs";

/// The files of the passes, in order.
///
/// # Errors
/// When one is missing.
pub fn files(sources: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = vec![sources.join(INTERPRETER)];
    add_all(&sources.join(PASSES), &mut files)?;
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

    /// Modules that the passes use and that do not change their output: the size of WebAssembly's page and tests'
    /// seeds; and what recognises the interpreter's code, because code of either kind is sound.
    const OF_NO_EFFECT: [&str; 5] = ["units", "soak", "component", "bundle", "store"];

    fn sources() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
    }

    /// The files with their names below the source folder.
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
        let counted = files(sources()).unwrap();
        let of_passes = counted.iter().filter(|file| file.starts_with(sources().join(PASSES))).count();
        assert!(of_passes > 20 && counted.len() == of_passes + 1, "{counted:?}");
        let names: Vec<_> = named_files();
        for (name, file) in &names {
            let text = fs::read_to_string(file).unwrap();
            let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            for used in code.join("\n").split(concat!("crate", "::")).skip(1) {
                let module = used.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap();
                let counts = module == PASSES || OF_NO_EFFECT.contains(&module);
                assert!(counts, "{name} uses {module}: does it decide what comes out?");
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
        changes.extend(["wasm/new.rs".to_owned(), "wasm/new/one.rs".to_owned()]);
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
