//! The report of a check: lines for people, or JSON.

use crate::build::boot::import::Failure;
use crate::build::in_memory::{Ready, Sizes};
use crate::build::notices;
use crate::build::options::SnapshotArgs;
use crate::component::metadata::WarmUpOutcome;
use crate::doctor::finding::Finding;
use crate::units::Size;
use anyhow::Error;
use serde::{Serialize, Serializer};
use std::time::Duration;

/// Of an application. Sizes are in bytes.
#[derive(Serialize)]
pub struct Report {
    /// None if there is none to be imported.
    pub application: Option<String>,
    pub findings: Vec<Found>,
    pub measured: Vec<Measured>,
    #[serde(flatten)]
    pub sizes: Option<Sizes>,
    /// The most memory that a request may have.
    pub cap: Size,
}

/// One line.
#[derive(Serialize)]
pub struct Found {
    /// What was looked at: a request, or a step.
    #[serde(rename = "check")]
    pub name: String,
    #[serde(flatten)]
    pub finding: Finding,
    /// A traceback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What requests of a target take.
#[derive(Serialize)]
pub struct Measured {
    pub target: String,
    pub status: u16,
    /// The median of some.
    #[serde(rename = "milliseconds", serialize_with = "milliseconds")]
    pub time: Duration,
    /// The most of one.
    pub memory: Size,
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1000.0)
}

impl Found {
    pub fn new(name: impl Into<String>, finding: Finding) -> Self {
        Found { name: name.into(), finding, detail: None }
    }
}

impl Report {
    pub fn new(cap: Size) -> Self {
        Report { application: None, findings: vec![], measured: vec![], sizes: None, cap }
    }

    /// There is nothing to be served.
    pub fn not_built(&mut self, error: &Error) {
        let failure = error.chain().find_map(|cause| cause.downcast_ref::<Failure>());
        let whole = format!("{error:#}");
        let lines = failure.map_or_else(|| vec![one_line(&whole)], |failure| failure.findings.clone());
        let name = if failure.is_some() { "import" } else { "build" };
        self.findings.extend(lines.into_iter().map(|line| Found::new(name, Finding::Wrong(line))));
        if let Some(last) = self.findings.last_mut().filter(|_| whole.contains('\n')) {
            last.detail = Some(whole);
        }
    }

    /// What the import says of itself.
    pub fn built(&mut self, ready: &Ready, args: &SnapshotArgs) {
        let mut add = |name: &str, finding| self.findings.push(Found::new(name, finding));
        add("import", Finding::Fine(ready.description.clone()));
        for warning in notices::draws(&ready.application, args) {
            let cure = format!("or --allow-import-entropy {}", warning.module);
            add("snapshot", Finding::Wrong(format!("{}, {cure}", warning.text.trim_end_matches('.'))));
        }
        ready.application.notes.iter().for_each(|note| add("snapshot", Finding::Note(one_line(note))));
        if let WarmUpOutcome::Cold(why) = &ready.application.lesson.warmth {
            let why = why.lines().next().unwrap_or_default();
            add("snapshot", Finding::Note(format!("not warmed up: {why} (--warm PATH does it anyway)")));
        }
        self.application = Some(ready.description.clone());
        self.sizes = Some(ready.sizes);
    }

    /// How much it takes, once requests were made.
    pub fn sum_up(&mut self) {
        for Measured { target, status, time, memory } in &self.measured {
            let time = time.as_secs_f64() * 1000.0;
            let line = format!("{status}, {time:.1} ms in a warm server, {memory} of memory at most");
            self.findings.push(Found::new(format!("GET {target}"), Finding::Fine(line)));
        }
        let Some(Sizes { component, at_rest }) = self.sizes else { return };
        let size = format!("{at_rest} of memory at rest; a component of {component}");
        self.findings.push(Found::new("size", Finding::Fine(size)));
        let Some(peak) = self.measured.iter().map(|measured| measured.memory).max() else { return };
        let line = format!("{peak} at most in these requests, of {}", self.cap);
        // What a larger request takes comes on top of it.
        let is_fine = peak.0 <= self.cap.0 / 5 * 4;
        self.findings.push(Found::new("memory", Finding::noted(is_fine, line, "--memory gives more")));
    }

    pub fn wrong(&self) -> usize {
        self.findings.iter().filter(|found| found.finding.is_wrong()).count()
    }

    /// As lines; of what is wrong alone, if it is to be `quiet`.
    pub fn text(&self, quiet: bool) -> String {
        let shown = self.findings.iter().filter(|found| !quiet || found.finding.is_wrong());
        shown.map(Found::text).collect()
    }

    /// As one JSON object.
    pub fn json(&self) -> String {
        let mut report = serde_json::to_value(self).expect("of plain values");
        report["ok"] = (self.wrong() == 0).into();
        format!("{report:#}\n")
    }
}

impl Found {
    fn text(&self) -> String {
        let detail = self.detail.iter().flat_map(|detail| detail.lines());
        let detail: String = detail.map(|line| format!("       {line}\n").replace("       \n", "\n")).collect();
        format!("{}{detail}", self.finding.line(&self.name))
    }
}

fn one_line(text: &str) -> String {
    let first = text.split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}
