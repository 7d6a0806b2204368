//! For reproducible builds: what a boot would take from its machine becomes a function of the build's inputs.

use crate::store::cache;
use anyhow::{Context, Result, ensure};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// The variable by which tools agree on a point in time: seconds since 1970 (reproducible-builds.org).
const EPOCH: &str = "SOURCE_DATE_EPOCH";
/// Without it: 1980-01-01, the first day that `zipfile` can write.
const FIRST_DAY: u64 = 315_532_800;
/// Each reading advances the clocks by this, so that a loop that waits for time to pass ends.
const STEP: Duration = Duration::from_micros(1);

/// Replaces the machine's entropy and clocks.
#[derive(Clone, Copy, Debug)]
pub struct Determinism {
    seed: [u8; 32],
    /// Seconds since 1970; None for the machine's own clocks.
    pub time: Option<u64>,
}

impl Determinism {
    /// For boots that compile files and hold no secret.
    pub const NO_SECRET: Determinism = Determinism { seed: [0; 32], time: Some(FIRST_DAY) };

    /// Everything from the inputs' fingerprint and `$SOURCE_DATE_EPOCH`.
    ///
    /// # Errors
    /// When the variable is no number of seconds.
    pub fn from_inputs(fingerprint: &str) -> Result<Self> {
        let time = match std::env::var(EPOCH) {
            Ok(text) => seconds(&text)?,
            Err(_) => FIRST_DAY,
        };
        let digits = cache::fingerprint([b"boot", fingerprint.as_bytes(), &time.to_le_bytes()]);
        let mut seed = [0; 32];
        for (byte, pair) in seed.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(str::from_utf8(pair)?, 16)?;
        }
        Ok(Determinism { seed, time: Some(time) })
    }

    /// Secret entropy, for boots that must draw the same numbers.
    pub fn fresh() -> Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).context("this machine gives no random numbers")?;
        Ok(Determinism { seed, time: None })
    }

    /// Replaces the machine's generator and clocks.
    pub fn apply(self, wasi: &mut WasiCtxBuilder) {
        let mut random = ChaCha20Rng::from_seed(self.seed);
        let insecure_seed = u128::from(random.next_u64()) << 64 | u128::from(random.next_u64());
        wasi.insecure_random(ChaCha20Rng::from_rng(&mut random)).insecure_random_seed(insecure_seed);
        wasi.secure_random(random);
        if let Some(time) = self.time {
            wasi.wall_clock(Clock::at(Duration::from_secs(time))).monotonic_clock(Clock::at(Duration::ZERO));
        }
    }
}

fn seconds(text: &str) -> Result<u64> {
    let time: u64 =
        text.parse().with_context(|| format!("{EPOCH}={text}: a number of seconds since 1970 is wanted"))?;
    // The guest counts nanoseconds in 63 bits.
    ensure!(time < 1 << 33, "{EPOCH}={text}: too late for the guest's clock");
    Ok(time)
}

/// A clock that knows only how often it was read.
struct Clock {
    nanoseconds: AtomicU64,
}

impl Clock {
    fn at(time: Duration) -> Self {
        Clock { nanoseconds: AtomicU64::new(time.as_nanos() as u64) }
    }

    fn look(&self) -> u64 {
        self.nanoseconds.fetch_add(STEP.as_nanos() as u64, Relaxed)
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        STEP
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.look())
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        STEP.as_nanos() as u64
    }

    fn now(&self) -> u64 {
        self.look()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_inputs_give_another_seed() {
        let seed = |inputs| Determinism::from_inputs(inputs).unwrap().seed;
        assert_eq!(seed("0a"), seed("0a"));
        assert!(seed("0a") != seed("0b") && seed("0a") != Determinism::NO_SECRET.seed);
    }

    #[test]
    fn a_point_in_time_is_a_number_of_seconds() {
        assert_eq!(seconds("0").unwrap(), 0);
        assert!(seconds("today").is_err() && seconds("-1").is_err() && seconds("99999999999").is_err());
    }

    #[test]
    fn clocks_go_on() {
        let clock = Clock::at(Duration::from_secs(1));
        assert_eq!((clock.look(), clock.look()), (1_000_000_000, 1_000_001_000));
    }
}
