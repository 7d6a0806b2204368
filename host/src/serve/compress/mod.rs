//! `--compress`: answers are compressed for clients that can read it.

pub mod accept;
pub mod answer;
pub mod coded;
pub mod encoder;
