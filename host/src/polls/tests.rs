use super::*;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    Instruction, MemorySection, TypeSection, ValType,
};
use wasmtime::{Config, Engine, Instance, ResourceLimiter, Store};

/// Exports `rounds(n)`: goes round a loop so often, and gives `n`.
fn module(memories: &[MemoryType]) -> Vec<u8> {
    let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([ValType::I32], [ValType::I32]);
    functions.function(0);
    let mut body = Function::new([(1, ValType::I32)]);
    body.instruction(&Instruction::Loop(BlockType::Empty));
    for instruction in [Instruction::LocalGet(1), Instruction::I32Const(1), Instruction::I32Add] {
        body.instruction(&instruction);
    }
    for instruction in [Instruction::LocalTee(1), Instruction::LocalGet(0), Instruction::I32LtU] {
        body.instruction(&instruction);
    }
    body.instruction(&Instruction::BrIf(0)).instruction(&Instruction::End);
    code.function(body.instruction(&Instruction::LocalGet(1)).instruction(&Instruction::End));
    let mut exports = ExportSection::new();
    exports.export("rounds", ExportKind::Func, 0);
    let mut section = MemorySection::new();
    for memory in memories {
        section.memory(*memory);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions);
    if !memories.is_empty() {
        module.section(&section);
    }
    module.section(&exports).section(&code);
    module.finish()
}

/// Counts how often the clock is asked to grow.
struct Asked(u32);

impl ResourceLimiter for Asked {
    fn memory_growing(&mut self, current: usize, _: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let asks = current > 0 && is_maximum_of_clock(maximum);
        self.0 += u32::from(asks);
        Ok(!asks)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

/// What `rounds` gives, and how often the guest asked.
fn run(module: &[u8]) -> (i32, u32) {
    let engine = Engine::new(Config::new().wasm_branch_hinting(true)).unwrap();
    let module = wasmtime::Module::new(&engine, module).unwrap();
    let mut store = Store::new(&engine, Asked(0));
    store.limiter(|asked| asked);
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let rounds = instance.get_typed_func::<i32, i32>(&mut store, "rounds").unwrap();
    (rounds.call(&mut store, 1000).unwrap(), store.data().0)
}

#[test]
fn code_does_what_it_did() {
    let own = MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
    for memories in [&[][..], &[own], &[own, own]] {
        let polled = insert(&module(memories)).unwrap();
        // The clock of this engine stands still.
        assert_eq!(run(&polled), (1000, 0));
    }
}

#[test]
fn a_guest_asks_once_for_each_tick() {
    let polled = insert(&module(&[])).unwrap();
    let not_yet = ConstExpr::i32_const(0);
    let another = ConstExpr::i32_const(1);
    let bytes = |value: &ConstExpr| {
        let mut globals = GlobalSection::new();
        globals.global(GlobalType { val_type: ValType::I32, mutable: true, shared: false }, value);
        let mut bytes = vec![];
        wasm_encoder::Encode::encode(&globals, &mut bytes);
        bytes
    };
    let (from, to) = (bytes(&not_yet), bytes(&another));
    let at = polled.windows(from.len()).position(|window| window == from).unwrap();
    let ticked = [&polled[..at], &to, &polled[at + from.len()..]].concat();
    assert_eq!(run(&ticked), (1000, 1));
}

#[test]
fn what_looks_like_the_clock_is_refused() {
    assert!(insert(&module(&[CLOCK])).unwrap_err().to_string().contains("choose another maximum"));
}

#[test]
fn what_has_no_loop_stays_as_it_is() {
    let empty = Module::new().finish();
    assert_eq!(insert(&empty).unwrap(), empty);
}

#[test]
fn calls_that_double_without_a_loop_are_interrupted_too() {
    let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    for number in 0..40 {
        functions.function(0);
        let mut body = Function::new([]);
        for callee in [number + 1; 2].iter().filter(|callee| **callee < 40) {
            body.instruction(&Instruction::Call(*callee));
        }
        code.function(body.instruction(&Instruction::End));
    }
    let mut module = Module::new();
    let module = module.section(&types).section(&functions).section(&code).as_slice();
    assert!(insert(module).unwrap().len() > module.len());
}
