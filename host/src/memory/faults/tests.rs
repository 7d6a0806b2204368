use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// Asks when it is dropped, as a slot does.
struct Asks<'a>(Option<FaultMark>, &'a Cell<Option<bool>>);

impl Drop for Asks<'_> {
    fn drop(&mut self) {
        self.1.set(Some(none_since(self.0)));
    }
}

fn fault() {
    Probe::new().unwrap().write();
}

/// Polls a guest with a page fault or without one; returns whether none was proven, at once and at the drop.
fn proven(faults: bool) -> [bool; 2] {
    let (mut tally, dropped) = (Tally::new(), Cell::new(None));
    let ((at_once, asks), _) = tally.poll(|_| {
        let mark = FaultMark::before_this_poll();
        if faults {
            fault();
        }
        (none_since(mark), Asks(mark, &dropped))
    });
    tally.release(asks);
    [at_once, dropped.get().expect("it was asked")]
}

#[test]
fn a_first_write_is_noticed() {
    assert_eq!(FaultMark::now(), None, "no guest is polled here");
    assert_eq!(proven(true), [false, false]);
    // The very first poll may fault for reasons of its own.
    assert!((0..10).any(|_| proven(false) == [true, true]));
    assert_eq!(FaultMark::now(), None);
}

#[test]
fn faults_of_earlier_polls_count_and_those_between_do_not() {
    let no_fault = || {
        let mut tally = Tally::new();
        let (mark, _) = tally.poll(|_| FaultMark::before_this_poll());
        fault();
        tally.poll(|_| none_since(mark)).0
    };
    assert!((0..10).any(|_| no_fault()));
    let mut tally = Tally::new();
    let (mark, _) = tally.poll(|_| FaultMark::before_this_poll());
    tally.poll(|_| fault());
    assert!(!tally.poll(|_| none_since(mark)).0);
}

#[test]
fn a_guest_that_goes_on_elsewhere_takes_its_faults_with_it() {
    let mut tally = Tally::new();
    let (mark, _) = tally.poll(|_| FaultMark::before_this_poll());
    let tally = thread::spawn(move || {
        tally.poll(|_| fault());
        tally
    });
    let mut tally = tally.join().unwrap();
    assert!(!tally.poll(|_| none_since(mark)).0);
}

#[test]
fn another_guests_mark_proves_nothing() {
    let (mark, _) = Tally::new().poll(|_| FaultMark::before_this_poll());
    assert!(mark.is_some());
    assert!((0..10).all(|_| !Tally::new().poll(|_| none_since(mark)).0));
    assert!(!none_since(mark) && !none_since(None), "no guest is polled here");
}

#[test]
fn nothing_is_proven_of_a_guest_that_panicked() {
    let (mut tally, dropped) = (Tally::new(), Cell::new(None));
    let (asks, _) = tally.poll(|_| Asks(FaultMark::before_this_poll(), &dropped));
    assert!(asks.0.is_some());
    let panic = catch_unwind(AssertUnwindSafe(|| tally.poll(|_| panic!("as a test has it"))));
    assert!(panic.is_err());
    assert_eq!(FaultMark::now(), None, "no guest is polled any more");
    tally.release(asks);
    assert_eq!(dropped.get(), Some(false));
    assert_eq!(tally.poll(|_| FaultMark::before_this_poll()).0, None);
}

#[test]
fn a_kernel_that_counts_no_faults_or_does_not_tell_proves_nothing() {
    assert!(!counts(|| Some(0)), "gVisor");
    assert!(!counts(|| None), "a seccomp filter");
    assert!(counts(|| Reading::of_this_thread().faults()), "Linux");
}
