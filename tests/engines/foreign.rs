//! Components that wasgi did not build.

use crate::harness::{Project, Server};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use wasm_encoder::{CustomSection, Module, RawSection};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

/// 2^60 calls without a loop: each step calls twice, through a table that stays indirect.
const CIRCLE: &str = r#"(module
    (memory (export "memory") 1) (table (export "t") 2 funcref) (elem (i32.const 0) $f)
    (func $f (param i32) (if (local.get 0) (then
        (call $h (i32.sub (local.get 0) (i32.const 1)))
        (call $h (i32.sub (local.get 0) (i32.const 1))))))
    (func $h (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0)))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "wasi:http/incoming-handler@0.2.12#handle") (param i32 i32) (call $f (i32.const 60))))"#;

/// A component with the interpreter's world around the given core module.
fn component(text: &str) -> Vec<u8> {
    let guest = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest/build/guest.wasm")).expect("the guest");
    let mut module = Module::new();
    let own = wat::parse_str(text).expect("a module");
    for payload in Parser::new(0).parse_all(&own) {
        if let Some((id, range)) = payload.expect("a section").as_section() {
            module.section(&RawSection { id, data: &own[range] });
        }
    }
    for payload in Parser::new(0).parse_all(&guest) {
        if let Payload::CustomSection(section) = payload.expect("a section")
            && section.name().starts_with("component-type")
        {
            module.section(&CustomSection { name: section.name().into(), data: section.data().into() });
        }
    }
    let encoder = ComponentEncoder::default().validate(true).module(module.as_slice());
    encoder.and_then(|mut encoder| encoder.encode()).expect("a component")
}

#[test]
fn a_circle_through_a_table_is_stopped_at_the_deadline() {
    let project = Project::new(&[]);
    fs::write(project.path("circle.wasm"), component(CIRCLE)).expect("written");
    let mut server = Server::start(project.wasgi(&["serve", "circle.wasm", "--timeout", "500ms"]));
    for _ in 0..3 {
        let began = Instant::now();
        assert_eq!(server.get("/").status, 504);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
    server.terminate();
    assert!(server.wait_for_end().success(), "the threads are free");
}
