//! The size of a sandbox's native stack.

/// CPython counts recursion against its own 8 MiB of linear-memory stack. The native stack must outlast it, or C code
/// that recurses traps where Python would have raised RecursionError. Below 2 MiB nested `repr` and `json` do so at
/// Python's usual limit; 4 MiB do not hold SQLite's callbacks and codecs at a limit of 10,000.
pub const WASM_STACK: usize = 8 << 20;
/// Beyond the guest's own stack, for the host functions that it calls.
const HOST_STACK: usize = 1 << 20;
/// Bytes of native stack of a sandbox.
pub const STACK: usize = WASM_STACK + HOST_STACK;
