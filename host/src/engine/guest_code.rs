//! Recognises the interpreter of this wasgi; all other code is untrusted.

use crate::bundle;
use crate::component::preview1;
use crate::store::cache;
use anyhow::Result;
use std::sync::LazyLock;
use wasmparser::{Parser, Payload};

/// Without a file system and with one, as `wasgi build` makes components.
static OURS: LazyLock<Result<[String; 2]>> = LazyLock::new(|| {
    let core_module = bundle::core_module()?;
    Ok([fingerprint(&preview1::within(&core_module)?)?, fingerprint(&core_module)?])
});

/// Whether a core module has exactly the interpreter's code and table of functions. A snapshot changes neither.
pub fn is_ours(core_module: &[u8]) -> bool {
    let Ok(ours) = &*OURS else { return false };
    fingerprint(core_module).is_ok_and(|fingerprint| ours.contains(&fingerprint))
}

fn fingerprint(core_module: &[u8]) -> Result<String> {
    let mut sections = vec![];
    for payload in Parser::new(0).parse_all(core_module) {
        let payload = payload?;
        if let Payload::TypeSection(_)
        | Payload::ImportSection(_)
        | Payload::FunctionSection(_)
        | Payload::TableSection(_)
        | Payload::StartSection { .. }
        | Payload::ElementSection(_)
        | Payload::CodeSectionStart { .. } = payload
            && let Some((id, range)) = payload.as_section()
        {
            sections.extend([id, b':']);
            sections.extend(cache::fingerprint([&core_module[range]]).bytes());
        }
    }
    Ok(cache::fingerprint([&sections[..]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_is_known_with_a_file_system_and_without_one() {
        let core_module = bundle::core_module().unwrap();
        assert!(is_ours(&core_module) && is_ours(&preview1::within(&core_module).unwrap()));
        assert!(!is_ours(b"\0asm\x01\0\0\0"));
    }
}
