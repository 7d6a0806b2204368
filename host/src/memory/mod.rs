//! The memory of sandboxes: slots of address space, and how they become clean again.
//!
//! A slot is clean because of three things. A sandbox's memory is a private, copy-on-write mapping of the snapshot, so
//! that a page differs from the snapshot only if the guest wrote to it. After a request each such page is undone: by
//! asking the kernel which pages are private and copying the snapshot over them (`scan`), or by giving them all back
//! (`plain`); nothing is skipped unless the kernel's count of page faults proves that nothing new was written
//! ([`faults`]). And that happens in one order: a guest's future is dropped with its store, which drops the memory,
//! whose drop resets the slot and only then lets it be used again ([`slots`]). Some resets are verified byte for byte
//! ([`verify`]). All `unsafe` code of serving, but for single system calls, is here.

pub mod epoch;
pub mod faults;
pub mod limits;
pub mod owner;
pub mod pages;
pub mod reset;
pub mod slots;
pub mod stack_size;
pub mod stacks;
pub mod verify;
