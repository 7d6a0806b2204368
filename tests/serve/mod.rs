//! The command and its server from the operator's side.

mod access_log;
mod bad_input;
mod checking;
mod command_line;
mod configuration;
mod dashboard;
mod doctor;
mod error_page;
mod examples;
mod health;
mod imported;
mod listening;
mod logging;
mod metrics;
mod opening;
mod outcomes;
mod renewing;
mod request_ids;
mod several;
mod shutdown;
mod terminal;
mod traces;
mod upgrading;
mod watching;
