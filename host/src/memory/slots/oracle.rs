//! Slots against an oracle: whatever guests do to their memory, and whatever the kernel does to it meanwhile, each new
//! guest finds the snapshot, byte for byte.
//!
//! Guests write, read, grow, wait, move between threads, are dropped midway or panic. As root, memory is compacted,
//! swapped out and merged all the while. The seed is fixed, the kernel is not. `WASGI_SOAK_SECONDS` sets the duration;
//! `just fuzz slots` takes an hour.

use super::*;
use crate::memory::pages::AT_REST;
use crate::memory::verify::Share;
use crate::serve::sandbox::accounted::Accounted;
use crate::soak::{self, runner};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::io::Write;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::slice;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context as Polling, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};
use stirring::Stirrer;

#[path = "../../../../tests/harness/stir.rs"]
mod stirring;

const PAGE: usize = 4096;
/// Pages of a memory, those that the snapshot covers, and how many more it may grow by.
const PAGES: usize = 700;
const WITHIN: Range<usize> = 60..660;
const MORE: usize = 40;
const GUARD: usize = 16 * PAGE;

const THREADS: u8 = 2;
/// Guests between two polls: waiting long enough for their pages to be merged.
const WAITING: usize = 48;
/// Between two bursts of compaction, which slow the whole machine.
const PAUSE: Duration = Duration::from_millis(500);

/// A memory's initial content.
static FRESH: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let byte = |place: usize| (place / PAGE * 7 + place % 251 + 1) as u8;
    let within = WITHIN.start * PAGE..WITHIN.end * PAGE;
    (0..PAGES * PAGE).map(|place| if within.contains(&place) { byte(place) } else { 0 }).collect()
});

fn slots(scan: bool) -> Slots {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&FRESH[WITHIN.start * PAGE..WITHIN.end * PAGE]).unwrap();
    let (start, length) = (WITHIN.start * PAGE, WITHIN.len() * PAGE);
    Slots::new(
        Snapshot { file, offset: 0, start, length, runtime_limits: RuntimeLimits::default() },
        Reset::of(scan, Share(10)),
    )
    .unwrap()
}

/// A guest's life.
#[derive(Clone, Debug)]
struct Plan {
    /// Whether it reads all of its memory when it begins. Reading maps pages, so not all guests do.
    looks: bool,
    steps: Vec<Step>,
    /// After this many polls it is dropped.
    patience: usize,
}

#[derive(Clone, Debug)]
enum Step {
    /// The first page, how many, and the byte that fills them.
    Write(usize, usize, u8),
    /// The first page, and how many separate pages get one byte.
    Scatter(usize, usize),
    Read(usize, usize),
    /// By how many pages.
    Grow(usize),
    SwapOut(usize, usize),
    Wait,
    Panic,
}

fn plans() -> impl Strategy<Value = Plan> {
    let byte = prop_oneof![Just(0), any::<u8>()];
    let step = prop_oneof![
        60 => (0..PAGES, 1..30_usize, byte).prop_map(|(first, count, byte)| Step::Write(first, count, byte)),
        20 => (0..PAGES, 1..80_usize).prop_map(|(first, count)| Step::Scatter(first, count)),
        // More than a slot keeps.
        2 => (0..PAGES, 257..400_usize).prop_map(|(first, count)| Step::Write(first, count, 0x5a)),
        20 => (0..PAGES, 1..100_usize).prop_map(|(first, count)| Step::Read(first, count)),
        10 => (1..MORE).prop_map(Step::Grow),
        30 => (0..PAGES, 1..200_usize).prop_map(|(first, count)| Step::SwapOut(first, count)),
        60 => Just(Step::Wait),
        1 => Just(Step::Panic),
    ];
    let patience = prop_oneof![9 => Just(usize::MAX), 1 => 1..4_usize];
    let steps = prop::collection::vec(step, 0..12);
    (prop::bool::weighted(0.3), steps, patience).prop_map(|(looks, steps, patience)| Plan { looks, steps, patience })
}

/// A guest's memory, and which pages it has written itself.
struct Owned {
    memory: Box<dyn LinearMemory>,
    written: Vec<bool>,
}

impl Owned {
    fn new(slots: &Slots) -> Self {
        let (kind, reserved) = (MemoryType::new(1, None), (PAGES + MORE) * PAGE);
        let memory = slots.new_memory(kind, PAGES * PAGE, None, Some(reserved), GUARD).unwrap();
        // SAFETY: it changes no content. It fails on a kernel without KSM.
        unsafe { libc::madvise(memory.as_ptr().cast(), memory.byte_size(), libc::MADV_MERGEABLE) };
        Owned { memory, written: vec![false; PAGES + MORE] }
    }

    fn pages(&self, first: usize, count: usize) -> Range<usize> {
        let end = self.memory.byte_size() / PAGE;
        first.min(end)..(first + count).min(end)
    }

    fn page(&mut self, number: usize) -> &mut [u8] {
        assert!((number + 1) * PAGE <= self.memory.byte_size());
        // SAFETY: it is open, and only this guest has it.
        unsafe { slice::from_raw_parts_mut(self.memory.as_ptr().add(number * PAGE), PAGE) }
    }

    /// The oracle: what this guest has not written has its initial content.
    fn check(&mut self, pages: Range<usize>) {
        for number in pages.filter(|number| !self.written[*number]).collect::<Vec<_>>() {
            let fresh = FRESH.get(number * PAGE..(number + 1) * PAGE).unwrap_or(&[0; PAGE]);
            assert!(self.page(number) == fresh, "page {number} is not as it was at first");
        }
    }

    fn write(&mut self, pages: impl Iterator<Item = usize>, fill: impl Fn(&mut [u8])) {
        for number in pages {
            self.check(number..number + 1);
            fill(self.page(number));
            self.written[number] = true;
        }
    }

    fn swap_out(&mut self, pages: Range<usize>) {
        let start = self.memory.as_ptr().wrapping_add(pages.start * PAGE);
        // SAFETY: it changes no content. Without swap it does nothing.
        unsafe { libc::madvise(start.cast(), pages.len() * PAGE, libc::MADV_PAGEOUT) };
    }
}

/// The payload of a planned panic, which the log leaves out.
struct Planned;

async fn live(slots: Slots, plan: Plan) -> ((), Owned) {
    let mut owned = Owned::new(&slots);
    if plan.looks {
        owned.check(0..PAGES);
    }
    for step in plan.steps {
        match step {
            Step::Write(first, count, byte) => owned.write(owned.pages(first, count), |page| page.fill(byte)),
            Step::Scatter(first, count) => {
                let pages = owned.pages(first, 3 * count).step_by(3);
                owned.write(pages, |page| page[9] ^= 0xff);
            }
            Step::Read(first, count) => owned.check(owned.pages(first, count)),
            Step::Grow(count) => {
                let size = (owned.memory.byte_size() + count * PAGE).min(owned.memory.byte_capacity());
                owned.memory.grow_to(size).unwrap();
            }
            Step::SwapOut(first, count) => owned.swap_out(owned.pages(first, count)),
            Step::Wait => wait().await,
            Step::Panic => panic::resume_unwind(Box::new(Planned)),
        }
    }
    ((), owned)
}

/// Until the next poll.
async fn wait() {
    let mut waited = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

struct Guest {
    life: Accounted<(), Owned>,
    /// Polls left.
    patience: usize,
}

impl Guest {
    fn new(slots: &Slots, plan: Plan) -> Self {
        let patience = plan.patience;
        Guest { life: Accounted::new(live(slots.clone(), plan)), patience }
    }

    /// Returns the guest if it goes on.
    fn poll(mut self) -> Option<Self> {
        let life = Pin::new(&mut self.life);
        let polled = catch_unwind(AssertUnwindSafe(|| life.poll(&mut Polling::from_waker(Waker::noop()))));
        self.patience -= 1;
        match polled {
            Ok(Poll::Pending) if self.patience > 0 => Some(self),
            Err(payload) if !payload.is::<Planned>() => panic::resume_unwind(payload),
            _ => None,
        }
    }
}

#[test]
fn guests_one_after_the_other_find_the_snapshot() {
    let _at_rest = AT_REST.read();
    for scan in [false, true] {
        let slots = slots(scan);
        let lives = prop::collection::vec(plans(), 1..12);
        let outcome = runner(1).run(&lives, |plans| {
            for plan in plans {
                let mut guest = Some(Guest::new(&slots, plan));
                while let Some(waiting) = guest {
                    guest = waiting.poll();
                }
            }
            Owned::new(&slots).check(0..PAGES);
            assert!(!slots.0.is_doubted.load(Relaxed), "a verification found a difference");
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// Starts guests while few wait, otherwise polls a waiting one, until it is `over`.
fn work(slots: &Slots, waiting: &Mutex<Vec<Guest>>, seed: u8, over: &AtomicBool, begun: &AtomicUsize) {
    let (mut runner, plans) = (runner(seed), plans());
    let waiting = || waiting.lock().expect("no panic while held");
    for turn in 0.. {
        if over.load(Relaxed) {
            return;
        }
        let next = {
            let mut waiting = waiting();
            (waiting.len() >= WAITING).then(|| waiting.swap_remove(turn % WAITING))
        };
        let guest = next.unwrap_or_else(|| {
            begun.fetch_add(1, Relaxed);
            Guest::new(slots, plans.new_tree(&mut runner).expect("a plan").current())
        });
        let guest = guest.poll();
        waiting().extend(guest);
    }
}

#[test]
fn guests_of_a_kernel_at_work_find_the_snapshot() {
    let _alone = AT_REST.write();
    let (swap, merging, compaction) = (Stirrer::start("swap"), Stirrer::start("merging"), Stirrer::start("compaction"));
    let slots = slots(true);
    let (waiting, over, begun) = (Mutex::default(), AtomicBool::new(false), AtomicUsize::new(0));
    let moved = thread::scope(|scope| {
        let stirring = scope.spawn(|| stir(compaction, &over));
        let work = |seed| work(&slots, &waiting, seed, &over, &begun);
        let workers: Vec<_> = (0..THREADS).map(|seed| scope.spawn(move || work(seed))).collect();
        let end = Instant::now() + soak::seconds(60);
        while Instant::now() < end && workers.iter().all(|worker| !worker.is_finished()) {
            thread::sleep(PAUSE);
        }
        over.store(true, Relaxed);
        workers.into_iter().for_each(|worker| worker.join().expect("each guest found the snapshot"));
        stirring.join().expect("it stirs to the end")
    });
    drop((swap, merging));
    assert!(!slots.0.is_doubted.load(Relaxed), "a verification found a difference");
    println!("{} guests; {moved} pages of the machine's were moved", begun.load(Relaxed));
}

/// Returns how many pages were moved.
fn stir(compaction: Option<Stirrer>, over: &AtomicBool) -> usize {
    let Some(mut compaction) = compaction else { return 0 };
    let mut moved = 0;
    while !over.load(Relaxed) {
        compaction.ask("free");
        thread::sleep(PAUSE);
        moved += compaction.count("compact");
    }
    moved
}
