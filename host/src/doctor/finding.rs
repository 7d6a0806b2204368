//! The result of a check.

use anyhow::Result;
use serde::Serialize;

/// Whether a check passed.
#[derive(Serialize)]
#[serde(tag = "result", content = "text")]
pub enum Finding {
    #[serde(rename = "ok")]
    Fine(String),
    /// It serves, but not as well as it could.
    #[serde(rename = "note")]
    Note(String),
    /// It does not serve.
    #[serde(rename = "wrong")]
    Wrong(String),
}

impl Finding {
    /// From a check that may fail; `fine` renders its success.
    pub fn of<T>(outcome: Result<T>, fine: impl FnOnce(T) -> String) -> Self {
        match outcome {
            Ok(found) => Finding::Fine(fine(found)),
            Err(error) => Finding::Wrong(format!("{error:#}")),
        }
    }

    /// `fine`, with the cure unless it `is_fine`.
    pub fn noted(is_fine: bool, fine: String, cure: &str) -> Self {
        if is_fine { Finding::Fine(fine) } else { Finding::Note(format!("{fine}: {cure}")) }
    }

    pub fn is_wrong(&self) -> bool {
        matches!(self, Finding::Wrong(_))
    }

    pub fn line(&self, name: &str) -> String {
        let (word, text) = match self {
            Finding::Fine(text) => ("ok", text),
            Finding::Note(text) => ("note", text),
            Finding::Wrong(text) => ("wrong", text),
        };
        format!("{word:<5}  {name}: {text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_line_says_how_it_is() {
        assert_eq!(Finding::of(Ok(7), |seven| format!("{seven} of them")).line("things"), "ok     things: 7 of them\n");
        let wrong = Finding::of(Err::<(), _>(anyhow!("none: buy some")), |()| String::new());
        assert_eq!(wrong.line("things"), "wrong  things: none: buy some\n");
        assert_eq!(Finding::noted(false, "few".into(), "buy some").line("things"), "note   things: few: buy some\n");
        assert_eq!(Finding::noted(true, "many".into(), "buy some").line("things"), "ok     things: many\n");
    }
}
