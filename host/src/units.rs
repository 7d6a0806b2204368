//! Sizes and durations as people write them: `128MiB`, `30s`.

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const SIZE_UNITS: [(&str, u64); 7] =
    [("", 1), ("B", 1), ("KiB", 1 << 10), ("K", 1 << 10), ("MiB", 1 << 20), ("M", 1 << 20), ("GiB", 1 << 30)];

const TIME_UNITS: [(&str, u64); 4] = [("", 1000), ("ms", 1), ("s", 1000), ("m", 60_000)];

/// A number of bytes, parsed from `128MiB`, `64M`, `1GiB` or a plain number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        scaled(text, &SIZE_UNITS, "not a size", "128MiB, 512KiB or 1GiB").map(Size)
    }
}

/// The size of WebAssembly's page, by which memory grows.
pub const WASM_PAGE: u64 = 64 << 10;
/// All that 32-bit addresses reach.
const WASM_MEMORY: Size = Size(4 << 30);

/// Parses a memory cap and rounds it down to whole pages of WebAssembly memory.
pub fn memory_cap(text: &str) -> Result<Size> {
    let size: Size = text.parse()?;
    ensure!(
        size.0 >= WASM_PAGE,
        "{size} is less than one page of WebAssembly memory (64 KiB): write a number with a unit, such as 128MiB"
    );
    ensure!(size <= WASM_MEMORY, "{size} is more than a WebAssembly memory can have: 4GiB is the most");
    Ok(Size(size.0 / WASM_PAGE * WASM_PAGE))
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            0..1024 => write!(f, "{} B", self.0),
            1024..0x10_0000 => write_scaled(f, self.0, 1 << 10, "KiB"),
            0x10_0000..0x4000_0000 => write_scaled(f, self.0, 1 << 20, "MiB"),
            _ => write_scaled(f, self.0, 1 << 30, "GiB"),
        }
    }
}

fn write_scaled(f: &mut fmt::Formatter, bytes: u64, unit: u64, name: &str) -> fmt::Result {
    if bytes.is_multiple_of(unit) {
        write!(f, "{} {name}", bytes / unit)
    } else {
        write!(f, "{} {name}", Tenths::of(bytes, unit))
    }
}

/// A number with one decimal. Each request's log line has three, and a floating-point number takes several times as
/// long to write.
pub struct Tenths(u64);

impl Tenths {
    /// `number` in units of `unit`, rounded.
    pub fn of(number: u64, unit: u64) -> Self {
        Tenths((number.saturating_mul(10) + unit / 2) / unit)
    }
}

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// Parses `30s`, `500ms`, `2m` or a plain number of seconds; zero is refused.
pub fn duration(text: &str) -> Result<Duration> {
    let ms = scaled(text, &TIME_UNITS, "not a duration", "30s, 500ms or 2m")?;
    ensure!(ms > 0, "no time at all would stop everything at once: write a number with a unit, such as 30s");
    Ok(Duration::from_millis(ms))
}

/// A whole number and a unit; `what` is the error's subject, `such` its examples.
fn scaled(text: &str, units: &[(&str, u64)], what: &str, such: &str) -> Result<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    ensure!(digits > 0, "{what}: write a number with a unit, such as {such}");
    ensure!(!unit.starts_with(['.', ',']), "{what}: write a whole number with a unit, such as {such}");
    let unit = unit.trim();
    let Some((_, factor)) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) else {
        let known: Vec<_> = units.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
        bail!("{what}: '{unit}' is none of the units {}; write it as in {such}", known.join(", "));
    };
    let scaled = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*factor));
    scaled.with_context(|| format!("{what}: the number is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        for (text, bytes) in [("128MiB", 128 << 20), ("1gib", 1 << 30), ("512 K", 512 << 10), ("7", 7)] {
            assert_eq!(text.parse::<Size>().unwrap().0, bytes, "{text}");
        }
        for text in ["", "MiB", "12XB", "-1", "99999999999GiB"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
        assert_eq!(Size(128 << 20).to_string(), "128 MiB");
        assert_eq!(Size(1536).to_string(), "1.5 KiB");
        assert_eq!(Size((20 << 20) - 1).to_string(), "20.0 MiB");
        assert_eq!(Tenths::of(49, 1000).to_string(), "0.0");
        assert_eq!(Tenths::of(12_350, 1000).to_string(), "12.4");
    }

    #[test]
    fn what_is_no_size_says_why() {
        for (text, reason) in [
            ("lots", "such as 128MiB"),
            ("64MB", "'MB' is none of the units B, KiB, K, MiB, M, GiB"),
            ("1.5GiB", "a whole number"),
            ("99999999999GiB", "too large"),
            ("99999999999999999999", "too large"),
        ] {
            let error = text.parse::<Size>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn caps_are_whole_pages() {
        assert_eq!(memory_cap("64KiB").unwrap(), Size(64 << 10));
        assert_eq!(memory_cap("100000").unwrap(), Size(64 << 10));
        assert_eq!(memory_cap("4GiB").unwrap(), Size(4 << 30));
        for (text, reason) in [("1", "1 B is less than one page"), ("0", "less than"), ("5GiB", "4GiB is the most")] {
            let error = memory_cap(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(duration("30s").unwrap(), Duration::from_secs(30));
        assert_eq!(duration("2m").unwrap(), Duration::from_secs(120));
        assert_eq!(duration("5").unwrap(), Duration::from_secs(5));
        for (text, reason) in
            [("0", "at once"), ("0s", "such as 30s"), ("soon", "such as 30s"), ("3d", "units ms, s, m")]
        {
            let error = duration(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
