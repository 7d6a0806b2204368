//! Starts the real `wasgi` and talks to it; one line in a test is enough for either.

mod admin;
pub mod clients;
pub mod daemon;
pub mod engines;
mod http;
mod memory;
mod neighbours;
mod process;
mod project;
mod server;
#[path = "../../host/src/soak.rs"]
pub mod soak;
mod stir;
mod upstream;

pub use admin::Admin;
pub use http::{Connection, Reply};
pub use memory::Footprint;
pub use neighbours::Over;
pub use process::{BUILD_PATIENCE, Process, all_apps, wait_until, wasgi, wasgi_for_developers};
pub use project::{LIBRARY, Project, SITE, refused};
pub use server::Server;
pub use stir::Stirrer;
pub use upstream::{Authority, Upstream};
