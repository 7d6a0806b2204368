//! More than one server: behind proxies and in Kubernetes, by the very files of `examples/cluster`.

mod behind;
mod kubernetes;
mod load;
mod nodes;
mod proxies;
