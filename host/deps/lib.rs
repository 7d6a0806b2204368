//! Nothing but the host's list of dependencies.
//!
//! Cargo compiles a crate anew for every set of features that is asked of it. The tools that run before the host can
//! be built depend on this list, so that what they share with it, wasmtime above all, is compiled once.
