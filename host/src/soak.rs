//! How long tests that try at random go on.

use std::time::Duration;

/// What `WASGI_SOAK_SECONDS` says (`just soak`), or else so many seconds.
pub fn seconds(default: u64) -> Duration {
    let asked = std::env::var("WASGI_SOAK_SECONDS");
    Duration::from_secs(asked.map_or(default, |seconds| seconds.parse().expect("a number of seconds")))
}
