//! The request whose sandbox a thread resets.

use std::cell::RefCell;
use std::fmt::Display;
use std::sync::Arc;

/// The owner of a sandbox, as the log names it.
pub type Owner = Arc<dyn Display + Send + Sync>;

thread_local! {
    /// The owner of the sandbox that this thread drops.
    static LEAVING: RefCell<Option<Owner>> = const { RefCell::new(None) };
}

/// Drops a sandbox; meanwhile [`leaving`] names its owner.
pub fn leave(owner: Option<Owner>, drop: impl FnOnce()) {
    LEAVING.set(owner);
    drop();
    LEAVING.take();
}

/// The owner of the sandbox that this thread drops; None if it had none.
pub fn leaving() -> Option<String> {
    LEAVING.with_borrow(|owner| owner.as_ref().map(ToString::to_string))
}
