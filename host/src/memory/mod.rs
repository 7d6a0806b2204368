//! The memory of sandboxes: slots of address space, and their reset.
//!
//! Three things make a slot clean. A sandbox's memory is a private, copy-on-write mapping of the snapshot, so a page
//! differs from the snapshot only if the guest wrote to it. After a request the reset undoes each such page: it asks
//! the kernel which pages are private and copies the snapshot over them (`scan`), or gives all of them back (`plain`);
//! it skips pages only if the kernel's count of page faults proves that nothing new was written ([`faults`]). And the
//! order is fixed: dropping a guest's future drops its store, which drops the memory, whose drop resets the slot and
//! only then makes it available again ([`slots`]). Some resets are verified byte for byte ([`verify`]). All `unsafe`
//! code of serving is here, except for single system calls.

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
pub mod window;
