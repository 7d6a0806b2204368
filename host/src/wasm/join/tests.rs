use super::*;
use wasmtime::{Engine, Instance, Module, Store};

const GUEST: &str = r#"(module
    (type $init (func (result i32)))
    (memory (export "memory") 1)
    (table 2 2 funcref)
    (global (export "__stack_pointer") (mut i32) (i32.const 1024))
    (global (export "datum") i32 (i32.const 16))
    (global $name (mut i32) (i32.const 0))
    (global $init (mut i32) (i32.const 0))
    (elem (i32.const 1) $seven)
    (func $seven (export "seven") (result i32) (i32.const 7))
    (func (export "__wrap_open") (result i32) (i32.const 8))
    (func (export "__imported_wasi_snapshot_preview1_random_get") (param i32 i32) (result i32) (i32.const 9))
    (func (export "entropy_draw") (param i32 i32) (result i32) (i32.const 10))
    (func (export "_initialize"))
    (func (export "PyImport_AppendInittab") (param i32 i32) (result i32)
        (global.set $name (local.get 0)) (global.set $init (local.get 1)) (i32.const 0))
    (func (export "name") (result i32) (global.get $name))
    (func (export "init") (result i32) (call_indirect (type $init) (global.get $init)))
    (data (i32.const 16) "\2a"))"#;

/// Everything that a side module may need of the joining: `body` follows its imports.
fn side(imports: &str, body: &str) -> String {
    format!(
        r#"(module
        (@dylink.0 (mem-info (memory 12 2) (table 1 0)))
        (type $number (func (result i32)))
        (import "env" "memory" (memory 1))
        (import "env" "__indirect_function_table" (table 0 funcref))
        (import "env" "__stack_pointer" (global $stack (mut i32)))
        (import "env" "__memory_base" (global $memory i32))
        (import "env" "__table_base" (global $table i32))
        {imports}
        (func $hundreds (result i32) (i32.const 1000))
        (elem (global.get $table) func $hundreds)
        {body})"#
    )
}

const IMPORTS: &str = r#"(import "GOT.mem" "datum" (global $datum (mut i32)))
    (import "GOT.func" "seven" (global $pointer (mut i32)))
    (import "env" "seven" (func $seven (result i32)))
    (global $inside (mut i32) (i32.const 4))"#;

const BODY: &str = r#"(start $globals)
    (func $globals (global.set $inside (i32.add (global.get $memory) (global.get $inside))))
    (func (export "__wasm_apply_data_relocs")
        (i32.store (i32.add (global.get $memory) (i32.const 0)) (global.get $pointer)))
    (func (export "__wasm_call_ctors") (i32.store offset=8 (global.get $memory) (i32.const 20000)))
    (func (export "PyInit_x") (result i32)
        (global.set $stack (i32.sub (global.get $stack) (i32.const 16)))
        (i32.load8_u (global.get $datum))
        (call $seven)
        (call_indirect (type $number) (i32.load (global.get $memory)))
        (i32.load8_u (global.get $inside))
        (call_indirect (type $number) (global.get $table))
        (i32.load offset=8 (global.get $memory))
        i32.add i32.add i32.add i32.add i32.add)
    (data (global.get $memory) "\00\00\00\00\64")"#;

/// Joins a side module, which is called `shop`.
fn joined(side_module: &str) -> Result<Vec<u8>> {
    joined_as(side_module, false)
}

fn joined_as(side_module: &str, draws_seeds: bool) -> Result<Vec<u8>> {
    let guest = wat::parse_str(GUEST)?;
    let kept = ["memory", "_initialize", "name", "init"].map(str::to_owned).into();
    let modules = BTreeMap::from([("shop.x".to_owned(), "PyInit_x".to_owned())]);
    let side_module = wat::parse_str(side_module)?;
    join(&guest, &kept, &[Package { name: "shop", side_module: &side_module, modules: &modules, draws_seeds }])
}

fn refusal(imports: &str, body: &str) -> String {
    let init = r#"(func (export "PyInit_x") (result i32) (i32.const 0))"#;
    format!("{:#}", joined(&side(imports, &format!("{init}{body}"))).unwrap_err())
}

/// What the module's initialisation gives.
fn init_of(side_module: &str) -> u32 {
    init_in(joined(side_module))
}

fn init_in(joined: Result<Vec<u8>>) -> u32 {
    let engine = Engine::default();
    let module = Module::new(&engine, joined.unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    instance.get_typed_func::<(), ()>(&mut store, "_initialize").unwrap().call(&mut store, ()).unwrap();
    instance.get_typed_func::<(), u32>(&mut store, "init").unwrap().call(&mut store, ()).unwrap()
}

#[test]
fn code_data_and_pointers_of_both_find_each_other() {
    let engine = Engine::default();
    let module = Module::new(&engine, joined(&side(IMPORTS, BODY)).unwrap()).unwrap();
    assert_eq!((module.imports().len(), module.exports().len()), (0, 4));
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    instance.get_typed_func::<(), ()>(&mut store, "_initialize").unwrap().call(&mut store, ()).unwrap();
    let mut number = |name| instance.get_typed_func::<(), u32>(&mut store, name).unwrap().call(&mut store, ()).unwrap();
    let (name, init) = (number("name") as usize, number("init"));
    assert_eq!(init, 42 + 7 + 7 + 100 + 1000 + 20_000);
    let memory = instance.get_memory(&mut store, "memory").unwrap().data(&store);
    assert_eq!(&memory[name..name + 7], b"shop.x\0");
    assert!(name >= 65_536 && memory.len() == 2 * 65_536, "behind what the guest has: {name}");
}

#[test]
fn a_function_has_one_place_in_the_table() {
    let joined = joined(&side(IMPORTS, BODY)).unwrap();
    let exports = Exports::of(&joined).unwrap();
    // The guest's two, the side module's one, and the one that CPython calls.
    assert_eq!((exports.table_size, exports.in_table.len()), (4, 3));
}

#[test]
fn what_wraps_a_function_stands_for_it() {
    let call = r#"(import "env" "open" (func $open (result i32)))"#;
    let module = side(call, r#"(func (export "PyInit_x") (result i32) (call $open))"#);
    assert_eq!(init_of(&module), 8);
}

#[test]
fn seeds_are_drawn_apart_from_secrets() {
    let draw = r#"(import "wasi_snapshot_preview1" "random_get" (func $draw (param i32 i32) (result i32)))"#;
    let init = r#"(func (export "PyInit_x") (result i32) (call $draw (i32.const 0) (i32.const 0)))"#;
    for (draws_seeds, drawn) in [(false, 9), (true, 10)] {
        assert_eq!(init_in(joined_as(&side(draw, init), draws_seeds)), drawn);
    }
}

#[test]
fn what_the_guest_lacks_is_named_with_the_package() {
    let missing = refusal(r#"(import "env" "PyMoon_New" (func (result i32)))"#, "");
    assert!(missing.contains("shop: it needs PyMoon_New, which the guest does not have"), "{missing}");
    let datum = refusal(r#"(import "GOT.mem" "PyMoon_Type" (global (mut i32)))"#, "");
    assert!(datum.contains("it needs PyMoon_Type"), "{datum}");
    let pointer = refusal(r#"(import "GOT.func" "PyMoon_Free" (global (mut i32)))"#, "");
    assert!(pointer.contains("it needs PyMoon_Free"), "{pointer}");
    let call = refusal(r#"(import "wasi_snapshot_preview1" "moon" (func (result i32)))"#, "");
    assert!(call.contains("it needs moon"), "{call}");
}

#[test]
fn what_is_no_side_module_of_the_expected_form_is_refused() {
    let other = refusal(r#"(import "env" "seven" (func (param i64)))"#, "");
    assert!(other.contains("it calls seven with other parameters"), "{other}");
    let sets = refusal("(global $own (mut i32) (i32.const 0))", "(func (global.set $own (i32.const 1)))");
    assert!(sets.contains("its code sets a global of its own"), "{sets}");
    let strange = refusal("", r#"(func (export "__wasm_apply_data_relocs") (drop (memory.size)))"#);
    assert!(strange.contains("a relocation of an unknown kind"), "{strange}");
    let outside = refusal("", r#"(data (global.get $memory) "more than twelve bytes")"#);
    assert!(outside.contains("data outside of its memory"), "{outside}");
    let plain = format!("{:#}", joined("(module)").unwrap_err());
    assert!(plain.contains("no section dylink.0"), "{plain}");
    let nothing = format!("{:#}", joined(&side("", "")).unwrap_err());
    assert!(nothing.contains("it has no PyInit_x"), "{nothing}");
}

/// A jump out of two functions, of which one is called by its place in the table, to one that stops it.
const JUMPS: &str = r#"(type $long (func (result i64)))
    (global (export "__THREW__") i32 (i32.const 8))
    (func $jump (export "emscripten_longjmp") (param i32 i32)
        (i32.store offset=8 (global.get $memory) (local.get 0)))
    (func (export "deep") (result i64) (call $jump (i32.const 5) (i32.const 1)) unreachable)
    (func $between (result f64) (drop (call_indirect (type $long) (global.get $deep))) unreachable)
    (func $stop (export "invoke_d") (drop (call $between)))
    (func (export "PyInit_x") (result i32) (call $stop) (i32.load offset=8 (global.get $memory)))"#;

#[test]
fn a_jump_returns_from_the_functions_between() {
    assert_eq!(init_of(&side(r#"(import "GOT.func" "deep" (global $deep (mut i32)))"#, JUMPS)), 5);
    let unflagged = refusal("", r#"(func (export "emscripten_longjmp") (param i32 i32))"#);
    assert!(unflagged.contains("it has emscripten_longjmp without __THREW__"), "{unflagged}");
}

/// A side module whose data begin with a name and a function of one parameter; the name is at `name`, and `bytes` are at
/// `place`. The function is called with one parameter more.
fn of_one_parameter(name: u32, place: u32, bytes: &str) -> String {
    let module = side(
        "",
        &format!(
            r#"(func (export "__wasm_apply_data_relocs")
        (i32.store (i32.add (global.get $memory) (i32.const 0)) (i32.add (global.get $memory) (i32.const {name})))
        (i32.store (i32.add (global.get $memory) (i32.const 4)) (i32.add (global.get $table) (i32.const 1))))
    (func $called (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (elem (i32.add (global.get $table) (i32.const 1)) func $called)
    (type $as_called (func (param i32 i32) (result i32)))
    (func (export "PyInit_x") (result i32)
        (call_indirect (type $as_called) (i32.const 41) (i32.const 0) (i32.load offset=4 (global.get $memory))))
    (data (i32.add (global.get $memory) (i32.const {place})) "{bytes}")"#
        ),
    );
    module.replace("(table 1 0)", "(table 2 0)")
}

#[test]
fn a_method_without_arguments_may_lack_the_second_parameter() {
    // A method's flags, METH_NOARGS, follow.
    assert_eq!(init_of(&of_one_parameter(8, 8, r"\04\00\00\00")), 42);
}

/// An attribute at offset 0 of the data: its name, what gives it, and three words of zero; behind it `next`.
fn attribute(next: &str) -> String {
    of_one_parameter(40, 20, next).replace("(memory 12 2)", "(memory 44 2)")
}

#[test]
fn what_gives_an_attribute_may_lack_the_second_parameter() {
    assert_eq!(init_of(&attribute("\\00")), 42);
}

#[test]
fn what_sets_an_attribute_may_lack_the_third_parameter() {
    let setter = attribute("\\00")
        .replace("(i32.add (global.get $memory) (i32.const 4))", "(i32.add (global.get $memory) (i32.const 8))")
        .replace("(func $called (param i32)", "(func $called (param i32 i32)")
        .replace("(param i32 i32) (result i32)))", "(param i32 i32 i32) (result i32)))")
        .replace("(i32.load offset=4", "(i32.const 0) (i32.load offset=8");
    assert_eq!(init_of(&setter), 42);
}

/// A method at offset 0 of the data that takes a tuple, METH_VARARGS; `text` follows, and zeros.
fn method(text: &str) -> String {
    of_one_parameter(32, 8, &format!(r"\01\00\00\00{text}")).replace("(memory 12 2)", "(memory 36 2)")
}

#[test]
fn a_method_with_arguments_may_lack_them() {
    assert_eq!(init_of(&method("")), 42);
}

#[test]
fn a_table_of_a_packages_own_is_left_alone() {
    for (own, other) in [(attribute("\\07"), attribute("\\00")), (method("\\07"), method("\\00"))] {
        assert_eq!(code_of(&joined(&own).unwrap()) + 1, code_of(&joined(&other).unwrap()));
    }
}

#[test]
fn an_iterators_type_is_left_alone() {
    // Before what gives the next item stands a function of CPython that gives the iterator itself.
    let module = attribute("\\00").replace("(i32.add (global.get $memory) (i32.const 40))", "(global.get $seven)");
    let import = r#"(import "GOT.func" "seven" (global $seven (mut i32)))"#;
    let module = module.replacen("(func $hundreds", &format!("{import}(func $hundreds"), 1);
    assert_eq!(code_of(&joined(&module).unwrap()) + 1, code_of(&joined(&attribute("\\00")).unwrap()));
}

/// How many functions a module has.
fn code_of(module: &[u8]) -> u32 {
    let sections = wasmparser::Parser::new(0).parse_all(module);
    sections
        .filter_map(|payload| {
            if let Ok(wasmparser::Payload::CodeSectionStart { count, .. }) = payload { Some(count) } else { None }
        })
        .sum()
}
