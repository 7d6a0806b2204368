//! Where a guest's Python code is, read from the memory of a guest that does not run.
//!
//! CPython describes its structures for debuggers of other processes (`_Py_DebugOffsets` in its `pycore_runtime.h`).
//! The host is one: a guest that only computes calls nothing, so nobody inside could say.
//!
//! Nothing in a guest's memory is trusted: every address is checked, every walk has an end, and what is found is for
//! the log alone.

mod lines;
mod object;
mod offsets;
mod stack;

pub use offsets::Interpreter;
pub use stack::Site;
