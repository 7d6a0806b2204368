//! The `wasgi` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasgi::command_line()
}
