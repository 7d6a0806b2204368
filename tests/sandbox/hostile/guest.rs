//! A guest that runs a script of calls: any import, with any handle, in any order.
//!
//! The script is the request's path, two hexadecimal digits for each byte: two bytes select the import, the next ones
//! make its arguments. The guest keeps returned handles, eight of each resource, so that random scripts get far; now
//! and then a handle, a pointer or a length is any number.

use super::interface::{Call, Interface, Param, Returned};
use std::fmt::Write;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::WasmType;

/// The beginnings of strings and lists, 64 bytes each.
const TEXTS: [&str; 16] = [
    "content-type",
    "x-long",
    "content-length",
    "12",
    "host",
    "text/plain",
    "/path?query",
    "note.txt",
    ".",
    "made",
    "a/b",
    "..",
    "made",
    "transfer-encoding",
    "POST",
    "\u{fc}",
];

/// The component, and its imports in the order of their numbers.
pub fn build() -> (Vec<u8>, Vec<Call>) {
    let mut interface = Interface::new();
    let calls = interface.calls();
    let text = module(&interface, &calls);
    let mut module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    embed_component_metadata(&mut module, &interface.resolve, interface.world, StringEncoding::UTF8).expect("a world");
    let component = ComponentEncoder::default().validate(true).module(&module).and_then(|mut encoder| encoder.encode());
    (component.expect("a component"), calls)
}

/// A script of calls; each is an import's number and its bytes.
pub fn bytes(calls: &[(usize, &[u8])]) -> Vec<u8> {
    calls.iter().flat_map(|(call, rest)| [&[(call >> 8) as u8, *call as u8], *rest].concat()).collect()
}

/// The path that carries a script.
pub fn path(script: &[u8]) -> String {
    script.iter().fold("/".to_owned(), |path, byte| path + &format!("{byte:02x}"))
}

fn module(interface: &Interface, calls: &[Call]) -> String {
    let mut text = "(module\n".to_owned();
    for (number, call) in calls.iter().enumerate() {
        let params: String = parameters(call).map(|kind| format!(" {kind}")).collect();
        let result = call.gives.map_or_else(String::new, |kind| format!(" (result {})", name_of(kind)));
        let (module, name) = (&call.module, &call.name);
        writeln!(text, "(import {module:?} {name:?} (func $import{number} (param{params}){result}))").unwrap();
    }
    text += include_str!("guest.wat");
    for (number, entry) in TEXTS.iter().enumerate() {
        writeln!(text, "(data (i32.const {}) {entry:?})", number * 64).unwrap();
    }
    for (number, call) in calls.iter().enumerate() {
        text += &operation(number, call);
    }
    let all: String = (0..calls.len()).map(|number| format!(" $call{number}")).collect();
    writeln!(text, "(table {0} {0} funcref) (elem (i32.const 0){all})", calls.len()).unwrap();
    text + &handler(interface, calls) + ")"
}

fn parameters(call: &Call) -> impl Iterator<Item = &'static str> {
    call.params.iter().map(|(_, kind)| name_of(*kind)).chain(call.writes.then_some("i32"))
}

fn name_of(kind: WasmType) -> &'static str {
    match kind {
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
    }
}

/// Makes the arguments of one call, calls it, and keeps the returned handles.
fn operation(number: usize, call: &Call) -> String {
    let mut text = format!("(func $call{number} (local $given i32)");
    (0..call.params.len()).for_each(|place| text += &format!("(local $p{place} i32)"));
    for (place, (meaning, _)) in call.params.iter().enumerate() {
        let value = match meaning {
            Param::Handle { resource, is_given: true } => format!("(call $take (i32.const {resource}))"),
            Param::Handle { resource, is_given: false } => format!("(call $pick (i32.const {resource}))"),
            Param::Pointer => "(call $pointer)".to_owned(),
            Param::Length => "(call $length)".to_owned(),
            Param::Case(count) => format!("(call $case (i32.const {count}))"),
            Param::Number => "(call $number)".to_owned(),
        };
        write!(text, "\n  (local.set $p{place} {value})").unwrap();
        // Without such a handle, the call would only trap.
        if let Param::Handle { .. } = meaning {
            write!(text, "(if (i32.eqz (local.get $p{place})) (then return))").unwrap();
        }
    }
    let kinds = parameters(call).take(call.params.len());
    let arguments: String = kinds.enumerate().map(|(place, kind)| argument(place, kind)).collect();
    let area = if call.writes { " (i32.const 0x11000)" } else { "" };
    let made = format!("(call $import{number} {arguments}{area})");
    let made = match call.gives {
        Some(WasmType::I32) => format!("(local.set $given {made})"),
        Some(_) => format!("(drop {made})"),
        None => made,
    };
    let remembered: String = call.returned.iter().map(|returned| remember(returned, call.writes)).collect();
    text + &format!("\n  {made}{remembered})\n")
}

fn argument(place: usize, kind: &str) -> String {
    match kind {
        "i64" => format!("(i64.extend_i32_s (local.get $p{place}))"),
        "f32" | "f64" => format!("({kind}.convert_i32_s (local.get $p{place}))"),
        _ => format!("(local.get $p{place})"),
    }
}

fn remember(returned: &Returned, is_written: bool) -> String {
    let Returned { resource, if_bytes, in_list, offset } = returned;
    if !is_written {
        return format!("(call $put (i32.const {resource}) (local.get $given))");
    }
    let area = 0x11000;
    let mut conditions: Vec<String> = if_bytes
        .iter()
        .map(|(at, byte)| format!("(i32.eq (i32.load8_u (i32.const {})) (i32.const {byte}))", area + at))
        .collect();
    let place = match in_list {
        None => format!("(i32.const {})", area + offset),
        Some(list) => {
            conditions.push(format!("(i32.ne (i32.load (i32.const {})) (i32.const 0))", area + list + 4));
            format!("(i32.add (i32.load (i32.const {})) (i32.const {offset}))", area + list)
        }
    };
    let put = format!("(call $put (i32.const {resource}) (i32.load {place}))");
    conditions.iter().fold(put, |inner, condition| format!("\n  (if {condition} (then {inner}))"))
}

/// Takes the script from the request, and runs it.
fn handler(interface: &Interface, calls: &[Call]) -> String {
    let path = calls.iter().position(|call| call.name == "[method]incoming-request.path-with-query").expect("of WASI");
    let (request, answer) = (interface.named("incoming-request"), interface.named("response-outparam"));
    let export = interface.resolve.worlds[interface.world].exports.keys().next().expect("the handler");
    let export = interface.resolve.name_world_key(export);
    format!(
        r#"(func (export "{export}#handle") (param $request i32) (param $answer i32)
  (call $put (i32.const {request}) (local.get $request))
  (call $put (i32.const {answer}) (local.get $answer))
  (call $import{path} (local.get $request) (i32.const 0x11000))
  (call $begin (i32.load (i32.const 0x11004)) (i32.load (i32.const 0x11008)))
  (loop $next
    (if (i32.ge_u (global.get $at) (global.get $end)) (then return))
    (call_indirect (type $operation) (i32.rem_u (call $wide) (i32.const {count})))
    (global.set $heap (global.get $free))
    (br $next)))
"#,
        count = calls.len()
    )
}
