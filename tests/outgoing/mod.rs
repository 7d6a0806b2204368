//! Requests that sandboxes send to others, where they are let out.

mod attacks;
mod engines;
mod packages;
mod requests;
