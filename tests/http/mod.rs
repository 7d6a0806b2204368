//! HTTP as clients speak it: what is refused, what is bounded, and both versions of the protocol.

mod adversary_h2;
mod connections;
mod corpora_http;
mod h2;
mod origin;
mod refusals;
mod shapes;
mod slow;
