//! What a sandbox gets from the host: only what the command line grants.

pub mod directory;
mod env_file;
pub mod import_locks;
pub mod inode;
pub mod locks;
pub mod mounts;
pub mod ranges;

use crate::store::cache;
use anyhow::{Context, Result, ensure};
use clap::Args;
use directory::Directory;
use mounts::Mounts;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wasmtime_wasi::WasiCtxBuilder;

/// Grants as the command line names them.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Grants (a sandbox sees nothing of this machine unless it is named here)")]
pub struct GrantArgs {
    /// Environment variable for every request; without `=VALUE`, this process's own value
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// File of NAME=VALUE lines, in the syntax of `.env` files; --env wins over it
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Directory of this machine, and where the sandbox sees it, as in `./data:/data:ro`. Writable without `:ro`
    #[arg(long, value_name = "HOST:GUEST[:ro]")]
    pub dir: Vec<Directory>,
}

/// Grants, read and checked.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    env: Vec<(String, String)>,
    directories: Vec<Directory>,
    /// The directories support locks.
    locks: bool,
    /// The directories' mounts at the start.
    mounts: Mounts,
    read_only: Vec<String>,
}

impl Grants {
    /// Reads the named files and variables of this process. `dotenv` is a `.env` file; if it exists, all others win
    /// over it.
    ///
    /// # Errors
    /// When a file cannot be read, a line is no variable, a named variable is not set, or a directory is missing.
    pub fn read(args: &GrantArgs, dotenv: Option<&Path>) -> Result<Self> {
        let mut env = vec![];
        if let Some(path) = dotenv.filter(|path| path.exists()) {
            env.extend(of_file(path, "--no-dotenv leaves it alone")?);
        }
        for path in &args.env_file {
            env.extend(of_file(path, "--env-file")?);
        }
        env.extend(named("--env", &args.env)?);
        Grants::of(env, "--dir", &args.dir)
    }

    /// The grants of `wasgi build`, for the import alone.
    ///
    /// # Errors
    /// When a directory is missing.
    pub fn of_directories(directories: &[Directory]) -> Result<Self> {
        Grants::of(vec![], "--build-dir", directories)
    }

    fn of(env: Vec<(String, String)>, option: &str, directories: &[Directory]) -> Result<Self> {
        let mut mounts = Mounts::default();
        for directory in directories {
            directory.check(option, &mut mounts)?;
        }
        let locks = !directories.is_empty() && locks::can_be_had();
        let read_only = directories.iter().filter_map(Directory::read_only).map(str::to_owned).collect();
        Ok(Grants { env, directories: directories.to_vec(), locks, mounts, read_only })
    }

    /// Equal grants have equal fingerprints. It reveals the values only to an attacker who can guess all of them.
    pub fn fingerprint(&self) -> String {
        let env: BTreeMap<_, _> = self.env.iter().map(|(name, value)| (name, value)).collect();
        let env = env.into_iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        let directories = self.directories.iter().map(Directory::seen_as);
        let directories: Vec<_> = directories.collect();
        cache::fingerprint(env.chain([&b"directories"[..]]).chain(directories.iter().map(|text| text.as_bytes())))
    }

    pub fn is_empty(&self) -> bool {
        self.env.is_empty() && self.directories.is_empty()
    }

    pub fn has_directories(&self) -> bool {
        !self.directories.is_empty()
    }

    /// Whether files can be locked.
    pub fn has_locks(&self) -> bool {
        self.locks
    }

    /// Environment variables.
    pub fn env(&self) -> &[(String, String)] {
        &self.env
    }

    /// The variables of an import, including the one that announces locks.
    pub fn for_import(&self) -> Vec<(String, String)> {
        let (name, value) = locks::ANNOUNCED;
        let locks = self.locks.then(|| (name.to_owned(), value.to_owned()));
        self.env.iter().cloned().chain(locks).collect()
    }

    pub fn directories(&self) -> &[Directory] {
        &self.directories
    }

    /// The mounts whose files can be read without blocking.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Guest paths of read-only directories.
    pub fn read_only(&self) -> &[String] {
        &self.read_only
    }

    /// Opens the directories for a boot, read-only for a trial boot.
    ///
    /// # Errors
    /// When one no longer exists.
    pub fn preopen(&self, wasi: &mut WasiCtxBuilder, is_trial: bool) -> Result<()> {
        self.directories.iter().try_for_each(|directory| directory.preopen(wasi, is_trial))
    }
}

fn of_file(path: &Path, option: &str) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} ({option})", path.display()))?;
    env_file::parse(&text).with_context(|| path.display().to_string())
}

/// Variables from an option: NAME=VALUE, or NAME alone for this process's own value.
///
/// # Errors
/// When one is not set, or has no name.
pub fn named(option: &str, texts: &[String]) -> Result<Vec<(String, String)>> {
    texts.iter().map(|text| if text.contains('=') { variable(text) } else { own_variable(option, text) }).collect()
}

fn variable(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').context("not a variable: write NAME=VALUE")?;
    ensure!(!name.is_empty(), "a variable without a name: write NAME=VALUE");
    ensure!(!text.contains('\0'), "a variable with a NUL character");
    Ok((name.to_owned(), value.to_owned()))
}

fn own_variable(option: &str, name: &str) -> Result<(String, String)> {
    let value = std::env::var(name);
    Ok((name.to_owned(), value.with_context(|| format!("{option} {name}: set it, or write {option} {name}=VALUE"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_win_over_files_and_those_over_dotenv() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let dotenv = file(".env", "A=dotenv\nB=dotenv\nC=dotenv\n");
        let args = GrantArgs { env: vec!["A=".into()], env_file: vec![file("given", "A=file\nB=a=b")], dir: vec![] };
        let grants = Grants::read(&args, Some(&dotenv)).unwrap();
        let last: BTreeMap<_, _> = grants.env().iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(last, BTreeMap::from([("A", ""), ("B", "a=b"), ("C", "dotenv")]));
        assert!(Grants::read(&args, Some(&folder.path().join("nothing"))).is_ok(), "there need not be one");
    }

    #[test]
    fn a_file_that_makes_no_sense_is_told_with_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "A=1\nnothing\n").unwrap();
        let args = GrantArgs { env_file: vec![file.path().into()], ..Default::default() };
        let error = format!("{:#}", Grants::read(&args, None).unwrap_err());
        assert!(error.contains(&format!("{}: line 2: not a variable", file.path().display())), "{error}");
    }

    #[test]
    fn what_is_no_variable_says_why() {
        let of = |env: &str| Grants::read(&GrantArgs { env: vec![env.into()], ..Default::default() }, None);
        assert!(of("=x").unwrap_err().to_string().contains("without a name"));
        assert!(of("WASGI_NOT_SET_ANYWHERE").unwrap_err().to_string().contains("=VALUE"));
    }

    #[test]
    fn a_fingerprint_is_of_what_counts() {
        let of = |env: &[&str], dir: &[&str]| {
            let env = env.iter().map(|&text| text.to_owned()).collect();
            let dir = dir.iter().map(|text| text.parse().unwrap()).collect();
            Grants::read(&GrantArgs { env, dir, ..Default::default() }, None).unwrap().fingerprint()
        };
        let same = of(&["A=1", "B=2"], &["/:/data"]);
        assert_eq!(of(&["B=2", "A=0", "A=1"], &["/tmp:/data"]), same, "where it lies on this machine does not count");
        let others = [of(&["A=1", "B=3"], &["/:/data"]), of(&["A=1", "B=2"], &["/:/data:ro"]), of(&["A=1B=2"], &[])];
        assert!(others.iter().all(|other| *other != same));
    }
}
