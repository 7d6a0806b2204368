//! Detects changes to the files of an application.

use super::environment;
use super::exclusions::Exclusions;
use super::folder;
use super::read::exclusions;
use crate::build::options::AppArgs;
use crate::build::target::Target;
use crate::grants::directory::Directory;
use anyhow::Result;
use std::path::PathBuf;
use std::sync::Arc;

/// An application's files at the last check.
pub struct Changes {
    exclusions: Arc<Exclusions>,
    /// Files outside the application's folder that decide the build; they may come and go.
    files: Vec<PathBuf>,
    stamp: u64,
}

impl Changes {
    /// Starts from the current state, without the content of `granted` directories.
    ///
    /// # Errors
    /// When the command line names no application, or an invalid pattern.
    pub fn of(app: &AppArgs, granted: &[Directory], files: Vec<PathBuf>) -> Result<Self> {
        let target = Target::parse(&app.app)?;
        let exclusions = exclusions(app, &target, granted)?;
        let files = files.into_iter().chain(environment::declarations(app, &target)).collect();
        let mut changes = Changes { exclusions, files, stamp: 0 };
        changes.seen();
        Ok(changes)
    }

    /// Whether something changed since the last check.
    pub fn seen(&mut self) -> bool {
        let stamp = folder::stamp(&self.exclusions, &self.files);
        std::mem::replace(&mut self.stamp, stamp) != stamp
    }
}

/// The folder of an application.
///
/// # Errors
/// When the command line names none.
pub fn folder_of(app: &AppArgs) -> Result<PathBuf> {
    Ok(Target::parse(&app.app)?.folder)
}
