//! Whether files of an application have changed.

use super::exclusions::Exclusions;
use super::folder;
use super::read::exclusions;
use crate::build::options::AppArgs;
use crate::build::target::Target;
use crate::grants::directory::Directory;
use anyhow::Result;
use std::path::PathBuf;
use std::sync::Arc;

/// An application's files as they were when last looked at.
pub struct Changes {
    exclusions: Arc<Exclusions>,
    /// What decides beside the application's folder; they may come and go.
    files: Vec<PathBuf>,
    stamp: u64,
}

impl Changes {
    /// From now on, but for what is in `granted` directories.
    ///
    /// # Errors
    /// When the command line names no application, or a pattern that is none.
    pub fn of(app: &AppArgs, granted: &[Directory], files: Vec<PathBuf>) -> Result<Self> {
        let exclusions = exclusions(app, &Target::parse(&app.app)?, granted)?;
        let mut changes = Changes { exclusions, files, stamp: 0 };
        changes.seen();
        Ok(changes)
    }

    /// Whether something changed since the last look.
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
