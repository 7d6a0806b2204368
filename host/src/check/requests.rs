//! The requests of a check, and what they find.

use super::client::{Answer, Client};
use super::report::{Found, Measured, Report};
use crate::doctor::finding::Finding;
use crate::serve::limits::Limits;
use crate::units::Size;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// Bytes beyond ASCII and a repeated name, as clients send them.
const QUERY: &str = "?name=%C3%A9&empty=&name=two";
/// Requests that are timed, if they take no longer than this together. A first one is not.
const TIMED: usize = 11;
const PATIENCE: Duration = Duration::from_secs(2);

/// What the guest found (`wasgi_guest/checking.py`).
#[derive(Deserialize)]
struct Examined {
    status: u16,
    rules: Vec<Rule>,
    error: Option<Raised>,
}

/// A rule of PEP 3333 that the application breaks.
#[derive(Deserialize)]
struct Rule {
    text: String,
    cure: String,
    #[serde(rename = "where")]
    place: String,
}

/// An exception that left the application.
#[derive(Deserialize)]
struct Raised {
    text: String,
    #[serde(rename = "where")]
    place: String,
    traceback: String,
}

/// Makes all requests for `/` and for further targets.
///
/// # Errors
/// When the server itself fails.
pub async fn all(client: &Client, further: &[String], limits: &Limits, report: &mut Report) -> Result<()> {
    for target in ["/"].into_iter().chain(further.iter().map(String::as_str)) {
        let with_query = format!("{target}{QUERY}");
        let asked = [("GET", target), ("HEAD", target), ("GET", with_query.as_str())];
        let mut is_wrong = false;
        // A target that has a query gets no other one.
        for (method, target) in asked.into_iter().take(if target.contains('?') { 2 } else { 3 }) {
            let found = examine(client, method, target, limits).await?;
            is_wrong = found.iter().any(|found| found.finding.is_wrong());
            report.findings.extend(found);
            if is_wrong {
                // The others would say the same again.
                break;
            }
        }
        if !is_wrong {
            report.measured.push(measure(client, target).await?);
        }
    }
    Ok(())
}

/// Has one request examined.
async fn examine(client: &Client, method: &str, target: &str, limits: &Limits) -> Result<Vec<Found>> {
    let name = format!("{method} {target}");
    let answer = client.examine(method, target).await.with_context(|| name.clone())?;
    if answer.outcome != "ok" {
        return Ok(vec![Found::new(name, Finding::Wrong(given_up(&answer, limits)))]);
    }
    let examined: Examined = serde_json::from_slice(&answer.body).context("the guest's report makes no sense")?;
    Ok(examined.found(&name))
}

/// Why there is no report.
fn given_up(answer: &Answer, limits: &Limits) -> String {
    match answer.outcome.as_str() {
        "deadline" => format!("comes to no end within {:?}: --timeout allows it more time", limits.timeout),
        "memory-cap" => format!("takes more memory than {}: --memory allows it more", limits.memory),
        outcome => format!("ends in {outcome}, as the lines above say: serve it with `wasgi run` to see more of it"),
    }
}

impl Examined {
    fn found(self, name: &str) -> Vec<Found> {
        let rules = self.rules.into_iter().map(|Rule { text, cure, place }| {
            let cure = if cure.is_empty() { cure } else { format!("; {cure}") };
            Found::new(name, Finding::Wrong(format!("PEP 3333: {text}{}{cure}", at(&place))))
        });
        let mut found: Vec<_> = rules.collect();
        if let Some(Raised { text, place, traceback }) = self.error {
            let text = format!("the application raises {text}{}: its traceback follows", at(&place));
            found.push(Found { detail: Some(traceback), ..Found::new(name, Finding::Wrong(text)) });
        } else if self.status >= 500 {
            let text = format!("is answered with {}: the application's own lines above say why", self.status);
            found.push(Found::new(name, Finding::Wrong(text)));
        } else if found.is_empty() {
            found.push(Found::new(name, Finding::Fine(self.status.to_string())));
        }
        found
    }
}

fn at(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!(" ({place})") }
}

/// What a request takes when the server has answered others.
async fn measure(client: &Client, target: &str) -> Result<Measured> {
    let (began, mut took, mut memory) = (Instant::now(), vec![], Size(0));
    let first = client.get(target).await?;
    while took.len() < TIMED && (took.is_empty() || began.elapsed() < PATIENCE) {
        let answer = client.get(target).await?;
        took.push(answer.took);
        memory = memory.max(answer.memory);
    }
    took.sort_unstable();
    let time = took[took.len() / 2];
    Ok(Measured { target: target.to_owned(), status: first.status.as_u16(), time, memory })
}
