//! What a server says before it serves.

use super::applications::Applications;
use super::component::Ready;
use super::limits::Limits;
use super::listen::Listener;
use super::setup::Whole;
use super::worst_case::WorstCase;
use crate::terminal::colour::{Style, styled};
use crate::terminal::console;

/// The lines so far.
pub struct Opening {
    lines: Vec<String>,
    addresses: String,
    reset: String,
    /// What the last line says of the only application.
    only: Option<String>,
    applications: usize,
}

impl Opening {
    pub fn new(listeners: &[Listener], whole: &Whole) -> Self {
        let scheme = whole.scheme();
        let addresses: Vec<_> = listeners.iter().map(|listener| listener.shown(scheme)).collect();
        let reset = format!("wasgi: memory is reset by {} ({})", whole.reset.name(), whole.reset.reason);
        Opening {
            lines: vec![],
            addresses: styled(&addresses.join(" and "), Style::Strong),
            reset,
            only: None,
            applications: 0,
        }
    }

    /// An application is served.
    pub fn serves(&mut self, ready: &Ready, most: &WorstCase) {
        let Ready { setup, route, description, .. } = ready;
        self.applications += 1;
        if let Some(name) = &setup.name {
            self.lines.push(format!("wasgi: {name}: serving {description} at {route}"));
            self.lines.push(format!("wasgi: {name}: {}", most.parts()));
            return;
        }
        let Limits { memory, timeout, concurrency, .. } = &setup.limits;
        self.lines.push(format!("wasgi: serving {description}"));
        self.lines.push(std::mem::take(&mut self.reset));
        self.lines.push(most.line());
        self.only = Some(format!("memory cap {memory}, timeout {timeout:?}, {concurrency} at once"));
    }

    /// Says all of it.
    pub fn announce(self, applications: &Applications) {
        let Opening { mut lines, addresses, reset, only, applications: count } = self;
        let what = only.unwrap_or_else(|| {
            lines.push(reset);
            lines.extend(applications.total_line());
            let s = if count == 1 { "" } else { "s" };
            format!("{count} application{s}")
        });
        lines.push(format!("wasgi: ready on {addresses} ({what}; Ctrl+C stops)"));
        lines.iter().for_each(|line| console::line(line));
    }
}
