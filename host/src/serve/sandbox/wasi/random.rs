//! `wasi:random/random`, with a budget per request.

use anyhow::Result;
use wasmtime::component::{HasData, Linker};
use wasmtime_wasi::p2::bindings::random::random::{self, Host};

/// The kernel's generator, and how many bytes the request may still draw.
///
/// A generator of our own would keep its output in a buffer, and in freed memory after the request.
pub struct Random<'a> {
    pub left: &'a mut u64,
}

struct HasRandom;

impl HasData for HasRandom {
    type Data<'a> = Random<'a>;
}

/// Links the generator; the linker must allow shadowing if it has one already.
pub fn add_to_linker<T: 'static>(linker: &mut Linker<T>, of: fn(&mut T) -> Random<'_>) -> Result<()> {
    Ok(random::add_to_linker::<T, HasRandom>(linker, of)?)
}

impl Random<'_> {
    /// WIT gives these functions no error, so a draw beyond the budget traps.
    fn take(&mut self, bytes: u64) -> wasmtime::Result<()> {
        match self.left.checked_sub(bytes) {
            Some(left) => *self.left = left,
            None => wasmtime::bail!("the request wants more random bytes than --random allows"),
        }
        Ok(())
    }
}

impl Host for Random<'_> {
    fn get_random_bytes(&mut self, bytes: u64) -> wasmtime::Result<Vec<u8>> {
        self.take(bytes)?;
        let mut drawn = vec![0; usize::try_from(bytes)?];
        getrandom::fill(&mut drawn).map_err(unavailable)?;
        Ok(drawn)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        self.take(size_of::<u64>() as u64)?;
        getrandom::u64().map_err(unavailable)
    }
}

fn unavailable(error: getrandom::Error) -> wasmtime::Error {
    wasmtime::format_err!("the kernel gives no random bytes: {error}")
}
