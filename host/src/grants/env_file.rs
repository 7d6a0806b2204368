//! Files of variables: `.env` and those that `--env-file` names, in one syntax.
//!
//! It is the syntax that python-dotenv and docker compose share, without their extensions: nothing is expanded, so a
//! `$` in a password stays, and no variable of this process gets in.

use anyhow::{Context, Result, bail, ensure};
use std::iter::Peekable;
use std::str::Chars;

/// Returns names and values in the order of the text.
///
/// # Errors
/// When a line is neither a variable, a comment nor empty; the message has its number.
pub fn parse(text: &str) -> Result<Vec<(String, String)>> {
    let mut reader = Reader { rest: text.trim_start_matches('\u{feff}').chars().peekable(), line: 1 };
    let mut variables = vec![];
    loop {
        let line = reader.line;
        match reader.variable().with_context(|| format!("line {line}"))? {
            Some(Some(variable)) => variables.push(variable),
            Some(None) => {}
            None => return Ok(variables),
        }
    }
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    /// From 1.
    line: usize,
}

impl Reader<'_> {
    /// Reads a line, or several if a quoted value spans them. None at the end, and for a line without a variable.
    fn variable(&mut self) -> Result<Option<Option<(String, String)>>> {
        self.skip_spaces();
        match self.rest.peek() {
            None => return Ok(None),
            Some('#' | '\n' | '\r') => {
                self.rest_of_line();
                return Ok(Some(None));
            }
            Some(_) => {}
        }
        let name = self.name()?;
        let has_space = self.skip_spaces();
        let value = match self.rest.peek() {
            Some('"') => self.quoted('"')?,
            Some('\'') => self.quoted('\'')?,
            _ => bare(&self.rest_of_line(), has_space).to_owned(),
        };
        ensure!(!value.contains('\0'), "a variable with a NUL character");
        Ok(Some(Some((name, value))))
    }

    /// Reads the name and the `=`.
    fn name(&mut self) -> Result<String> {
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some('=') => break,
                None | Some('\n') => bail!("not a variable: write NAME=VALUE"),
                Some(other) => text.push(other),
            }
        }
        let text = text.trim();
        let name = match text.strip_prefix("export") {
            Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
            _ => text,
        };
        ensure!(!name.is_empty(), "a variable without a name: write NAME=VALUE");
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'');
        ensure!(!name.contains(is_odd), "{name:?} is no name of a variable: write NAME=VALUE");
        Ok(name.to_owned())
    }

    /// A value in quotes, which only a comment may follow. In double quotes a backslash escapes as in Python; in single
    /// quotes only before a quote or a backslash.
    fn quoted(&mut self, quote: char) -> Result<String> {
        self.rest.next();
        let mut value = String::new();
        loop {
            match self.next() {
                None => bail!("a value begins with {quote} and does not end with one"),
                Some('\\') => value.push_str(&self.escaped(quote)),
                Some(end) if end == quote => break,
                Some(other) => value.push(other),
            }
        }
        let rest = self.rest_of_line();
        let rest = rest.trim();
        ensure!(rest.is_empty() || rest.starts_with('#'), "{rest:?} follows the quote that ends the value");
        Ok(value)
    }

    /// The meaning of a backslash and the next character.
    fn escaped(&mut self, quote: char) -> String {
        match self.next() {
            Some(kept) if kept == quote || kept == '\\' => kept.to_string(),
            Some('n') if quote == '"' => "\n".into(),
            Some('r') if quote == '"' => "\r".into(),
            Some('t') if quote == '"' => "\t".into(),
            Some(other) => format!("\\{other}"),
            None => "\\".into(),
        }
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    fn skip_spaces(&mut self) -> bool {
        let mut skipped = false;
        while self.rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {
            skipped = true;
        }
        skipped
    }

    /// Reads the rest of the line and its end.
    fn rest_of_line(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.next().filter(|c| *c != '\n') {
            text.push(c);
        }
        text
    }
}

/// A value without quotes: up to a comment, which begins with a space and #.
fn bare(text: &str, has_space: bool) -> &str {
    if has_space && text.starts_with('#') {
        return "";
    }
    let comment = text.match_indices('#').find(|(at, _)| text[..*at].ends_with([' ', '\t']));
    text[..comment.map_or(text.len(), |(at, _)| at)].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variables of the text, each as NAME=VALUE.
    fn read(text: &str) -> Vec<String> {
        parse(text).unwrap().into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn values_are_read_as_elsewhere() {
        for (text, expected) in [
            ("A=a=b", "A=a=b"),
            ("  export A = b c # a comment", "A=b c"),
            ("export=1", "export=1"),
            ("A=", "A="),
            ("A= # nothing", "A="),
            ("A=#1", "A=#1"),
            ("A=b#c", "A=b#c"),
            ("A=$B ${C}", "A=$B ${C}"),
            ("A=\"b \\\"c\\\" #\\n\\$d\" # comment", "A=b \"c\" #\n\\$d"),
            ("A='b\\n \\'c\\' #' ", "A=b\\n 'c' #"),
            ("A=it's", "A=it's"),
            ("A=b\r", "A=b"),
            ("\u{feff}A=b", "A=b"),
        ] {
            assert_eq!(read(text), [expected], "{text:?}");
        }
        assert_eq!(read("# one\r\n\r\n\tA=1\n\nB=\"x\ny\"\nC='2'"), ["A=1", "B=x\ny", "C=2"]);
        assert!(read("").is_empty() && read("# only\n").is_empty());
    }

    #[test]
    fn what_is_no_variable_is_told_with_its_line() {
        for (text, message) in [
            ("A=1\nB", "line 2: not a variable"),
            ("\n=x", "line 2: a variable without a name"),
            ("A B=x", "line 1: \"A B\" is no name"),
            ("A='\nb\n\nC=1", "line 1: a value begins with '"),
            ("A='\n'\nB=\"x\" y", "line 3: \"y\" follows"),
            ("A=\0", "line 1: a variable with a NUL"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.starts_with(message), "{text:?}: {error}");
        }
    }
}
