//! Engines, the machine code that they make, and where it is kept.

pub mod artifact;
pub mod compiler;
pub mod cwasm;
pub mod embedded;
pub mod functions;
pub mod guest_code;
pub mod level;
pub mod serving;
pub mod settings;
