//! `wasgi check`: whether an application is fit to be served, found out by serving it.

pub mod client;
pub mod report;
pub mod requests;
