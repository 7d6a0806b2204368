//! The warm-up probe: whether an application whose deployer did not say may be warmed up, tried in a boot that is
//! discarded (`wasgi_guest/trial.py`); if not, what its first request imports can be imported before the snapshot.

use super::booted::Booted;
use super::cap::Cap;
use super::guest::{Guest, Start};
use super::import::import;
use super::places::Placement;
use crate::component::metadata::{Lesson, WarmUpOutcome};
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
pub async fn probe(guest: &Guest, start: Start<'_>, memory: Size) -> Lesson {
    match import(guest, start, &Cap::trial(memory), &Placement::default()).await {
        Ok((booted, _)) => lesson(booted).await,
        Err(_) => Lesson::default(),
    }
}

/// What speaks against a warm-up, and what then can be done still.
async fn lesson(mut booted: Booted) -> Lesson {
    let mut steps = 0;
    booted.store.epoch_deadline_callback(move |_| {
        steps += 1;
        if steps > STEPS { wasmtime::bail!("tried requests without end") } else { Ok(UpdateDeadline::Continue(0)) }
    });
    booted.store.set_epoch_deadline(0);
    match tried(&mut booted).await {
        Ok(Report { objection: Some(why), imports }) => {
            Lesson { warmth: WarmUpOutcome::Cold(why), lazy_imports: imports }
        }
        Ok(Report { objection: None, .. }) => Lesson { warmth: WarmUpOutcome::Warm, lazy_imports: vec![] },
        Err(_) => Lesson { warmth: WarmUpOutcome::Cold("GET / comes to no end".into()), lazy_imports: vec![] },
    }
}

#[derive(Deserialize)]
struct Report {
    objection: Option<String>,
    imports: Vec<String>,
}

/// The latest report: the guest reports after each request, and one that does not end is stopped.
async fn tried(booted: &mut Booted) -> Result<Report> {
    let place = booted.call("wasgi_report").await?;
    let _ended = tokio::time::timeout(PATIENCE, booted.tell("wasgi_try")).await;
    Ok(serde_json::from_slice(&booted.report_at(place)?)?)
}
