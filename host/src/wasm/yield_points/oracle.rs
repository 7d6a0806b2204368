//! Tests the rewriting differentially: generated modules do what they did before, and check the epoch as often as they
//! must.
//!
//! Bounds are much smaller than in production, so that small modules reach them. The seed is fixed;
//! `WASGI_SOAK_SECONDS` sets the duration.

use super::counted::counted;
use super::linked;
use super::metered::{Metered, SMALL, outcome, rewritten};
use crate::soak;
use arbitrary::Unstructured;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::BTreeMap;
use std::time::Instant;
use wasm_smith::Config;
use wasmtime::Trap;

/// Units for the original: many modules do not end.
const FUEL: u64 = 50_000;

/// Tables that stay and tables that are replaced; tail calls; several memories of both kinds.
fn config(entropy: &mut Unstructured) -> arbitrary::Result<Config> {
    Ok(Config {
        allow_start_export: false,
        // Processors differ in the bits of a NaN, which would make results differ.
        canonicalize_nans: true,
        exceptions_enabled: entropy.ratio(1, 4)?,
        // An exported table is never replaced, so not all modules export everything.
        export_everything: entropy.arbitrary()?,
        reference_types_enabled: entropy.arbitrary()?,
        gc_enabled: false,
        max_data_segments: 4,
        max_element_segments: 6,
        max_elements: 20,
        max_funcs: 12,
        max_imports: 0,
        max_instructions: 200,
        max_memories: 2,
        max_memory32_bytes: 4 << 16,
        max_memory64_bytes: 4 << 16,
        max_table_elements: SMALL.table,
        max_tables: 2,
        max_types: 8,
        memory_max_size_required: true,
        min_exports: 3,
        min_funcs: 3,
        min_tables: 1,
        relaxed_simd_enabled: false,
        table_max_size_required: true,
        threads_enabled: false,
        ..Config::default()
    })
}

/// None if the bytes do not suffice for a module.
fn module(entropy: &mut Unstructured, config: Config) -> Option<Vec<u8>> {
    Some(wasm_smith::Module::new(config, entropy).ok()?.to_bytes())
}

/// Two modules: the second one imports the first one's exports, memories and tables included.
fn pair(entropy: &mut Unstructured) -> Option<[Vec<u8>; 2]> {
    let exporting = Config { export_everything: true, ..config(entropy).ok()? };
    let first = module(entropy, exporting)?;
    let available_imports = Some(linked::imports_of(&first));
    let importing = Config { available_imports, max_funcs: 30, max_imports: 20, ..config(entropy).ok()? };
    Some([first, module(entropy, importing)?])
}

/// How the calls ended, with their numbers.
type Seen = BTreeMap<&'static str, u32>;

/// Calls the exports of the last module, before and after rewriting.
fn check(original: &[Vec<u8>], changed: &[Vec<u8>], seen: &mut Seen) {
    let changed: Vec<_> = changed.iter().map(|module| counted(module)).collect();
    // A module whose segments do not fit makes no instance, before and after.
    let Some(mut before) = Metered::linked(original, FUEL, 0) else {
        assert!(Metered::linked(&changed, FUEL, 0).is_none());
        return;
    };
    let mut after = Metered::linked(&changed, u64::MAX / 4, 0).expect("the other one was made, too");
    for name in before.functions() {
        let (expected, took) = before.call(&name, FUEL);
        // An original that does not end is followed for a while.
        let (found, _) = after.call(&name, 20 * took + 2000);
        after.verify_checks();
        let kind = outcome(&expected);
        *seen.entry(kind).or_default() += 1;
        if kind == "endless" || outcome(&found) == "stack" || kind == "stack" {
            return;
        }
        assert_eq!(found.map_err(alike), expected.map_err(alike), "{name}");
        assert!(before.memories() == after.memories(), "{name}");
    }
}

/// A dispatch function has one trap for everything that is not in the table.
fn alike(trap: Trap) -> Trap {
    match trap {
        Trap::TableOutOfBounds | Trap::IndirectCallToNull | Trap::BadSignature => Trap::UnreachableCodeReached,
        trap => trap,
    }
}

/// Calls `check` with one input after the other for the given duration, and returns how many there were.
fn soak(seed: u8, mut check: impl FnMut(&mut Unstructured) -> Option<()>) -> u32 {
    let (mut runner, end) = (soak::runner(seed), Instant::now() + soak::seconds(20));
    let bytes = prop::collection::vec(any::<u8>(), 500..6000);
    let mut count = 0;
    while Instant::now() < end {
        let bytes = bytes.new_tree(&mut runner).expect("bytes").current();
        count += u32::from(check(&mut Unstructured::new(&bytes)).is_some());
    }
    count
}

#[test]
fn modules_that_nobody_has_written_do_what_they_did() {
    let (mut seen, mut direct) = (Seen::new(), 0);
    let modules = soak(1, |entropy| {
        let config = config(entropy).ok()?;
        let original = module(entropy, config)?;
        direct += u32::from(crate::wasm::devirtualize::calls(&original).is_ok_and(|direct| direct.is_some()));
        if let Some(changed) = rewritten(&original) {
            check(&[original], &[changed], &mut seen);
        }
        Some(())
    });
    println!("{modules} modules, {direct} of them without their table; calls: {seen:?}");
    assert!(direct > 0 && ["ended", "trap", "endless"].iter().all(|kind| seen[kind] > 0));
}

#[test]
fn modules_that_are_linked_do_what_they_did() {
    let (mut seen, mut linked) = (Seen::new(), 0);
    let pairs = soak(2, |entropy| {
        let original = pair(entropy)?;
        linked += u32::from(linked::is_linked(&original));
        if let Some(changed) = linked::rewritten(&original) {
            check(&original, &changed, &mut seen);
        }
        Some(())
    });
    println!("{pairs} pairs of modules, {linked} of them linked; calls: {seen:?}");
    assert!(linked > 0 && ["ended", "trap", "endless"].iter().all(|kind| seen[kind] > 0));
}
