//! The `wasgi` command over real HTTP: every test starts the real binary and asks it as a client would.
//!
//! `apps/` holds one tiny application per behaviour, `harness/` what starts a server in one line.

mod app_forms;
mod attacks;
mod bad_input;
mod bombs;
mod building_machine;
mod command_line;
mod components;
mod corpora_http;
mod corpora_wsgi;
mod deadlines;
mod directories;
mod django;
mod engines;
mod examples;
mod failures;
mod farewell;
mod files;
mod front;
mod front_h2;
mod front_origin;
mod front_shapes;
mod front_slow;
mod grants;
mod harness;
mod import_habits;
mod inspecting;
mod isolation;
mod leftovers;
mod limits;
mod outcomes;
mod packages;
mod pages;
mod serving;
mod shutdown;
mod snapshot;
mod storm;
mod streaming;
mod wsgi_environ;
mod wsgi_iterables;
mod wsgi_response;
mod wsgi_streams;
mod wsgi_validate;
