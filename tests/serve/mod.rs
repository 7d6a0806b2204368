//! The command and its server from the operator's side.

mod bad_input;
mod command_line;
mod configuration;
mod doctor;
mod error_page;
mod examples;
mod listening;
mod logging;
mod outcomes;
mod renewing;
mod shutdown;
mod watching;
