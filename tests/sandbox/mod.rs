//! A sandbox's rights and limits, and the removal of all traces of a request.

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
