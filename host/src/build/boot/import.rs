//! A boot that imports the application, and the guest's report.

use super::booted::Booted;
use super::cap::Cap;
use super::guest::{Guest, Start};
use super::places::Placement;
use crate::component::metadata::{Application, Census};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fmt;

/// How import and warm-up used the directories granted to them.
#[derive(Default, Deserialize)]
pub struct Directories {
    /// Their content may have influenced the snapshot.
    pub used: bool,
    /// A note on each file that stays open.
    pub held: Vec<String>,
}

/// Boots, and returns the guest's report.
///
/// # Errors
/// When the guest traps, or finds something wrong.
pub async fn import(guest: &Guest, start: Start<'_>, cap: &Cap, places: &Placement) -> Result<(Booted, Report)> {
    let booted = guest.boot(start, cap, places).await?;
    let report = Report::parse(&booted.report)?;
    Ok((booted, report))
}

/// The guest's report after a successful import (`wasgi_guest/boot.py`).
#[derive(Deserialize)]
pub struct Report {
    #[serde(flatten)]
    pub application: Application,
    #[serde(flatten)]
    pub census: Census,
    #[serde(default)]
    pub directories: Directories,
}

impl Report {
    fn parse(report: &[u8]) -> Result<Self> {
        if let Some(failure) = failure(report) {
            bail!(failure);
        }
        serde_json::from_slice(report).context("the guest's report makes no sense")
    }
}

/// The guest's report after a failure, in any kind of boot.
#[derive(Debug, Deserialize)]
pub struct Failure {
    message: String,
    /// What is wrong, in a line each, with its cure.
    #[serde(default)]
    pub findings: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.message.trim_end())
    }
}

impl std::error::Error for Failure {}

/// The failure that a boot reports, if it does.
pub fn failure(report: &[u8]) -> Option<Failure> {
    serde_json::from_slice(report).ok()
}
