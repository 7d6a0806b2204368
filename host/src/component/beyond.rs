//! What a component imports beyond the world of wasi:http/proxy, as its build was told to.

use serde::{Deserialize, Serialize};

const FILESYSTEM: &str = "wasi:filesystem/";
pub const SOCKETS: &str = "wasi:sockets/";

/// Nothing by default: then any wasi:http host runs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Beyond {
    /// Requests may use directories that their host grants.
    pub filesystem: bool,
    /// Requests may open connections that their host grants.
    pub network: bool,
}

impl Beyond {
    /// Reads it from the names of a component's imports.
    pub fn of<'a>(imports: impl Iterator<Item = &'a str> + Clone) -> Self {
        let has = |start| imports.clone().any(|import| import.starts_with(start));
        Beyond { filesystem: has(FILESYSTEM), network: has(SOCKETS) }
    }

    /// All that there are.
    pub fn all() -> impl Iterator<Item = Self> {
        let of = |number| Beyond { filesystem: number & 1 != 0, network: number & 2 != 0 };
        (0..4).map(of)
    }

    /// A number of its own for each.
    pub fn number(self) -> u8 {
        u8::from(self.filesystem) | u8::from(self.network) << 1
    }

    /// One line for each, to whom builds a component with it.
    pub fn lines(self) -> impl Iterator<Item = &'static str> {
        let filesystem = "it imports wasi:filesystem, which is beyond the world of wasi:http/proxy: wasgi serve, wasmtime \
                          serve and jco serve run it; other hosts may refuse it (docs/guide/deploy.md)";
        let network = "it imports wasi:sockets, which is beyond the world of wasi:http/proxy: wasgi serve (--allow-net) \
                       and wasmtime serve (-S cli -S inherit-network -S allow-ip-name-lookup) run it; other hosts may \
                       refuse it (docs/reference/network.md)";
        let lines = [(self.filesystem, filesystem), (self.network, network)];
        lines.into_iter().filter(|(has, _)| *has).map(|(_, line)| line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_component_imports_is_read_from_its_imports() {
        let of = |imports: &[&str]| Beyond::of(imports.iter().copied());
        assert_eq!(of(&["wasi:http/types@0.2.12"]), Beyond::default());
        assert_eq!(of(&["wasi:sockets/tcp@0.2.12"]), Beyond { filesystem: false, network: true });
        assert_eq!(of(&["wasi:filesystem/types@0.2.12", "wasi:sockets/tcp@0.2.12"]).number(), 3);
    }

    #[test]
    fn each_has_its_number() {
        assert!(Beyond::all().map(Beyond::number).eq(0..4));
    }
}
