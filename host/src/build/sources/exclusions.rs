//! Excludes files of an application's folder from packing and watching: granted directories, users' data, logs and
//! secrets. docs/guide/deploy.md has the rules.

use anyhow::{Context, Result};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Patterns as in .gitignore for what servers, frameworks and users keep beside the code. Those with a leading slash
/// are folders at the application's top, unless they hold code ([`holds_code`]).
const RULES: [&str; 25] = [
    // SQLite, with its journals.
    "*.db",
    "*.db-journal",
    "*.db-shm",
    "*.db-wal",
    "*.sqlite",
    "*.sqlite-journal",
    "*.sqlite-shm",
    "*.sqlite-wal",
    "*.sqlite3",
    "*.sqlite3-journal",
    "*.sqlite3-shm",
    "*.sqlite3-wal",
    // Uploads (Django's MEDIA_ROOT), Flask's configuration and database of one installation, Flask-Session's files.
    "/media/",
    "/uploads/",
    "/instance/",
    "/flask_session/",
    // Logs, also as logging.handlers and logrotate rename them.
    "*.log",
    "*.log.[0-9]*",
    "/logs/",
    "nohup.out",
    // Process files of gunicorn, Celery and Redis.
    "*.pid",
    "celerybeat-schedule*",
    "dump.rdb",
    // Variables for --env-file; `.env` is hidden.
    "*.env",
    // wasgi's own settings, which may hold variables.
    "/wasgi.toml",
];

/// Libraries of the machine that wheels carry for their native modules.
const LIBRARIES: [&str; 4] = ["*.libs/", "*.dylibs/", "*.so.[0-9]*", "*.dll"];

/// The rules for one folder, and the command line's exceptions.
pub struct Exclusions {
    folder: PathBuf,
    rules: Gitignore,
    /// Patterns of files to pack all the same, with their text.
    pub include: Vec<(String, Gitignore)>,
    /// Directories of this machine that requests see.
    pub granted: Vec<PathBuf>,
}

impl Exclusions {
    /// For an application's folder: `include` are patterns of files to pack all the same; `granted` are directories of
    /// this machine that requests see, and those inside the folder stay out.
    ///
    /// # Errors
    /// When a pattern is invalid.
    pub fn of_application(folder: &Path, include: &[String], granted: &[PathBuf]) -> Result<Arc<Self>> {
        let include = include.iter().map(|text| {
            let pattern = patterns(folder, &[text]).with_context(|| format!("--include {text}"))?;
            Ok((text.clone(), pattern))
        });
        let (include, rules) = (include.collect::<Result<_>>()?, patterns(folder, &RULES)?);
        Ok(Arc::new(Exclusions { folder: folder.to_owned(), rules, include, granted: granted.to_owned() }))
    }

    /// For a folder of installed packages, which holds no users' data.
    ///
    /// # Errors
    /// When the folder's name cannot stand in a pattern.
    pub fn of_packages(folder: &Path) -> Result<Arc<Self>> {
        let (folder, rules) = (folder.to_owned(), patterns(folder, &LIBRARIES)?);
        Ok(Arc::new(Exclusions { folder, rules, include: vec![], granted: vec![] }))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a rule excludes a path in a packed folder.
    pub fn rule_out(&self, path: &Path, is_dir: bool) -> bool {
        match self.rules.matched(path, is_dir) {
            Match::Ignore(rule) => !rule.original().starts_with('/') || !holds_code(path),
            _ => false,
        }
    }
}

fn patterns(folder: &Path, lines: &[impl AsRef<str>]) -> Result<Gitignore> {
    let mut builder = GitignoreBuilder::new(folder);
    for line in lines {
        builder.add_line(None, line.as_ref())?;
    }
    Ok(builder.build()?)
}

/// Whether a folder is a package or holds modules. Flask's `instance` has a `config.py` that is no module, so it holds
/// code only as a package.
fn holds_code(folder: &Path) -> bool {
    let is_python = |path: PathBuf| path.extension().is_some_and(|extension| extension == "py");
    folder.join("__init__.py").is_file()
        || !folder.ends_with("instance")
            && folder.read_dir().is_ok_and(|files| files.flatten().any(|file| is_python(file.path())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn rules_know_data_from_code() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["media/a.png", "logs/__init__.py", "uploads/forms.py", "instance/config.py"] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let exclusions = Exclusions::of_application(folder.path(), &[], &[]).unwrap();
        let out = |path: &str, is_dir| exclusions.rule_out(&folder.path().join(path), is_dir);
        for file in [
            "a.db",
            "x/b.sqlite3-wal",
            "c.log",
            "c.log.2",
            "c.log.2026-01-31.gz",
            "celerybeat-schedule.dir",
            "p.env",
            "wasgi.toml",
        ] {
            assert!(out(file, false), "{file}");
        }
        for file in ["a.db.py", "media", "c.log.html", "db.py", "sqlite3", "environment"] {
            assert!(!out(file, false), "{file}");
        }
        assert!(out("media", true) && out("instance", true));
        assert!(!out("logs", true) && !out("uploads", true) && !out("shop/media", true));
        fs::write(folder.path().join("instance/__init__.py"), "").unwrap();
        assert!(!out("instance", true));
        let packages = Exclusions::of_packages(folder.path()).unwrap();
        assert!(!packages.rule_out(&folder.path().join("a.db"), false));
    }
}
