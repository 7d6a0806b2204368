//! Runs a module and measures the work between its checks, for tests.

use super::*;
use wasmtime::{
    Caller, Config, Engine, Extern, Instance, Linker, OperatorCost, Store, StoreLimits, StoreLimitsBuilder, Trap, Val,
};

/// Small enough that the tests' modules reach them.
pub const SMALL: Bounds =
    Bounds { stretch: 3000, call: 500, little: 50, at_once: 32, piece: 256, table: 100, host: 10 };
/// Units that wasmtime counts and the pass does not, or counts later: the code of a check.
const SLACK: u64 = 100;
/// The name under which a module imports the exports of the one before it.
pub const BEFORE: &str = "before";

/// A module as it is served, with small bounds, as if the outside could call all its exports. None if wasgi cannot
/// serve it.
pub fn rewritten(module: &[u8]) -> Option<Vec<u8>> {
    let direct = crate::wasm::devirtualize::calls(module).unwrap().unwrap_or_else(|| module.to_vec());
    let instrumented = insert_within(SMALL, &Links::default(), &[direct], None).ok()?;
    instrumented.into_iter().next()
}

/// Instances that count their work. Calls go to the last one.
pub struct Metered {
    store: Store<Checks>,
    instances: Vec<Instance>,
}

struct Checks {
    limits: StoreLimits,
    /// The fuel left at the last check.
    fuel: u64,
    /// The most between two checks.
    most: u64,
    count: u64,
}

impl Checks {
    fn check(&mut self, fuel: u64) {
        self.most = self.most.max(self.fuel.saturating_sub(fuel));
        self.fuel = fuel;
    }
}

impl Metered {
    pub fn new(module: &[u8], fuel: u64, each: u8) -> Option<Self> {
        Metered::linked(&[module.to_vec()], fuel, each)
    }

    /// None if one traps. `each` is the cost of a byte and of a table entry, also if they are too many to be copied.
    pub fn linked(modules: &[Vec<u8>], fuel: u64, each: u8) -> Option<Self> {
        let mut cost = OperatorCost::default();
        let variable = &mut cost.variable;
        (variable.memory_copy_per_byte, variable.memory_fill_per_byte, variable.memory_init_per_byte) =
            (each, each, each);
        (variable.table_copy_per_element, variable.table_fill_per_element) = (each, each);
        (variable.table_init_per_element, variable.table_grow_per_element) = (each, each);
        let mut config = Config::new();
        config.consume_fuel(true).operator_cost(cost).wasm_branch_hinting(true);
        let engine = Engine::new(&config).unwrap();
        let limits = StoreLimitsBuilder::new().memory_size(8 << 16).table_elements(SMALL.table as usize).build();
        let mut store = Store::new(&engine, Checks { limits, fuel, most: 0, count: 0 });
        store.limiter(|checks| &mut checks.limits);
        store.set_fuel(fuel).unwrap();
        let mut linker = Linker::new(&engine);
        let check = |mut caller: Caller<Checks>| {
            let fuel = caller.get_fuel().unwrap();
            caller.data_mut().check(fuel);
            caller.data_mut().count += 1;
        };
        linker.func_wrap("", "look", check).unwrap();
        linker.allow_shadowing(true);
        let mut instances = vec![];
        for module in modules {
            let module = wasmtime::Module::new(&engine, module).unwrap();
            let instance = linker.instantiate(&mut store, &module).ok()?;
            linker.instance(&mut store, BEFORE, instance).unwrap();
            instances.push(instance);
        }
        Some(Metered { store, instances })
    }

    fn last(&self) -> Instance {
        *self.instances.last().expect("a module")
    }

    pub fn functions(&mut self) -> Vec<String> {
        let last = self.last();
        let exports: Vec<_> = last.exports(&mut self.store).map(|export| export.name().to_owned()).collect();
        exports.into_iter().filter(|name| last.get_func(&mut self.store, name).is_some()).collect()
    }

    /// The result as text, and the units it took.
    pub fn call(&mut self, name: &str, fuel: u64) -> (Result<String, Trap>, u64) {
        self.store.set_fuel(fuel).unwrap();
        self.store.data_mut().fuel = fuel;
        let function = self.last().get_func(&mut self.store, name).unwrap();
        let kind = function.ty(&self.store);
        let arguments: Vec<_> = kind.params().map(|kind| argument(&kind)).collect();
        let mut results = vec![Val::I32(0); kind.results().len()];
        let called = function.call(&mut self.store, &arguments, &mut results);
        let left = self.store.get_fuel().unwrap();
        self.store.data_mut().check(left);
        let outcome = match called {
            Ok(()) => Ok(results.iter().map(text).collect()),
            Err(error) => match error.downcast_ref::<Trap>() {
                Some(trap) => Err(*trap),
                None => Ok(format!("{error:#}").lines().next().unwrap_or_default().to_owned()),
            },
        };
        (outcome, fuel - left)
    }

    pub fn checks(&self) -> u64 {
        self.store.data().count
    }

    pub fn verify_checks(&self) {
        let most = self.store.data().most;
        assert!(most <= SMALL.stretch + SLACK, "{most} units without a look");
    }

    pub fn memories(&mut self) -> Vec<Vec<u8>> {
        let mut exports = vec![];
        for instance in &self.instances {
            exports.extend(instance.exports(&mut self.store).map(|export| export.into_extern()));
        }
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

/// How a call ended, in one word.
pub fn outcome(outcome: &Result<String, Trap>) -> &'static str {
    match outcome {
        Ok(_) => "ended",
        Err(Trap::OutOfFuel) => "endless",
        Err(Trap::StackOverflow) => "stack",
        Err(_) => "trap",
    }
}
