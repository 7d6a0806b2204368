//! What a sandbox gets from the host: nothing, unless it is named on the command line.

use super::cached::Mounts;
use super::filesystem::Directory;
use super::locks;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::path::PathBuf;

/// Grants as the command line names them.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Grants (a sandbox sees nothing of this machine unless it is named here)")]
pub struct GrantArgs {
    /// Environment variable for every request; without `=VALUE`, this process's own value
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// File of NAME=VALUE lines; empty ones and those that begin with # are skipped
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Directory of this machine, and where the sandbox sees it, as in `./data:/data:ro`. Writable without `:ro`
    #[arg(long, value_name = "HOST:GUEST[:ro]")]
    dir: Vec<Directory>,
}

/// Grants, read and checked.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    env: Vec<(String, String)>,
    directories: Vec<Directory>,
    /// In the directories, on this machine.
    locks: bool,
    /// Where the directories were at the start.
    mounts: Mounts,
    read_only: Vec<String>,
}

impl Grants {
    /// Reads files and this process's environment, as far as named.
    ///
    /// # Errors
    /// When a file cannot be read, a line has no `=`, a named variable is not set, or a directory is not there.
    pub fn read(args: &GrantArgs) -> Result<Self> {
        let mut env = vec![];
        for path in &args.env_file {
            let text = std::fs::read_to_string(path).with_context(|| format!("--env-file {}", path.display()))?;
            for (number, line) in text.lines().enumerate() {
                let line = line.trim();
                if !line.is_empty() && !line.starts_with('#') {
                    let variable = variable(line);
                    env.push(variable.with_context(|| format!("{}, line {}", path.display(), number + 1))?);
                }
            }
        }
        for named in &args.env {
            env.push(if named.contains('=') { variable(named)? } else { own_variable(named)? });
        }
        let mut mounts = Mounts::default();
        for directory in &args.dir {
            directory.check(&mut mounts)?;
        }
        let locks = !args.dir.is_empty() && locks::can_be_had();
        let read_only = args.dir.iter().filter_map(Directory::read_only).map(str::to_owned).collect();
        Ok(Grants { env, directories: args.dir.clone(), locks, mounts, read_only })
    }

    pub fn has_directories(&self) -> bool {
        !self.directories.is_empty()
    }

    /// Where the directories are on this machine.
    pub fn host_directories(&self) -> Vec<PathBuf> {
        self.directories.iter().map(|directory| directory.host().to_owned()).collect()
    }

    /// Whether there are files that can be locked.
    pub fn has_locks(&self) -> bool {
        self.locks
    }

    /// Environment variables.
    pub fn env(&self) -> &[(String, String)] {
        &self.env
    }

    pub fn directories(&self) -> &[Directory] {
        &self.directories
    }

    /// Those whose files can be asked for without waiting.
    pub fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Where the sandbox sees directories that it may only read.
    pub fn read_only(&self) -> &[String] {
        &self.read_only
    }
}

fn variable(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').context("not a variable: write NAME=VALUE")?;
    ensure!(!name.is_empty(), "a variable without a name: write NAME=VALUE");
    ensure!(!text.contains('\0'), "a variable with a NUL character");
    Ok((name.to_owned(), value.to_owned()))
}

fn own_variable(name: &str) -> Result<(String, String)> {
    let value = std::env::var(name);
    Ok((name.to_owned(), value.with_context(|| format!("--env {name}: set it, or write --env {name}=VALUE"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_from_files_and_options() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "# comment\n\nKEY=a=b\n").unwrap();
        let args = GrantArgs { env: vec!["OTHER=".into()], env_file: vec![file.path().into()], dir: vec![] };
        let expected = [("KEY".into(), "a=b".into()), ("OTHER".into(), String::new())];
        assert_eq!(Grants::read(&args).unwrap().env, expected);
    }

    #[test]
    fn what_is_no_variable_says_why() {
        let of = |env: &str| Grants::read(&GrantArgs { env: vec![env.into()], env_file: vec![], dir: vec![] });
        assert!(of("=x").unwrap_err().to_string().contains("without a name"));
        assert!(of("WASGI_NOT_SET_ANYWHERE").unwrap_err().to_string().contains("=VALUE"));
    }
}
