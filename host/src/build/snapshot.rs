//! Imports the application inside the core module, then takes the snapshot.

use super::boot::Guest;
use crate::console;
use crate::units::Size;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// What the guest found: the callable that will answer requests.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Application {
    pub module: String,
    pub attribute: String,
    /// `named`, `found` or `factory`.
    pub how: String,
    /// The callable's type.
    pub kind: String,
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A core module whose memory holds the interpreter with the application imported.
pub struct Snapshot {
    pub core_module: Vec<u8>,
    pub application: Application,
    /// Linear memory in use at rest, in bytes.
    pub memory: Size,
}

/// Boots the guest on the application's image and snapshots the result.
///
/// # Errors
/// When the application cannot be imported or found; the message is the guest's.
pub async fn take(guest: &Guest<'_>, image: &[u8], cap: Size) -> Result<Snapshot> {
    let mut booted = guest.boot(image, cap).await?;
    let application = application(&booted.report)?;
    let core_module = guest.snapshot(&mut booted).await?;
    Ok(Snapshot { core_module, application, memory: booted.memory_size() })
}

fn application(report: &[u8]) -> Result<Application> {
    #[derive(Deserialize)]
    struct Failure {
        message: String,
    }
    if let Ok(failure) = serde_json::from_slice::<Failure>(report) {
        bail!("{}", failure.message.trim_end());
    }
    let application: Application = serde_json::from_slice(report).context("the guest's report makes no sense")?;
    for note in &application.notes {
        console::line(&format!("wasgi: note: {note}"));
    }
    Ok(application)
}
