//! What is in a component, as people and programs read it.

pub mod files;
pub mod inspection;
pub mod pages;
pub mod text;
