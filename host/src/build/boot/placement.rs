//! Places the objects that requests write to side by side.
//!
//! A page that a request writes to is copied, and restored before the next request. Objects that requests write to are
//! allocated all through the import, so they end up scattered. So the guest boots twice, with the same entropy. The
//! first boot counts its allocations, and a synthetic request shows which of them it writes to; the second boot places
//! these together (`guest/src/placement.c`). If the second boot takes other steps than the first, only the placement is
//! lost.

use super::booted::{Booted, words};
use super::cap::Cap;
use super::guest::{Guest, Start};
use super::places::Placement;
use crate::units::Size;
use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// Memory for the first boot beyond the cap: its record of allocations.
const NOTES: Size = Size(512 << 20);
/// Larger blocks stay where they are: one written word in a table of 500 KiB would drive the other objects apart.
const LARGEST: u32 = 8 << 10;
/// `guest/src/placement.c`: a freed block, recorded with this size.
const FREED: u32 = u32::MAX;

/// Boots to learn the placement. A failed import has none: the real boot reports the failure.
pub async fn learn(guest: &Guest, start: Start<'_>, cap: Size) -> Placement {
    let cap = Cap::trial(Size(cap.0 + NOTES.0));
    match guest.boot_watched(start, &cap).await {
        Ok(mut booted) => written(&mut booted).await.unwrap_or_default(),
        Err(_) => Placement::default(),
    }
}

async fn written(booted: &mut Booted) -> Result<Placement> {
    let place = booted.call("wasgi_memory_events").await?;
    let words = booted.written_words().await?;
    let events = Events::read(booted.memory.data(&booted.store), place).context("the guest's notes are damaged")?;
    Ok(events.written(&words))
}

/// All allocations and frees, in order.
struct Events(Vec<(u32, u32)>);

impl Events {
    /// `place` holds a pointer and a count.
    fn read(memory: &[u8], place: u32) -> Option<Self> {
        let [start, count] = words(memory, place as usize)?;
        let event = |number| words(memory, start as usize + 8 * number).map(|[address, size]| (address, size));
        (0..count as usize).map(event).collect::<Option<_>>().map(Events)
    }

    /// The live allocations that hold one of the `words`, which are ascending addresses.
    fn written(&self, words: &[u32]) -> Placement {
        let mut alive = BTreeMap::new();
        let mut number = 0;
        for &(address, size) in &self.0 {
            if size == FREED {
                alive.remove(&address);
            } else {
                alive.insert(address, (number, size));
                number += 1;
            }
        }
        let mut places: Vec<_> = words.iter().filter_map(|&word| holder(&alive, word)).collect();
        places.sort_unstable();
        places.dedup();
        Placement(places)
    }
}

fn holder(alive: &BTreeMap<u32, (u32, u32)>, word: u32) -> Option<(u32, u32)> {
    let (&address, &(number, size)) = alive.range(..=word).next_back()?;
    (word - address < size && size <= LARGEST).then_some((number, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alive_and_written_to_gets_a_place() {
        let events = Events(vec![(100, 8), (200, 64), (100, FREED), (300, 16), (104, 32), (400, LARGEST + 1)]);
        assert_eq!(events.written(&[100, 112, 232, 264, 315, 404]).0, [(1, 64), (2, 16), (3, 32)]);
    }
}
