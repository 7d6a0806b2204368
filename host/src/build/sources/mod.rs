//! What is packed: files of the application and its packages, and what stays out.

pub mod changes;
pub mod editable;
pub mod environment;
pub mod exclusions;
pub mod findings;
pub mod folder;
pub mod form;
pub mod identity;
pub mod inputs;
pub mod installed;
pub mod packages;
pub mod packing;
pub mod read;
pub mod selection;
pub mod sieve;
pub mod source;
