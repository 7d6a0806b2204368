//! How lines look: on a terminal, in a file, and as the environment wants it.

use crate::harness::{BUILD_PATIENCE, Process, Project, wasgi};
use std::process::Command;

/// Runs its arguments on a terminal of their own.
const ON_TERMINAL: &str = "
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 65536))))
";
const COLOURED_ERROR: &str = "\x1b[1;31mwasgi: error:\x1b[0m cannot read nothing.wasm";

/// What a command prints, with these variables and no others that have a say.
fn said(command: Command, is_on_terminal: bool, variables: &[(&str, &str)]) -> String {
    let mut started = if is_on_terminal { Command::new("python3") } else { Command::new("env") };
    if is_on_terminal {
        started.args(["-c", ON_TERMINAL]);
    }
    started.arg(command.get_program()).args(command.get_args()).current_dir(command.get_current_dir().unwrap());
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "VIRTUAL_ENV"] {
        started.env_remove(name);
    }
    started.env("TERM", "xterm").envs(variables.iter().copied());
    let mut process = Process::start(started);
    process.wait_for_end(BUILD_PATIENCE);
    process.log()
}

#[test]
fn colours_are_for_terminals_and_whoever_asks() {
    for (is_on_terminal, variables, is_coloured) in [
        (true, &[][..], true),
        (true, &[("NO_COLOR", "1")], false),
        (true, &[("TERM", "dumb")], false),
        (false, &[], false),
        (false, &[("FORCE_COLOR", "1")], true),
        (false, &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false),
    ] {
        let said = said(wasgi(&["serve", "nothing.wasm", "--bind", "127.0.0.1:0"]), is_on_terminal, variables);
        assert_eq!(said.contains(COLOURED_ERROR), is_coloured, "{is_on_terminal} {variables:?}: {said:?}");
        assert!(said.contains("cannot read nothing.wasm") && said.contains('\x1b') == is_coloured, "{said:?}");
    }
}

/// Prints while it is imported.
const TALKING: &str = "
print('hi')


def app(environ, start_response):
    start_response('204 No Content', [])
    return []
";

#[test]
fn progress_is_shown_where_the_next_line_can_take_its_place() {
    let project = Project::new(&[("app.py", TALKING)]);
    let build = || project.wasgi(&["build", "app.py", "--cold"]);
    let on_terminal = said(build(), true, &[("NO_COLOR", "1")]);
    assert!(
        on_terminal.contains("wasgi: import the application and take the snapshot ...\r\x1b[Kapp | hi"),
        "{on_terminal:?}"
    );
    for (is_on_terminal, variables) in [(true, &[("TERM", "dumb")][..]), (false, &[])] {
        let said = said(build(), is_on_terminal, variables);
        assert!(!said.contains(" ...\r") && !said.contains('\x1b'), "{said:?}");
        assert!(said.contains("app | hi") && said.contains("wasgi: wrote app.wasm"), "{said:?}");
    }
}
