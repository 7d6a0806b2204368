//! Notices to the developer about an import: what the snapshot freezes, and what was refused.

use super::options::SnapshotArgs;
use crate::build::sources::inputs::Sources;
use crate::component::metadata::{Application, WarmUpOutcome, Warning};
use crate::terminal::console;
use anyhow::{Result, ensure};

/// Characters.
const LONGEST_SOURCE: usize = 80;

/// Shows notes and warnings, also for a cached build, for which they still hold.
///
/// # Errors
/// When there are warnings and the options refuse them.
pub fn show(application: &Application, args: &SnapshotArgs) -> Result<()> {
    for note in &application.notes {
        console::line(&format!("wasgi: note: {note}"));
    }
    match &application.lesson.warmth {
        WarmUpOutcome::Told => {}
        WarmUpOutcome::Warm => console::line("wasgi: warmed up with GET / (no side effects seen; --cold skips it)"),
        WarmUpOutcome::Cold(why) => {
            let mut lines = why.lines();
            let why = lines.next().unwrap_or_default();
            console::line(&format!("wasgi: not warmed up: {why} (--warm PATH does it anyway)"));
            lines.for_each(|line| console::line(&format!("    {line}")));
        }
    }
    match application.lesson.lazy_imports.len() {
        0 => {}
        1 => console::line("wasgi: imported beforehand the module that GET / imports"),
        count => console::line(&format!("wasgi: imported beforehand the {count} modules that GET / imports")),
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
            1 => "as shown above,".to_owned(),
            count => format!("in {count} places,"),
        },
        warnings[0].module
    );
    Ok(())
}

/// What the import drew from entropy without permission.
pub fn draws<'a>(application: &'a Application, args: &SnapshotArgs) -> Vec<&'a Warning> {
    application.warnings.iter().filter(|warning| !is_allowed(warning, args)).collect()
}

/// Adds source lines to locations in packages: the guest has only their bytecode, and reports no more than
/// `shop/till.py:7: ...`.
pub fn quote(application: &mut Application, sources: &Sources) {
    let warnings = application.warnings.iter_mut().map(|warning| &mut warning.text);
    for text in application.notes.iter_mut().chain(warnings) {
        if let Some(quoted) = quoted(text, |file, line| sources.package_line(file, line)) {
            *text = quoted;
        }
    }
}

fn quoted<'s>(text: &str, line_of: impl Fn(&str, usize) -> Option<&'s str>) -> Option<String> {
    let (place, meaning) = text.split_once(": ")?;
    let (file, line) = place.rsplit_once(':')?;
    let source = line_of(file, line.parse().ok()?)?;
    // As in wasgi_guest/blame.py.
    let shown = match source.char_indices().nth(LONGEST_SOURCE) {
        Some(_) => source.chars().take(LONGEST_SOURCE - 3).chain("...".chars()).collect(),
        None => source.to_owned(),
    };
    Some(format!("{place} {shown}: {meaning}"))
}

/// Whether the module, or one of its parents, may draw.
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
    fn places_get_their_lines() {
        let line_of = |file: &str, line| (file == "shop.py" && line == 7).then_some("TOKEN = draw()");
        assert_eq!(quoted("shop.py:7: the same.", line_of).unwrap(), "shop.py:7 TOKEN = draw(): the same.");
        assert_eq!(quoted("shop.py:7 TOKEN = draw(): the same.", line_of), None);
        assert_eq!(quoted("other.py:7: the same.", line_of), None);
        let long = "x".repeat(81);
        let quoted = quoted("shop.py:1: the same.", |_, _| Some(&*long)).unwrap();
        assert_eq!(quoted, format!("shop.py:1 {}...: the same.", "x".repeat(77)));
    }

    #[test]
    fn a_module_allows_those_inside_it() {
        let args = |allowed: &str| SnapshotArgs { allow_import_entropy: vec![allowed.into()], ..Default::default() };
        let warning = Warning { module: "shop.tokens".into(), text: String::new() };
        assert!(is_allowed(&warning, &args("shop.tokens")) && is_allowed(&warning, &args("shop")));
        assert!(!is_allowed(&warning, &args("sho")) && !is_allowed(&warning, &args("shop.tokens.more")));
    }
}
