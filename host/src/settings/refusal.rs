//! What clap refuses, and whose value it was.

use super::{Origin, Origins};
use crate::terminal::console;
use clap::error::{ContextKind, ContextValue};
use std::fmt;

/// An invalid command line, or an invalid value of a setting from elsewhere.
#[derive(Debug)]
pub struct Refusal {
    error: clap::Error,
    /// The option, and where its value is from.
    origin: Option<(String, Origin)>,
}

impl Refusal {
    pub fn of(error: clap::Error, origins: &Origins) -> Self {
        let option = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(option)) => option.clone(),
            _ => return Refusal { error, origin: None },
        };
        let id = option.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default().replace('-', "_");
        let origin = origins.get(&id).map(|origin| (option, origin.clone()));
        Refusal { error, origin }
    }

    /// Ends the process with clap's message.
    pub fn exit(&self) -> ! {
        let (Ok(()) | Err(_)) = self.error.print();
        if let Some((option, origin)) = &self.origin {
            console::line(&format!("\nThe value of {option} is from {origin}."));
        }
        std::process::exit(self.error.exit_code())
    }
}

/// In one line, for a server that goes on.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let message = self.error.to_string();
        let first = message.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
        f.write_str(&first.split_whitespace().collect::<Vec<_>>().join(" "))?;
        self.origin.as_ref().map_or(Ok(()), |(_, origin)| write!(f, " (from {origin})"))
    }
}

impl std::error::Error for Refusal {}
