//! `wasi:clocks/monotonic-clock`: it starts with the request, and its sleeps end with the request.

use anyhow::Result;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::clocks::WasiClocksCtxView;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::{self, Host};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

/// The host's clocks, and whether the request is over.
pub struct Clock<'a> {
    pub clocks: WasiClocksCtxView<'a>,
    /// When the request came. Until then the clock stands still: how long a sandbox was idle would reveal how busy the
    /// server is.
    pub began: Option<Instant>,
    pub over: &'a CancellationToken,
}

struct HasClock;

impl HasData for HasClock {
    type Data<'a> = Clock<'a>;
}

/// Links the clock; the linker must allow shadowing if it has one already.
pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, of: fn(&mut T) -> Clock<'_>) -> Result<()> {
    Ok(monotonic_clock::add_to_linker::<T, HasClock>(linker, of)?)
}

impl Host for Clock<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.began.map_or(0, |began| u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        self.clocks.resolution()
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let now = self.now()?;
        self.subscribe_duration(when.saturating_sub(now))
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        // A duration of zero polls ("is something else ready?"), which wasmtime-wasi handles.
        if duration == 0 {
            return self.clocks.subscribe_duration(0);
        }
        // An overflowing instant means for ever.
        let until = Instant::now().checked_add(Duration::from_nanos(duration));
        let sleep = self.clocks.table.push(Sleep { until, over: self.over.clone() })?;
        subscribe(self.clocks.table, sleep)
    }
}

struct Sleep {
    until: Option<Instant>,
    over: CancellationToken,
}

#[wasmtime_wasi::async_trait]
impl Pollable for Sleep {
    async fn ready(&mut self) {
        let slept = async {
            match self.until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let _ = self.over.run_until_cancelled(slept).await;
    }
}
