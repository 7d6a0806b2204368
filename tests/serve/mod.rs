//! The command and its server as those who run it see them.

mod bad_input;
mod command_line;
mod doctor;
mod examples;
mod logging;
mod outcomes;
mod shutdown;
mod watching;
