//! Whether, and how, lines on a terminal have colours.

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, stderr};
use std::sync::LazyLock;

/// How a part of a line looks: parameters of SGR, the terminal's "select graphic rendition" (ECMA-48, section 8.3.117).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Strong,
    Dim,
    Red,
    Yellow,
}

static IS_LIVE: LazyLock<bool> = LazyLock::new(|| is_live_terminal(stderr().is_terminal(), env::var_os("TERM")));
static IS_COLOURED: LazyLock<bool> = LazyLock::new(|| is_coloured(*IS_LIVE, |name| env::var_os(name)));

/// Whether standard error is a terminal on which a line can be written over.
pub fn is_live() -> bool {
    *IS_LIVE
}

/// The text in that style, if standard error shows styles.
pub fn styled(text: &str, style: Style) -> String {
    if *IS_COLOURED { painted(text, style) } else { text.to_owned() }
}

/// A line of wasgi's with its beginning in the colour of what it says: `wasgi: warning:`.
pub fn labelled(line: &str, style: Style) -> String {
    if !*IS_COLOURED {
        return line.to_owned();
    }
    let Some(label) = label(line) else { return line.to_owned() };
    format!("{}{}", painted(label, style), &line[label.len()..])
}

fn label(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("wasgi: ")?;
    let word = ["error:", "warning:", "note:"].into_iter().find(|word| rest.starts_with(word));
    Some(&line[.."wasgi:".len() + word.map_or(0, |word| 1 + word.len())])
}

fn painted(text: &str, style: Style) -> String {
    let parameter = match style {
        Style::Strong => "1",
        Style::Dim => "2",
        Style::Red => "1;31",
        Style::Yellow => "1;33",
    };
    format!("\x1b[{parameter}m{text}\x1b[0m")
}

fn is_live_terminal(is_terminal: bool, kind: Option<OsString>) -> bool {
    is_terminal && kind.is_none_or(|kind| kind != "dumb")
}

/// As programs agree: NO_COLOR of any value is obeyed first, then FORCE_COLOR, which Python and Node know, or
/// CLICOLOR_FORCE; without either, a terminal has colours.
fn is_coloured(is_live: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
    // NO_COLOR=0 is set, too: its value has no meaning.
    let is_refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    !is_refused && (is_live || is_set("FORCE_COLOR") || is_set("CLICOLOR_FORCE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        for (is_live, set, expected) in [
            (true, vec![], true),
            (false, vec![], false),
            (true, vec![("NO_COLOR", "1")], false),
            (true, vec![("NO_COLOR", "0")], false),
            (true, vec![("NO_COLOR", "")], true),
            (false, vec![("FORCE_COLOR", "1")], true),
            (false, vec![("FORCE_COLOR", "0")], false),
            (false, vec![("CLICOLOR_FORCE", "1")], true),
            (false, vec![("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false),
        ] {
            let find = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
            assert_eq!(is_coloured(is_live, find), expected, "{is_live} {set:?}");
        }
        assert!(!is_live_terminal(true, Some("dumb".into())) && !is_live_terminal(false, None));
        assert!(is_live_terminal(true, Some("xterm".into())));
    }

    #[test]
    fn a_label_is_what_stands_in_front() {
        assert_eq!(label("wasgi: warning: x: y"), Some("wasgi: warning:"));
        assert_eq!(label("wasgi: error: no"), Some("wasgi: error:"));
        assert_eq!(label("wasgi: GET / 500"), Some("wasgi:"));
        assert_eq!(label("    more"), None);
        assert_eq!(painted("x", Style::Red), "\x1b[1;31mx\x1b[0m");
    }
}
