//! Recognises the interpreter of this wasgi; all other code is untrusted.

use crate::bundle;
use crate::component::beyond::Beyond;
use crate::component::preview1;
use crate::store::cache;
use anyhow::Result;
use std::sync::OnceLock;
use wasmparser::{Parser, Payload};

/// By number, for each of the forms in which `wasgi build` makes components.
static OURS: [OnceLock<Option<String>>; 4] = [const { OnceLock::new() }; 4];

fn ours(beyond: Beyond) -> Option<&'static str> {
    let make = || fingerprint(&preview1::within(&bundle::core_module().ok()?, beyond).ok()?).ok();
    OURS[usize::from(beyond.number())].get_or_init(make).as_deref()
}

/// Whether a core module has exactly the interpreter's code and table of functions. A snapshot changes neither.
pub fn is_ours(core_module: &[u8]) -> bool {
    fingerprint(core_module).is_ok_and(|fingerprint| Beyond::all().any(|beyond| ours(beyond) == Some(&fingerprint)))
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
    fn the_interpreter_is_known_in_all_its_forms() {
        let core_module = bundle::core_module().unwrap();
        assert!(is_ours(&core_module));
        assert!(Beyond::all().all(|beyond| is_ours(&preview1::within(&core_module, beyond).unwrap())));
        assert!(!is_ours(b"\0asm\x01\0\0\0"));
    }
}
