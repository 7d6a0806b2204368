//! Reads the files of an application and its packages, and shows the notices about them.

use super::environment;
use super::exclusions::Exclusions;
use super::findings;
use super::inputs::{Behaviour, Sources};
use crate::build::native;
use crate::build::options::AppArgs;
use crate::build::target::Target;
use crate::grants::directory::Directory;
use crate::terminal::console;
use anyhow::Result;
use std::sync::Arc;

/// The exclusions of an application's image.
///
/// # Errors
/// When a pattern is invalid.
pub fn exclusions(app: &AppArgs, target: &Target, granted: &[Directory]) -> Result<Arc<Exclusions>> {
    let granted: Vec<_> = granted.iter().map(|directory| directory.host().to_owned()).collect();
    Exclusions::of_application(&target.folder, &app.selection.include, &granted)
}

/// Reads all that a build packs.
///
/// # Errors
/// When a file cannot be read, the command line names a missing one, or packages cannot be installed.
pub fn read(app: &AppArgs, granted: &[Directory], behaviour: &Behaviour) -> Result<(Target, Sources)> {
    let target = Target::parse(&app.app)?;
    let exclusions = exclusions(app, &target, granted)?;
    let environment = environment::find(app, &target)?;
    let sources = Sources::read(&target, &exclusions, &environment.folders, &app.selection, behaviour)?;
    findings::show(&sources);
    if let Some(origin) = environment.origin {
        console::line(&format!("wasgi: packages from {origin}"));
    }
    if !sources.joined.is_empty() {
        let joined: Vec<_> =
            native::parts(&sources.joined).map(|part| format!("{} {}", part.name, part.version)).collect();
        console::line(&format!("wasgi: native code joined to the interpreter: {}", joined.join(", ")));
    }
    if !sources.native.is_empty() {
        let count = sources.native.len();
        console::line(&format!("wasgi: native modules left out: {count} (importing one says what to use instead)"));
    }
    if !sources.left_out.is_empty() {
        let folders = sources.left_out.join(", ");
        console::line(&format!("wasgi: left out, as nothing imports them: {folders} (--keep packs what it names)"));
    }
    for link in &sources.links {
        let cure = "install it without --editable";
        console::line(&format!(
            "wasgi: note: {link} names a folder outside of the application, which stays out: {cure}"
        ));
    }
    Ok((target, sources))
}
