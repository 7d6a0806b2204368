//! The forms of the access log.

use super::atoms::{Atom, Piece};
use anyhow::{Context, Result, bail, ensure};
use std::str::FromStr;

/// Apache's and nginx's "combined".
const COMBINED: &str = r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#;

/// How a request's line is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    Atoms(Vec<Piece>),
}

impl FromStr for Format {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            "combined" => pieces(COMBINED).map(Format::Atoms),
            _ if text.contains("%(") => pieces(text).map(Format::Atoms),
            _ => bail!("write text, combined, json, or a format with atoms such as '%(h)s \"%(r)s\" %(s)s'"),
        }
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>> {
    ensure!(!text.chars().any(char::is_control), "a format is one line of plain characters");
    let (mut pieces, mut plain, mut rest) = (vec![], String::new(), text);
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            plain.push('%');
            rest = after;
            continue;
        }
        let inside = rest.strip_prefix('(').context("a percent sign begins an atom such as %(h)s; write %% for one")?;
        let (name, after) = inside.split_once(')').with_context(|| format!("the atom %({inside} has no end"))?;
        rest = after.strip_prefix(['s', 'd']).with_context(|| format!("write %({name})s"))?;
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Atom(name.parse::<Atom>()?));
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_piece_by_piece() {
        let plain = |text: &str| Piece::Plain(text.to_owned());
        let read = "100%% %(s)s|%({outcome}w)s".parse::<Format>().unwrap();
        let atoms = ["s", "{outcome}w"].map(|name| Piece::Atom(name.parse().unwrap()));
        let [status, outcome] = atoms;
        assert_eq!(read, Format::Atoms(vec![plain("100% "), status, plain("|"), outcome]));
        assert!(matches!("combined".parse::<Format>().unwrap(), Format::Atoms(pieces) if pieces.len() == 18));
    }

    #[test]
    fn what_is_no_format_says_why() {
        for (text, why) in [
            ("apache", "write text, combined, json"),
            ("%(h)s %s", "begins an atom"),
            ("%(h", "has no end"),
            ("%(h)x", "write %(h)s"),
            ("%(z)s", "%(z)s is no atom"),
            ("%({x y}i)s", "is no header"),
            ("%({pages}w)s", "application, cpu, faults, id"),
            ("%(h)s\n", "one line"),
        ] {
            let error = text.parse::<Format>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
