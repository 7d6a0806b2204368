//! Drivers that cannot work in a sandbox, and what is said of them.
