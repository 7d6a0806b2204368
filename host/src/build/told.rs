//! What the developer is told of an application's import: what the snapshot freezes, and what was refused.

use crate::cli::SnapshotArgs;
use crate::console;
use crate::metadata::{Application, Warning};
use anyhow::{Result, ensure};

/// Shows notes and warnings. Also of what comes from the cache: it is as true as it was.
///
/// # Errors
/// When there are warnings and they are to be refused.
pub fn show(application: &Application, args: &SnapshotArgs) -> Result<()> {
    for note in &application.notes {
        console::line(&format!("wasgi: note: {note}"));
    }
    let warnings = draws(application, args);
    for Warning { text, .. } in &warnings {
        console::line(&format!("wasgi: warning: {text}"));
    }
    ensure!(
        !args.deny_import_entropy || warnings.is_empty(),
        "the application draws from entropy while it is imported, {} and --deny-import-entropy forbids it. For a module \
         that may: --allow-import-entropy {}",
        match warnings.len() {
            1 => "as told above,".to_owned(),
            count => format!("in {count} places,"),
        },
        warnings[0].module
    );
    Ok(())
}

/// What the application's import drew from entropy, and nobody allowed.
pub fn draws<'a>(application: &'a Application, args: &SnapshotArgs) -> Vec<&'a Warning> {
    application.warnings.iter().filter(|warning| !is_allowed(warning, args)).collect()
}

/// Whether the module, or one that it is inside of, may draw.
fn is_allowed(warning: &Warning, args: &SnapshotArgs) -> bool {
    args.allow_import_entropy.iter().any(|allowed| {
        let rest = warning.module.strip_prefix(&**allowed);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_allows_those_inside_it() {
        let args = |allowed: &str| SnapshotArgs { allow_import_entropy: vec![allowed.into()], ..Default::default() };
        let warning = Warning { module: "shop.tokens".into(), text: String::new() };
        assert!(is_allowed(&warning, &args("shop.tokens")) && is_allowed(&warning, &args("shop")));
        assert!(!is_allowed(&warning, &args("sho")) && !is_allowed(&warning, &args("shop.tokens.more")));
    }
}
