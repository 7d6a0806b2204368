//! Times in lines of the log, in UTC.

use std::time::{Duration, SystemTime};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment by the calendar.
pub struct Moment {
    year: u64,
    /// From 1.
    month: u64,
    day: u64,
    /// Of the day.
    seconds: u64,
    millis: u32,
}

impl Moment {
    /// When a request began that has just ended.
    pub fn before_now(took: Duration) -> Self {
        let began = SystemTime::now().checked_sub(took).unwrap_or(SystemTime::UNIX_EPOCH);
        Self::at(began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }

    fn at(since_1970: Duration) -> Self {
        let seconds = since_1970.as_secs();
        // The year begins in March here, so that its last month is the one that varies.
        let days = seconds / 86_400 + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Moment {
            year: era * 400 + year + u64::from(month <= 2),
            month,
            day: of_year - (153 * from_march + 2) / 5 + 1,
            seconds: seconds % 86_400,
            millis: since_1970.subsec_millis(),
        }
    }

    fn clock(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60)
    }

    /// As Apache writes it: `[29/Nov/2026:17:30:00 +0000]`.
    pub fn common(&self) -> String {
        let Moment { year, month, day, .. } = self;
        let month = MONTHS[usize::try_from(month - 1).expect("one of twelve")];
        format!("[{day:02}/{month}/{year}:{} +0000]", self.clock())
    }

    /// RFC 3339: `2026-11-29T17:30:00.123Z`.
    pub fn internet(&self) -> String {
        let Moment { year, month, day, millis, .. } = self;
        format!("{year}-{month:02}-{day:02}T{}.{millis:03}Z", self.clock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        // `date -u -d @SECONDS`.
        for (seconds, internet) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (951_868_800, "2000-03-01T00:00:00.007Z"),
            (1_735_689_599, "2024-12-31T23:59:59.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        ] {
            assert_eq!(Moment::at(Duration::from_millis(seconds * 1000 + 7)).internet(), internet);
        }
        assert_eq!(Moment::at(Duration::from_secs(1_795_973_400)).common(), "[29/Nov/2026:17:30:00 +0000]");
    }
}
