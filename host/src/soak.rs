//! Helpers for tests of adjustable duration.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::time::Duration;

/// The duration: `WASGI_SOAK_SECONDS`, or else this many seconds.
pub fn seconds(otherwise: u64) -> Duration {
    let asked = std::env::var("WASGI_SOAK_SECONDS");
    Duration::from_secs(asked.map_or(otherwise, |seconds| seconds.parse().expect("a number of seconds")))
}

/// Generates the same inputs for the same seed, unless `WASGI_SOAK_SEED` gives another number.
pub fn runner(seed: u8) -> TestRunner {
    let config = Config { failure_persistence: None, ..Config::default() };
    let asked = std::env::var("WASGI_SOAK_SEED").map_or(0, |asked| asked.parse().expect("a number"));
    let seed: [u8; 32] =
        std::array::from_fn(|place| if place < 8 { u64::to_le_bytes(asked)[place] ^ seed } else { seed });
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}
