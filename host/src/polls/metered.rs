//! Runs a module and measures how much work lies between its looks. For tests.

use super::*;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, EntityType, ImportSection, Instruction, SectionId, TypeSection};
use wasmparser::{FunctionBody, Operator};
use wasmtime::{
    Caller, Config, Engine, Extern, Instance, Linker, OperatorCost, Store, StoreLimits, StoreLimitsBuilder, Trap, Val,
};

/// So small that the modules of tests come to them.
pub const SMALL: Bounds =
    Bounds { stretch: 3000, call: 500, little: 50, at_once: 32, piece: 256, table: 100, host: 10 };
/// What wasmtime counts and is not counted here, or later: the code of a look.
const SLACK: u64 = 100;

/// A module as it is served, with small bounds, as if all its exports could be called by anybody. None where it is not
/// one that wasgi can serve.
pub fn rewritten(module: &[u8]) -> Option<Vec<u8>> {
    let direct = crate::direct::calls(module).unwrap().unwrap_or_else(|| module.to_vec());
    let polled = insert_within(SMALL, &Links::default(), &[direct], None).ok()?;
    polled.into_iter().next()
}

/// The same module, whose looks call an imported function, each of them. One without looks stays as it is.
pub fn metered(polled: &[u8]) -> Vec<u8> {
    let mut added = Added::default();
    let mut has_clock = false;
    for payload in Parser::new(0).parse_all(polled) {
        match payload.unwrap() {
            Payload::TypeSection(section) => added.kind = section.count(),
            Payload::MemorySection(section) => {
                added.clock = section.count().wrapping_sub(1);
                let last = section.into_iter().last().map(Result::unwrap);
                has_clock = last.is_some_and(|memory| memory.maximum == CLOCK.maximum);
            }
            Payload::GlobalSection(section) => added.seen = section.count().wrapping_sub(1),
            _ => {}
        }
    }
    if !has_clock {
        return polled.to_vec();
    }
    let mut written = Module::new();
    added.parse_core_module(&mut written, Parser::new(0), polled).unwrap();
    written.finish()
}

/// Puts a call in place of each question to the host.
#[derive(Default)]
struct Added {
    kind: u32,
    clock: u32,
    seen: u32,
    /// The function that asks has come; behind it are those that ask and go back.
    has_asked: bool,
    has_imports: bool,
}

impl Reencode for Added {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        Ok(index + 1)
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader,
    ) -> Result<(), reencode::Error> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([], []);
        Ok(())
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), reencode::Error> {
        let is_place = after == Some(SectionId::Type) && before != Some(SectionId::Import);
        if is_place && !std::mem::replace(&mut self.has_imports, true) {
            let mut imports = ImportSection::new();
            imports.import("", "look", EntityType::Function(self.kind));
            module.section(&imports);
        }
        Ok(())
    }

    /// There are none, but there may be a section for them.
    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        _: wasmparser::ImportSectionReader,
    ) -> Result<(), reencode::Error> {
        self.has_imports = true;
        imports.import("", "look", EntityType::Function(self.kind));
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody) -> Result<(), reencode::Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        for operator in body.get_operators_reader()? {
            match operator? {
                // Zero is another number than the clock's, which is one only for the function that goes back to.
                Operator::GlobalGet { global_index } if global_index == self.seen => {
                    let mut code = function.instructions();
                    code.global_get(self.seen).i32_const(1).i32_xor().i32_const(0).global_set(self.seen);
                }
                Operator::GlobalSet { global_index } if global_index == self.seen => {
                    function.instruction(&Instruction::Drop);
                }
                Operator::MemoryGrow { mem } if mem == self.clock => {
                    self.has_asked = true;
                    function.instruction(&Instruction::Call(0));
                }
                operator => {
                    if self.has_asked && matches!(operator, Operator::ReturnCall { .. }) {
                        function.instructions().i32_const(1).global_set(self.seen);
                    }
                    function.instruction(&self.instruction(operator)?);
                }
            }
        }
        code.function(&function);
        Ok(())
    }
}

/// An instance that counts its work.
pub struct Metered {
    store: Store<Looks>,
    instance: Instance,
}

struct Looks {
    limits: StoreLimits,
    /// What was left at the last look.
    fuel: u64,
    /// The most between two looks.
    most: u64,
    count: u64,
}

impl Looks {
    fn look(&mut self, fuel: u64) {
        self.most = self.most.max(self.fuel.saturating_sub(fuel));
        self.fuel = fuel;
    }
}

impl Metered {
    /// None where it traps. So much is counted for a byte and for an entry of a table, also for those that are too many to
    /// be copied.
    pub fn new(module: &[u8], fuel: u64, each: u8) -> Option<Self> {
        let mut cost = OperatorCost::default();
        let variable = &mut cost.variable;
        (variable.memory_copy_per_byte, variable.memory_fill_per_byte, variable.memory_init_per_byte) =
            (each, each, each);
        (variable.table_copy_per_element, variable.table_fill_per_element) = (each, each);
        (variable.table_init_per_element, variable.table_grow_per_element) = (each, each);
        let mut config = Config::new();
        config.consume_fuel(true).operator_cost(cost).wasm_branch_hinting(true);
        let engine = Engine::new(&config).unwrap();
        let module = wasmtime::Module::new(&engine, module).unwrap();
        let limits = StoreLimitsBuilder::new().memory_size(8 << 16).table_elements(SMALL.table as usize).build();
        let mut store = Store::new(&engine, Looks { limits, fuel, most: 0, count: 0 });
        store.limiter(|looks| &mut looks.limits);
        store.set_fuel(fuel).unwrap();
        let mut linker = Linker::new(&engine);
        let look = |mut caller: Caller<Looks>| {
            let fuel = caller.get_fuel().unwrap();
            caller.data_mut().look(fuel);
            caller.data_mut().count += 1;
        };
        linker.func_wrap("", "look", look).unwrap();
        let instance = linker.instantiate(&mut store, &module).ok()?;
        Some(Metered { store, instance })
    }

    pub fn functions(&mut self) -> Vec<String> {
        let exports: Vec<_> = self.instance.exports(&mut self.store).map(|export| export.name().to_owned()).collect();
        exports.into_iter().filter(|name| self.instance.get_func(&mut self.store, name).is_some()).collect()
    }

    /// What it gives, as text, and how many units it took.
    pub fn call(&mut self, name: &str, fuel: u64) -> (Result<String, Trap>, u64) {
        self.store.set_fuel(fuel).unwrap();
        self.store.data_mut().fuel = fuel;
        let function = self.instance.get_func(&mut self.store, name).unwrap();
        let kind = function.ty(&self.store);
        let arguments: Vec<_> = kind.params().map(|kind| argument(&kind)).collect();
        let mut results = vec![Val::I32(0); kind.results().len()];
        let called = function.call(&mut self.store, &arguments, &mut results);
        let left = self.store.get_fuel().unwrap();
        self.store.data_mut().look(left);
        let outcome = match called {
            Ok(()) => Ok(results.iter().map(text).collect()),
            Err(error) => match error.downcast_ref::<Trap>() {
                Some(trap) => Err(*trap),
                None => Ok(format!("{error:#}").lines().next().unwrap_or_default().to_owned()),
            },
        };
        (outcome, fuel - left)
    }

    pub fn looks(&self) -> u64 {
        self.store.data().count
    }

    pub fn check_looks(&self) {
        let most = self.store.data().most;
        assert!(most <= SMALL.stretch + SLACK, "{most} units without a look");
    }

    pub fn memories(&mut self) -> Vec<Vec<u8>> {
        let exports: Vec<_> = self.instance.exports(&mut self.store).map(|export| export.into_extern()).collect();
        let memories = exports.into_iter().filter_map(Extern::into_memory);
        memories.map(|memory| memory.data(&self.store).to_vec()).collect()
    }
}

fn argument(kind: &wasmtime::ValType) -> Val {
    match kind {
        wasmtime::ValType::I32 => Val::I32(300),
        wasmtime::ValType::I64 => Val::I64(300),
        wasmtime::ValType::F32 => Val::F32(1.5_f32.to_bits()),
        wasmtime::ValType::F64 => Val::F64(1.5_f64.to_bits()),
        kind => Val::default_for_ty(kind).expect("it may be null"),
    }
}

/// References are equal when both are null or neither is.
fn text(value: &Val) -> String {
    match value {
        Val::FuncRef(reference) => format!("{} ", reference.is_some()),
        Val::ExternRef(reference) => format!("{} ", reference.is_some()),
        Val::ExnRef(reference) => format!("{} ", reference.is_some()),
        value => format!("{value:?} "),
    }
}

/// One word for how a call ended.
pub fn outcome(outcome: &Result<String, Trap>) -> &'static str {
    match outcome {
        Ok(_) => "ended",
        Err(Trap::OutOfFuel) => "endless",
        Err(Trap::StackOverflow) => "stack",
        Err(_) => "trap",
    }
}
