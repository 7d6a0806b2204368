//! Sizes and durations as people write them: `128MiB`, `30s`.

use anyhow::{Result, bail};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const SIZE_UNITS: [(&str, u64); 7] =
    [("", 1), ("B", 1), ("KiB", 1 << 10), ("K", 1 << 10), ("MiB", 1 << 20), ("M", 1 << 20), ("GiB", 1 << 30)];

const TIME_UNITS: [(&str, u64); 4] = [("", 1000), ("ms", 1), ("s", 1000), ("m", 60_000)];

/// A number of bytes, parsed from `128MiB`, `64M`, `1GiB` or a plain number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some(bytes) = scaled(text, &SIZE_UNITS) else {
            bail!("not a size: write a number with a unit, such as 128MiB, 512KiB or 1GiB");
        };
        Ok(Size(bytes))
    }
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
        write!(f, "{:.1} {name}", bytes as f64 / unit as f64)
    }
}

/// Parses `30s`, `500ms`, `2m` or a plain number of seconds; zero is refused.
pub fn duration(text: &str) -> Result<Duration> {
    match scaled(text, &TIME_UNITS) {
        Some(ms) if ms > 0 => Ok(Duration::from_millis(ms)),
        _ => bail!("not a duration: write a number with a unit, such as 30s, 500ms or 2m"),
    }
}

fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()))?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
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
    }

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(duration("30s").unwrap(), Duration::from_secs(30));
        assert_eq!(duration("2m").unwrap(), Duration::from_secs(120));
        assert_eq!(duration("5").unwrap(), Duration::from_secs(5));
        assert!(duration("0s").is_err() && duration("soon").is_err());
    }
}
