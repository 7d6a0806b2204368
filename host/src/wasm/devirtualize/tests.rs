use super::table::IN_REGISTERS;
use super::*;
use wasm_encoder::{
    Elements, ExportKind, ExportSection, Module, RefType, TableSection as Tables, TableType, ValType as Kind,
};
use wasmtime::{Engine, Instance, Store};

/// The table of [`module`]: an empty entry, then functions of one type and a few of another.
const ENTRIES: u32 = 20;

/// Exports `call(x, place)`, which calls through a table. Functions whose number divides by five take nothing and have
/// the wrong type; the others take `x` as all parameters, and return it with their number. `more` is code in front of
/// the call.
fn module(parameters: usize, exports_table: bool, more: &[Instruction]) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function(vec![Kind::I32; parameters], [Kind::I32]);
    types.ty().function([], []);
    types.ty().function([Kind::I32, Kind::I32], [Kind::I32]);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for number in 0..ENTRIES {
        let mut body = Function::new([]);
        if number % 5 == 0 {
            functions.function(1);
        } else {
            functions.function(0);
            body.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::I32Const(1000 * number as i32));
            body.instruction(&Instruction::I32Add);
        }
        code.function(body.instruction(&Instruction::End));
    }
    functions.function(2);
    let mut body = Function::new([]);
    for instruction in more {
        body.instruction(instruction);
    }
    for _ in 0..parameters {
        body.instruction(&Instruction::LocalGet(0));
    }
    body.instruction(&Instruction::LocalGet(1));
    body.instruction(&Instruction::CallIndirect { type_index: 0, table_index: 0 });
    code.function(body.instruction(&Instruction::End));
    let mut tables = Tables::new();
    let size = u64::from(ENTRIES + 1);
    let element_type = RefType::FUNCREF;
    tables.table(TableType { element_type, table64: false, minimum: size, maximum: Some(size), shared: false });
    let mut exports = ExportSection::new();
    exports.export("call", ExportKind::Func, ENTRIES);
    if exports_table {
        exports.export("table", ExportKind::Table, 0);
    }
    let mut elements = ElementSection::new();
    let all: Vec<u32> = (0..ENTRIES).collect();
    elements.active(None, &ConstExpr::i32_const(1), Elements::Functions(all.into()));
    let mut module = Module::new();
    let mut globals = GlobalSection::new();
    let unused = GlobalType { val_type: Kind::I64, mutable: false, shared: false };
    globals.global(unused, &ConstExpr::i64_const(1));
    module.section(&types).section(&functions).section(&tables).section(&globals).section(&exports);
    module.section(&elements);
    module.section(&code);
    module.finish()
}

/// The result for each index of the table; None is a trap.
fn answers(module: &[u8]) -> Vec<Option<i32>> {
    let engine = Engine::default();
    let module = wasmtime::Module::new(&engine, module).unwrap();
    let ask = |place| {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let call = instance.get_typed_func::<(i32, i32), i32>(&mut store, "call").unwrap();
        call.call(&mut store, (7, place)).ok()
    };
    (-1..ENTRIES as i32 + 2).map(ask).collect()
}

#[test]
fn direct_calls_come_to_the_same_functions() {
    for parameters in [1, IN_REGISTERS, 9] {
        let module = module(parameters, false, &[]);
        let direct = calls(&module).unwrap().expect("its table never changes");
        let answers = answers(&direct);
        assert_eq!(answers, self::answers(&module));
        assert_eq!(answers.iter().flatten().count(), 16, "all others trap");
        assert!(calls(&direct).unwrap().is_none(), "none is left");
    }
}

#[test]
fn few_functions_are_compared() {
    let few: Vec<_> = (3..6).map(|place| (place, place - 3)).collect();
    let many: Vec<_> = (3..30).map(|place| (place, place - 3)).collect();
    let has_jump = |targets| {
        let mut code = CodeSection::new();
        code.function(&dispatcher(0, &Instruction::LocalGet(0), targets));
        let section = wasm_encoder::Encode::encode;
        let mut bytes = vec![];
        section(&code, &mut bytes);
        bytes.contains(&0x0e)
    };
    assert!(!has_jump(&few) && has_jump(&many));
}

#[test]
fn a_table_that_others_can_change_stays() {
    assert!(calls(&module(1, true, &[])).unwrap().is_none());
    let grows = [Instruction::RefNull(wasm_encoder::HeapType::FUNC), Instruction::I32Const(1)];
    let grows: Vec<_> = grows.into_iter().chain([Instruction::TableGrow(0), Instruction::Drop]).collect();
    assert!(calls(&module(1, false, &grows)).unwrap().is_none());
}

/// Calls through a table of that size, with two functions at its beginning and 16 at `start`.
fn scattered(size: u64, start: u32) -> Vec<u8> {
    let more = "$f ".repeat(16);
    let text = format!(
        r#"(module (table {size} funcref) (elem (i32.const 0) $f $f) (elem (i32.const {start}) {more})
            (func $f (result i32) i32.const 7)
            (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn a_table_that_no_sandbox_can_have_stays() {
    assert!(calls(&scattered(18, 2)).unwrap().is_some());
    assert!(calls(&scattered(1 << 15, (1 << 15) - 16)).unwrap().is_some());
    // Each of these would need a jump table of 4,294,967,296 entries.
    assert!(calls(&scattered(1 << 32, 0xffff_fff0)).unwrap().is_none(), "as large as can be");
    assert!(calls(&scattered(1 << 15, 0xffff_fff0)).unwrap().is_none(), "beyond its end");
    assert!(calls(&scattered(1 << 15, 0xffff_fff8)).unwrap().is_none(), "beyond all numbers");
}

#[test]
fn jumps_that_would_be_too_large_together_stay_calls() {
    let types = |count: usize| {
        let functions = (0..count).map(|number| {
            let parameters = "i32 ".repeat(number);
            let arguments = "i32.const 0 ".repeat(number);
            format!(
                "(func $f{number} (param {parameters}))
                 (elem (i32.const {}) {}) (elem (i32.const {}) $f{number})
                 (func {arguments} i32.const 0 (call_indirect (param {parameters})))",
                8 * number,
                format!("$f{number} ").repeat(8),
                32_000 + number
            )
        });
        wat::parse_str(format!("(module (table 32768 funcref) {})", functions.collect::<String>())).unwrap()
    };
    assert!(calls(&types(100)).unwrap().is_some());
    assert!(calls(&types(200)).unwrap().is_none());
}

#[test]
fn a_table_with_places_of_64_bits_stays() {
    let text = r#"(module (table i64 2 funcref) (func (call_indirect (i64.const 1))))"#;
    assert!(calls(&wat::parse_str(text).unwrap()).unwrap().is_none());
}
