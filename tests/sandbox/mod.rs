//! What a sandbox may do, and that nothing of a request outlives it.

mod attacks;
pub mod bombs;
mod clocks;
mod deadlines;
mod directories;
mod directories_served;
mod disconnects;
mod exits;
mod failures;
mod grants;
mod hostile;
mod isolation;
mod ledgers;
mod leftovers;
mod limits;
mod locks;
mod pages;
mod refusing;
mod snapshot;
mod stirred;
mod storm;
