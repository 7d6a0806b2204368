//! HTTP as clients see it: refusals, limits, and both versions of the protocol.

mod adversary_h2;
mod compress;
mod connections;
mod corpora_http;
mod files;
mod h2;
mod origin;
mod proxy_protocol;
mod refusals;
mod sendfile;
mod shapes;
mod slow;
