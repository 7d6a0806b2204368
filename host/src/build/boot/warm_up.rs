//! The warm-up probe: whether an application whose deployer did not say may be warmed up, tried in a boot that is
//! discarded (`wasgi_guest/trial.py`).

use super::cap::Cap;
use super::guest::{Booted, Guest, Start};
use super::import::import;
use super::places::Placement;
use crate::component::metadata::WarmUpOutcome;
use crate::units::Size;
use anyhow::Result;
use serde::Deserialize;
use std::time::Duration;
use wasmtime::UpdateDeadline;

/// Loops and calls that the probe's requests may take together: some seconds. Counted, so that every build of the same
/// sources comes to the same outcome.
const STEPS: u64 = 1 << 27;
/// For what takes no steps, such as sleeping.
const PATIENCE: Duration = Duration::from_secs(5);

/// Probes. An application whose import fails stays cold: the real boot reports the failure.
pub async fn warmth(guest: &Guest<'_>, start: Start<'_>, memory: Size) -> WarmUpOutcome {
    match import(guest, start, &Cap::trial(memory), &Placement::default()).await {
        Ok((booted, _)) => objection(booted).await.map_or(WarmUpOutcome::Warm, WarmUpOutcome::Cold),
        Err(_) => WarmUpOutcome::Told,
    }
}

/// What speaks against a warm-up.
async fn objection(mut booted: Booted) -> Option<String> {
    let mut steps = 0;
    booted.store.epoch_deadline_callback(move |_| {
        steps += 1;
        if steps > STEPS { wasmtime::bail!("tried requests without end") } else { Ok(UpdateDeadline::Continue(0)) }
    });
    booted.store.set_epoch_deadline(0);
    match tokio::time::timeout(PATIENCE, asked(&mut booted)).await {
        Ok(Ok(Report { objection })) => objection,
        _ => Some("GET / comes to no end".into()),
    }
}

#[derive(Deserialize)]
struct Report {
    objection: Option<String>,
}

async fn asked(booted: &mut Booted) -> Result<Report> {
    booted.tell("wasgi_try").await?;
    Ok(serde_json::from_slice(&booted.read_report().await?)?)
}
