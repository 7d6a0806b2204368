//! WSGI and Python in the sandbox: PEP 3333, frameworks, the standard library.

mod app_forms;
pub mod asynchronous;
mod corpora_wsgi;
mod cpython;
mod django;
mod files;
mod handed_files;
mod hashing;
mod import_habits;
mod linux;
mod memory;
mod native;
mod serving;
mod standard;
mod streaming;
mod threads;
mod tls;
mod unseen;
mod wsgi_environ;
mod wsgi_iterables;
mod wsgi_response;
mod wsgi_streams;
mod wsgi_validate;
