//! `wasgi doctor`: what this machine lacks for serving, one line each, with its cure.

use crate::doctor::checks;
use crate::serve::limits::Limits;
use crate::terminal::log::{self, Stream};
use anyhow::{Result, ensure};
use clap::Args;

#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub limits: Limits,
}

/// Runs all checks, even after one fails.
///
/// # Errors
/// When something keeps wasgi from serving.
pub fn command(args: DoctorArgs) -> Result<()> {
    let mut wrong = 0;
    for (name, finding) in checks::all(&args.limits) {
        wrong += u32::from(finding.is_wrong());
        log::write(Stream::Stdout, finding.line(name).as_bytes());
    }
    ensure!(wrong == 0, "{wrong} of these keep wasgi from serving on this machine: each line names its cure");
    Ok(())
}
