//! The content of a component, for people and programs.

pub mod files;
pub mod inspection;
pub mod pages;
pub mod text;
