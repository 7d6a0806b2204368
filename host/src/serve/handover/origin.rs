//! How this process was started, to start its successor in the same way.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// Remembers the folder in which the process was started. Called first of all, as `--chdir` leaves it.
pub fn remember() {
    if let Ok(folder) = std::env::current_dir() {
        let _ = FOLDER.set(folder);
    }
}

/// The same program with the same arguments, in the same folder: whatever is now at its path.
pub fn again() -> Command {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| "wasgi".into());
    let mut command = Command::new(program(&name, FOLDER.get().map(PathBuf::as_path)));
    command.args(arguments);
    if let Some(folder) = FOLDER.get() {
        command.current_dir(folder);
    }
    command
}

/// A name without a folder is looked for in PATH, as the shell did; a path may be a link that now leads elsewhere.
fn program(name: &OsStr, folder: Option<&Path>) -> OsString {
    match folder {
        Some(folder) if name.as_encoded_bytes().contains(&b'/') => folder.join(name).into_os_string(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_as_it_was() {
        let folder = Some(Path::new("/srv"));
        for (name, found) in [("wasgi", "wasgi"), ("bin/wasgi", "/srv/bin/wasgi"), ("/opt/wasgi", "/opt/wasgi")] {
            assert_eq!(program(OsStr::new(name), folder), found);
        }
        assert_eq!(program(OsStr::new("./wasgi"), None), "./wasgi");
    }
}
