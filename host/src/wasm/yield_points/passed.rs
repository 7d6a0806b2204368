//! How much work has passed when control reaches a place in the code.

/// The most work until control reaches a place in the code. All None if it never does.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Passed {
    /// Since the function was called, without a check.
    pub entry: Option<u64>,
    /// Since the last check.
    pub check: Option<u64>,
}

impl Passed {
    pub const NEVER: Passed = Passed { entry: None, check: None };
    pub const CHECKED: Passed = Passed { entry: None, check: Some(0) };

    pub fn most(&self) -> u64 {
        self.entry.max(self.check).unwrap_or(0)
    }

    pub fn or(self, other: Passed) -> Passed {
        Passed { entry: self.entry.max(other.entry), check: self.check.max(other.check) }
    }

    pub fn plus(self, work: u64) -> Passed {
        let plus = |passed: Option<u64>| passed.map(|passed| passed.saturating_add(work));
        Passed { entry: plus(self.entry), check: plus(self.check) }
    }
}
