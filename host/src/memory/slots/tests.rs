use super::*;
use crate::memory::pages::AT_REST;
use crate::memory::verify::{self, Share};
use crate::serve::sandbox::accounted::Accounted;
use std::fs;
use std::io::Write as _;
use std::os::fd::AsRawFd;
use std::slice;

const PAGE: usize = 4096;
/// The snapshot's place in memory, in pages, with zeros on both sides.
const START: usize = 3;
const LENGTH: usize = 10;
const MINIMUM: usize = 20;
const RESERVED: usize = 2048;
const GUARD: usize = 16 * PAGE;

/// The file has two other pages before it.
fn snapshot() -> Snapshot {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&[0xee; 2 * PAGE]).unwrap();
    file.write_all(&content()).unwrap();
    file.write_all(&[0xee; PAGE]).unwrap();
    Snapshot {
        file,
        offset: 2 * PAGE as u64,
        start: START * PAGE,
        length: LENGTH * PAGE,
        runtime_limits: RuntimeLimits::default(),
    }
}

/// No two pages are alike.
fn content() -> Vec<u8> {
    (0..LENGTH * PAGE).map(|place| (place / PAGE * 7 + place % 251 + 1) as u8).collect()
}

fn fresh() -> Vec<u8> {
    [vec![0; START * PAGE], content(), vec![0; (MINIMUM - START - LENGTH) * PAGE]].concat()
}

fn slots(scan: bool) -> Slots {
    Slots::new(snapshot(), Reset::of(scan, Share(0))).unwrap()
}

fn memory_of(slots: &Slots, minimum: usize) -> Box<dyn LinearMemory> {
    let kind = MemoryType::new(1, None);
    slots.new_memory(kind, minimum * PAGE, None, Some(RESERVED * PAGE), GUARD).unwrap()
}

fn memory(slots: &Slots) -> Box<dyn LinearMemory> {
    memory_of(slots, MINIMUM)
}

fn bytes(memory: &mut dyn LinearMemory) -> &mut [u8] {
    // SAFETY: a memory is open from its start to its size.
    unsafe { slice::from_raw_parts_mut(memory.as_ptr(), memory.byte_size()) }
}

/// The kernel refuses to read closed memory, where a test would crash.
fn is_open(address: usize) -> bool {
    let file = tempfile::tempfile().unwrap();
    // SAFETY: the kernel checks whether the byte can be read.
    let wrote = unsafe { libc::write(file.as_raw_fd(), ptr::with_exposed_provenance(address), 1) };
    wrote == 1
}

fn written(slots: &Slots) -> Vec<(usize, usize)> {
    let idle = slots.0.idle();
    let slot = idle.last().expect("an idle slot");
    let page = |address: usize| (address - slot.memory) / PAGE;
    slot.private.iter().map(|pages| (page(pages.start), page(pages.end))).collect()
}

/// If the kernel cannot tell what was written, nothing is kept.
fn if_told(pages: &[(usize, usize)]) -> Vec<(usize, usize)> {
    if pages::can_scan() { pages.to_vec() } else { vec![] }
}

#[test]
fn a_memory_begins_as_the_snapshot_between_zeros() {
    let mut memory = memory(&slots(true));
    assert!(bytes(&mut *memory) == fresh());
    let start = memory.as_ptr().expose_provenance();
    assert!(is_open(start) && is_open(start + MINIMUM * PAGE - 1));
    assert!(!is_open(start - 1) && !is_open(start + MINIMUM * PAGE), "its guards");
}

#[test]
fn a_memory_is_as_large_as_the_snapshots_whatever_its_code_is_told() {
    const TOLD: usize = 16;
    let runtime_limits = RuntimeLimits { beyond: (MINIMUM - TOLD) * PAGE, maximum: None };
    let slots = Slots::new(Snapshot { runtime_limits, ..snapshot() }, Reset::of(true, Share(0))).unwrap();
    for _ in 0..2 {
        let mut memory = memory_of(&slots, TOLD);
        assert!(bytes(&mut *memory) == fresh());
        bytes(&mut *memory).fill(7);
        memory.grow_to((MINIMUM + 1) * PAGE).unwrap();
    }
    // A memory of another size cannot hold the snapshot.
    let kind = MemoryType::new(0, None);
    assert!(slots.new_memory(kind, 0, None, Some(RESERVED * PAGE), GUARD).is_err());
}

#[test]
fn what_was_written_is_undone_byte_for_byte() {
    for scan in [false, true] {
        let slots = slots(scan);
        // Single pages, and runs across both ends of the snapshot, different each time.
        for pages in [0..1, 4..5, 2..6, 11..15, 0..MINIMUM, 19..20, 7..9] {
            let mut memory = memory(&slots);
            assert!(bytes(&mut *memory) == fresh(), "{scan}, before {pages:?}");
            bytes(&mut *memory)[pages.start * PAGE..pages.end * PAGE].fill(0xaa);
        }
        assert!(bytes(&mut *memory(&slots)) == fresh(), "{scan}");
    }
}

#[test]
fn pages_once_written_stay_in_their_slot_and_are_undone_each_time() {
    let _at_rest = AT_REST.read();
    let slots = slots(true);
    for (page, kept) in [(1, vec![(1, 2)]), (5, vec![(1, 2), (5, 6)]), (1, vec![(1, 2), (5, 6)])] {
        let mut memory = memory(&slots);
        bytes(&mut *memory)[page * PAGE + 9] ^= 0xff;
        drop(memory);
        assert_eq!(written(&slots), if_told(&kept));
    }
    assert!(bytes(&mut *memory(&slots)) == fresh());
}

#[test]
fn pages_that_are_written_again_without_a_fault_are_undone() {
    let _at_rest = AT_REST.read();
    let slots = slots(true);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (page, kept) in
        [(6, vec![(6, 7)]), (6, vec![(6, 7)]), (17, vec![(6, 7), (17, 18)]), (6, vec![(6, 7), (17, 18)])]
    {
        let used = slots.clone();
        // Reset as a request's store is.
        runtime.block_on(Accounted::new(async move {
            let mut memory = memory(&used);
            assert!(bytes(&mut *memory) == fresh());
            bytes(&mut *memory)[page * PAGE..][..PAGE].fill(0x55);
            ((), memory)
        }));
        assert_eq!(written(&slots), if_told(&kept));
    }
    assert!(bytes(&mut *memory(&slots)) == fresh());
}

#[test]
fn what_grew_is_gone_when_the_slot_is_used_again() {
    for scan in [false, true] {
        let slots = slots(scan);
        let mut first = memory(&slots);
        let (place, end) = (first.as_ptr().addr(), (MINIMUM + 50) * PAGE);
        first.grow_to(end).unwrap();
        assert_eq!(first.byte_size(), end);
        assert!(bytes(&mut *first)[MINIMUM * PAGE..].iter().all(|byte| *byte == 0));
        bytes(&mut *first).fill(0xaa);
        drop(first);
        let mut second = memory(&slots);
        assert_eq!(second.as_ptr().addr(), place, "the same slot");
        assert!(!is_open(place + MINIMUM * PAGE) && !is_open(place + end - 1));
        assert!(bytes(&mut *second) == fresh());
        second.grow_to(end).unwrap();
        assert!(bytes(&mut *second)[MINIMUM * PAGE..].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn a_memory_grows_as_far_as_is_reserved_and_never_shrinks() {
    let mut memory = memory(&slots(true));
    assert_eq!(memory.byte_capacity(), RESERVED * PAGE);
    assert!(memory.grow_to((RESERVED + 1) * PAGE).is_err());
    assert!(memory.grow_to((MINIMUM - 1) * PAGE).is_err());
    assert_eq!(memory.byte_size(), MINIMUM * PAGE);
    memory.grow_to(RESERVED * PAGE).unwrap();
    bytes(&mut *memory)[RESERVED * PAGE - 1] = 1;
    assert!(!is_open(memory.as_ptr().expose_provenance() + RESERVED * PAGE), "the guard");
}

#[test]
fn more_than_a_slot_keeps_is_given_back() {
    let _at_rest = AT_REST.read();
    const LARGE: usize = 1600;
    const MOST: usize = KEEP / PAGE;
    let fresh = [fresh(), vec![0; (LARGE - MINIMUM) * PAGE]].concat();
    for (pages, step, kept) in [
        (MOST, 1, vec![(0, MOST)]),
        (RUNS, 2, (0..RUNS).map(|page| (2 * page, 2 * page + 1)).collect()),
        (MOST + 1, 1, vec![]),
        (RUNS + 1, 2, vec![]),
    ] {
        let slots = slots(true);
        let mut memory = memory_of(&slots, LARGE);
        (0..pages).for_each(|page| bytes(&mut *memory)[page * step * PAGE] ^= 0xff);
        drop(memory);
        assert_eq!(written(&slots), if_told(&kept), "{pages} pages, each {step}.");
        assert!(bytes(&mut *memory_of(&slots, LARGE)) == fresh, "{pages} pages, each {step}.");
    }
}

#[test]
fn all_is_given_back_now_and_then() {
    let _at_rest = AT_REST.read();
    let slots = slots(true);
    let ask = || bytes(&mut *memory(&slots))[8 * PAGE] ^= 0xff;
    (1..RENEWAL).for_each(|_| ask());
    assert_eq!(written(&slots), if_told(&[(8, 9)]));
    ask();
    assert_eq!(written(&slots), []);
    assert!(bytes(&mut *memory(&slots)) == fresh());
}

#[test]
fn much_is_given_back_sooner() {
    let _at_rest = AT_REST.read();
    const PAGES: usize = MUCH / PAGE + 1;
    let slots = slots(true);
    let ask = || bytes(&mut *memory_of(&slots, PAGES)).iter_mut().step_by(PAGE).for_each(|byte| *byte ^= 0xff);
    (1..RENEWAL_OF_MUCH).for_each(|_| ask());
    assert_eq!(written(&slots), if_told(&[(0, PAGES)]));
    ask();
    assert_eq!(written(&slots), []);
}

#[test]
fn memories_of_other_sizes_have_other_slots() {
    let slots = slots(true);
    drop(memory(&slots));
    let mut large = memory_of(&slots, MINIMUM + 1);
    assert_eq!(bytes(&mut *large).len(), (MINIMUM + 1) * PAGE);
    assert_eq!(slots.0.idle().len(), 1, "the other one");
    let none = slots.new_memory(MemoryType::new(1, None), PAGE, None, None, GUARD);
    assert!(none.is_err_and(|error| error.contains("larger")));
}

/// A slot in which a request wrote to pages 5 and `page`, reset as if 5 were known to be the only one.
fn half_reset(slots: &Slots, page: usize) -> Slot {
    drop(memory(slots));
    let mut slot = slots.0.idle().pop().expect("it is idle");
    let place = |page: usize| slot.memory + page * PAGE;
    for page in [5, page] {
        // SAFETY: it is open, and no one else has the slot.
        unsafe { *ptr::with_exposed_provenance_mut::<u8>(place(page) + 9) ^= 0xff };
    }
    slot.private.clear();
    slot.private.push(place(5)..place(6));
    slots.0.reset(&mut slot, MINIMUM * PAGE, true).unwrap();
    slot
}

#[test]
fn a_verification_names_the_first_byte_that_differs() {
    // Before the snapshot, in its first and last page, and after it.
    for page in [0, START, START + LENGTH - 1, START + LENGTH, MINIMUM - 1] {
        let slots = slots(true);
        let slot = half_reset(&slots, page);
        let size = MINIMUM * PAGE;
        assert_eq!(slots.0.difference(&slot, size), Some(slot.memory + page * PAGE + 9), "page {page}");
        slot.space.give_back(&(slot.memory..slot.memory + size)).unwrap();
        assert_eq!(slots.0.difference(&slot, size), None);
    }
}

#[test]
fn a_verification_finds_what_grew_and_was_not_given_back() {
    let slots = slots(true);
    let slot = half_reset(&slots, 5);
    let grown = slot.memory + MINIMUM * PAGE..slot.memory + (MINIMUM + 4) * PAGE;
    assert_eq!(slots.0.difference(&slot, (MINIMUM + 4) * PAGE), None);
    slot.space.open(&grown).unwrap();
    // SAFETY: it is open, and no one else has the slot.
    unsafe { *ptr::with_exposed_provenance_mut::<u8>(grown.start + 2 * PAGE) = 1 };
    slot.space.close(&grown).unwrap();
    let found = pages::entries(&grown).is_some().then_some(grown.start + 2 * PAGE);
    assert_eq!(slots.0.difference(&slot, (MINIMUM + 4) * PAGE), found);
}

#[test]
fn after_one_difference_no_slot_is_reset_by_scanning() {
    let slots = Slots::new(snapshot(), Reset::of(true, Share(1))).unwrap();
    let slot = half_reset(&slots, 7);
    let (first, second) = (memory(&slots), memory(&slots));
    drop(first);
    assert_eq!(slots.0.idle().len(), 1);
    let before = verify::differences();
    assert!(!slots.0.may_be_used(&slot, MINIMUM * PAGE));
    assert!(verify::differences() > before && !slots.0.scans());
    assert_eq!(slots.0.idle().len(), 0, "idle slots were reset in the same way");
    drop(second);
    assert_eq!(written(&slots), [], "all was given back");
    assert!(bytes(&mut *memory(&slots)) == fresh());
}

/// Bytes of address space that this process has.
fn address_space() -> isize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    size.trim().strip_suffix(" kB").unwrap().parse::<isize>().unwrap() << 10
}

#[test]
fn slots_beyond_those_that_are_kept_are_unmapped() {
    // So large that reservations of other tests do not count.
    const VAST: isize = 256 << 30;
    let before = address_space();
    let slots = slots(true);
    let new = |_| slots.new_memory(MemoryType::new(1, None), MINIMUM * PAGE, None, Some(VAST as usize), GUARD).unwrap();
    let memories: Vec<_> = (0..WARM_SLOTS + 8).map(new).collect();
    let reserved = || (address_space() - before + VAST / 2) / VAST;
    assert_eq!(reserved(), WARM_SLOTS as isize + 8);
    drop(memories);
    assert_eq!(slots.0.idle().len(), WARM_SLOTS);
    assert_eq!(reserved(), WARM_SLOTS as isize);
    drop(slots);
    assert_eq!(reserved(), 0);
}
