//! From an application's files to a component with its snapshot, for `wasgi build` and `wasgi run`.

pub mod at_start;
pub mod boot;
pub mod compile;
pub mod describe;
pub mod first_look;
pub mod in_memory;
pub mod native;
pub mod notices;
pub mod options;
pub mod pipeline;
pub mod sources;
pub mod target;
