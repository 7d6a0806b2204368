//! A boot that imports the application, and the guest's report.

use super::cap::Cap;
use super::guest::{Booted, Guest, Start};
use super::places::Placement;
use crate::component::metadata::{Application, Census};
use anyhow::{Context, Result, bail};
use serde::Deserialize;

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
pub async fn import(guest: &Guest<'_>, start: Start<'_>, cap: &Cap, places: &Placement) -> Result<(Booted, Report)> {
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
        if let Some(message) = failure(report) {
            bail!("{message}");
        }
        serde_json::from_slice(report).context("the guest's report makes no sense")
    }
}

/// The guest's report after a failure, in any kind of boot.
pub fn failure(report: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Failure {
        message: String,
    }
    let failure: Failure = serde_json::from_slice(report).ok()?;
    Some(failure.message.trim_end().to_owned())
}
