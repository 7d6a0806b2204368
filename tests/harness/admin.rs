//! The admin listener of a server: its health, and its metrics.

use super::process::PATIENCE;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Asks on a connection of its own each time.
pub struct Admin(SocketAddr);

impl Admin {
    /// Where the line says that it listens.
    pub fn of(line: &str) -> Self {
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        Admin(address.expect("an address").parse().expect("of TCP"))
    }

    pub fn at(address: SocketAddr) -> Self {
        Admin(address)
    }

    pub fn address(&self) -> SocketAddr {
        self.0
    }

    /// Status and body of a page.
    pub fn get(&self, path: &str) -> (u16, String) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let reply = config.build().new_agent().get(format!("http://{}{path}", self.0)).call();
        let mut reply = reply.unwrap_or_else(|error| panic!("{path}: {error}"));
        (reply.status().as_u16(), reply.body_mut().read_to_string().expect("text"))
    }

    /// The samples of `/metrics`: by name and labels, as they are written.
    pub fn samples(&self) -> BTreeMap<String, f64> {
        let (status, text) = self.get("/metrics");
        assert!(status == 200 && text.ends_with("# EOF\n"), "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let sample = |line: &str| {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            (name.to_owned(), value.parse().expect("a number"))
        };
        lines.map(sample).collect()
    }

    /// The names of all metrics with their types.
    pub fn types(&self) -> BTreeMap<String, String> {
        let (_, text) = self.get("/metrics");
        let declared = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        declared.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
    }
}
