use super::*;
use std::fs;

/// 4, 16 or 64 KiB by machine.
fn page() -> usize {
    size()
}

/// Four pages without a file, then four of one.
fn mapped() -> Reservation {
    let file = tempfile::tempfile().unwrap();
    file.set_len(4 * page() as u64).unwrap();
    let space = Reservation::new(8 * page()).unwrap();
    space.open(&pages(&space, 0..4)).unwrap();
    space.map(&pages(&space, 4..8), &file, 0).unwrap();
    space
}

fn pages(space: &Reservation, numbers: Range<usize>) -> Pages {
    space.start() + numbers.start * page()..space.start() + numbers.end * page()
}

fn write(space: &Reservation, number: usize) {
    // SAFETY: it is open, and no one else has its address.
    unsafe { ptr::with_exposed_provenance_mut::<u8>(pages(space, number..number + 1).start).write_volatile(1) };
}

fn read(space: &Reservation, number: usize) {
    // SAFETY: it is open, and no one else has its address.
    unsafe { ptr::with_exposed_provenance::<u8>(pages(space, number..number + 1).start).read_volatile() };
}

/// The numbers of all touched pages; None if the kernel cannot tell.
fn named(space: &Reservation, most: usize) -> Option<Vec<usize>> {
    let Touched { private, absent, .. } = touched(&pages(space, 0..8), most)?;
    let numbers = |run: &Pages| (run.start - space.start()) / page()..(run.end - space.start()) / page();
    Some(joined([private, absent].concat()).iter().flat_map(numbers).collect())
}

#[test]
fn written_pages_are_named_and_untouched_ones_and_those_of_a_file_are_not() {
    let _at_rest = AT_REST.read();
    let space = mapped();
    if !can_scan() {
        return assert_eq!(named(&space, 8), None);
    }
    assert_eq!(named(&space, 8), Some(vec![]));
    read(&space, 5);
    assert_eq!(named(&space, 8), Some(vec![]), "a page of the file");
    read(&space, 3);
    assert_eq!(named(&space, 8), Some(vec![]), "zeros");
    assert_eq!(touched(&pages(&space, 0..8), 8).unwrap().zeros, [pages(&space, 3..4)]);
    for number in [0, 1, 6] {
        write(&space, number);
    }
    assert_eq!(named(&space, 8), Some(vec![0, 1, 6]));
    assert_eq!(named(&space, 1), None, "more runs than there is room for");
    space.give_back(&pages(&space, 0..7)).unwrap();
    assert_eq!(named(&space, 8), Some(vec![]));
}

/// In the page table, a guard looks like a page that is swapped out or on the move: an entry that is neither empty nor
/// present. It needs Linux 6.13, but no swap and no root.
#[test]
fn a_page_that_is_not_present_is_named_absent() {
    let _at_rest = AT_REST.read();
    const MADV_GUARD_INSTALL: libc::c_int = 102;
    let space = mapped();
    write(&space, 1);
    write(&space, 2);
    let guarded = pages(&space, 2..3);
    // SAFETY: nothing touches the page any more.
    let installed = unsafe { libc::madvise(pointer(&guarded), guarded.len(), MADV_GUARD_INSTALL) } == 0;
    let expected = Touched { private: vec![pages(&space, 1..2)], absent: vec![guarded], zeros: vec![] };
    match installed {
        true => assert_eq!(touched(&pages(&space, 0..8), 8), Some(expected)),
        false => assert!(is_older_than((6, 13)), "a kernel that should have guards"),
    }
}

fn is_older_than(version: (u32, u32)) -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(|char: char| !char.is_ascii_digit()).map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap()) < version
}

fn runs(ends: &[(usize, usize)]) -> Vec<Pages> {
    ends.iter().map(|(start, end)| *start..*end).collect()
}

#[test]
fn runs_are_joined() {
    let joined = |ends: &[_]| joined(runs(ends));
    assert_eq!(joined(&[]), runs(&[]));
    assert_eq!(joined(&[(6, 8), (1, 3), (3, 4), (9, 10), (7, 8)]), runs(&[(1, 4), (6, 8), (9, 10)]));
    assert_eq!(joined(&[(1, 9), (2, 3)]), runs(&[(1, 9)]));
}

#[test]
fn runs_are_cut_by_others() {
    let outside = |ends: &[_], others: &[_]| outside(runs(ends), &runs(others));
    assert_eq!(outside(&[(1, 4), (6, 9)], &[]), runs(&[(1, 4), (6, 9)]));
    assert_eq!(outside(&[(1, 4), (6, 9)], &[(1, 2), (3, 7), (9, 10)]), runs(&[(2, 3), (7, 9)]));
    assert_eq!(outside(&[(1, 9)], &[(0, 2), (4, 5), (8, 12)]), runs(&[(2, 4), (5, 8)]));
    assert_eq!(outside(&[(1, 9)], &[(0, 10)]), runs(&[]));
}

#[test]
fn an_entry_is_told_of_every_page_that_was_touched_and_of_no_other() {
    let _at_rest = AT_REST.read();
    let space = mapped();
    let range = pages(&space, 0..8);
    let Some(none) = entries(&range) else { return };
    assert!(none.is_empty());
    write(&space, 1);
    read(&space, 2);
    write(&space, 7);
    // Reading a page of a file makes the kernel map the pages around it.
    let told = entries(&range).unwrap();
    assert!(told.contains(&pages(&space, 1..3)) && told.last().unwrap().end == range.end, "{told:x?}");
    space.give_back(&range).unwrap();
    assert!(entries(&range).unwrap().is_empty());
}
