//! Where a guest looks at the clock, so that it gives way to others and ends at its deadline.
//!
//! wasmtime can do that, too: with `epoch_interruption` each function looks at its beginning and each loop in every
//! round, which took a seventh of a template's time. Most of that is for nothing, and wasmtime cannot be told so. Here
//! loops look in every round; functions look where they may be called without end, so that some look in each circle
//! of calls, and what is called between two looks is bounded ([`STRETCH`]).
//!
//! The clock is a memory of the host's ([`is_clock`]): a number that goes up. When it is another than it was at
//! the last look, the guest asks for that memory to grow. It cannot; but the host hears of it, and may let others go
//! first before it says so.

mod circles;

use anyhow::{Result, ensure};
use circles::Calls;
use std::convert::Infallible;
use std::mem;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, BranchHint, BranchHints, CodeSection, ConstExpr, Function, FunctionSection, GlobalSection, GlobalType,
    Instruction, MemArg, MemorySection, MemoryType, Module, SectionId, TypeSection, ValType,
};
use wasmparser::{
    BinaryReader, CodeSectionReader, FunctionBody, FunctionSectionReader, GlobalSectionReader, MemorySectionReader,
    Operator, Parser, Payload, TypeRef, TypeSectionReader,
};

/// Instructions from one look at the clock to the next, at most: well below a millisecond.
const STRETCH: u64 = 100_000;

/// A memory that no guest of ours has otherwise. Its first four bytes are the number.
const CLOCK: MemoryType =
    MemoryType { minimum: 1, maximum: Some(1), memory64: true, shared: false, page_size_log2: None };

/// Whether a memory is the clock.
pub fn is_clock(memory: &wasmtime::MemoryType) -> bool {
    memory.is_64() && (memory.minimum(), memory.maximum()) == (CLOCK.minimum, CLOCK.maximum)
}

/// Gives the module with looks at the clock in its code.
///
/// # Errors
/// When it is not a core module, or has a memory that would be taken for the clock.
pub fn insert(module: &[u8]) -> Result<Vec<u8>> {
    let mut counts = Counts::default();
    let mut calls = Calls::default();
    let mut code = None;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        counts.look_at(&payload)?;
        calls.look_at(&payload)?;
        if let Payload::CodeSectionStart { range, .. } = payload {
            code = Some(BinaryReader::new(&module[range.clone()], range.start));
        }
    }
    let Some(code) = code.filter(|_| calls.has_loops() || calls.has_circles()) else { return Ok(module.to_vec()) };
    let mut polled = Polled::new(counts, &calls.looking(STRETCH));
    polled.translate(CodeSectionReader::new(code)?)?;
    let mut written = Module::new();
    utils::parse_core_module(&mut polled, &mut written, Parser::new(0), module)?;
    Ok(written.finish())
}

/// How many there are of what has an index.
#[derive(Default)]
struct Counts {
    /// Of each type: how many parameters it has, if it is one of functions.
    types: Vec<usize>,
    imported_functions: u32,
    /// Of each function with a body: its type.
    functions: Vec<u32>,
    memories: u32,
    globals: u32,
}

impl Counts {
    fn look_at(&mut self, payload: &Payload) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for kind in section.clone().into_iter_err_on_gc_types() {
                    self.types.push(kind?.params().len());
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    match import?.ty {
                        TypeRef::Func(_) => self.imported_functions += 1,
                        TypeRef::Memory(_) => self.memories += 1,
                        TypeRef::Global(_) => self.globals += 1,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for kind in section.clone() {
                    self.functions.push(kind?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let memory = memory?;
                    let is_clock = memory.memory64 && (memory.initial, memory.maximum) == (1, Some(1));
                    ensure!(!is_clock, "a 64-bit memory of one page is nothing that wasgi can serve");
                    self.memories += 1;
                }
            }
            Payload::GlobalSection(section) => self.globals += section.count(),
            _ => {}
        }
        Ok(())
    }
}

/// Writes the module anew. What is added comes behind its own, whose indices so stay what they are.
struct Polled {
    counts: Counts,
    /// Functions that look at their beginning, in their order.
    looking: Vec<Looking>,
    /// Indices of what is added.
    tick_type: u32,
    tick: u32,
    clock: u32,
    seen: u32,
    code: CodeSection,
    hints: BranchHints,
    has_memories: bool,
    has_globals: bool,
}

/// A function that looks at its beginning.
struct Looking {
    index: u32,
    kind: u32,
    parameters: u32,
    /// The function that it goes over to when there is something new: it asks, and goes back. A call from within would be
    /// in the way of all that the function holds in registers.
    late: u32,
}

impl Polled {
    fn new(counts: Counts, looks: &[bool]) -> Self {
        let tick = counts.imported_functions + counts.functions.len() as u32;
        let looking = looks.iter().zip(0..).filter(|(looks, _)| **looks).zip(tick + 1..);
        let looking = looking.map(|((_, own), late)| {
            let kind = counts.functions[own];
            let parameters = counts.types[kind as usize] as u32;
            Looking { index: counts.imported_functions + own as u32, kind, parameters, late }
        });
        Polled {
            looking: looking.collect(),
            tick_type: counts.types.len() as u32,
            tick,
            clock: counts.memories,
            seen: counts.globals,
            counts,
            code: CodeSection::new(),
            hints: BranchHints::new(),
            has_memories: false,
            has_globals: false,
        }
    }

    /// All code, before anything is written: the hints on it stand before it.
    fn translate(&mut self, section: CodeSectionReader) -> Result<()> {
        let mut code = CodeSection::new();
        let mut looking = mem::take(&mut self.looking).into_iter().peekable();
        for (body, index) in section.into_iter().zip(self.counts.imported_functions..) {
            let looks = looking.next_if(|looking| looking.index == index);
            code.function(&self.body(&body?, index, looks.as_ref())?);
            self.looking.extend(looks);
        }
        code.function(&self.tick());
        for looking in &self.looking {
            code.function(&self.late(looking));
        }
        self.code = code;
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody, index: u32, looks: Option<&Looking>) -> Result<Function> {
        let mut function = self.new_function_with_parsed_locals(body)?;
        let mut hints = vec![];
        if let Some(looking) = looks {
            hints.push(self.look(&mut function, |function| looking.go_to(looking.late, function)));
        }
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            let is_loop = matches!(operator, Operator::Loop { .. });
            function.instruction(&utils::instruction(self, operator)?);
            if is_loop {
                let tick = Instruction::Call(self.tick);
                hints.push(self.look(&mut function, |function| {
                    function.instruction(&tick);
                }));
            }
        }
        if !hints.is_empty() {
            self.hints.function_hints(index, hints);
        }
        Ok(function)
    }

    /// Leaves the stack as it is. Gives the hint that there is mostly nothing new.
    fn look(&self, function: &mut Function, if_new: impl FnOnce(&mut Function)) -> BranchHint {
        self.read_clock(function);
        function.instruction(&Instruction::GlobalGet(self.seen));
        function.instruction(&Instruction::I32Ne);
        let hint = BranchHint { branch_func_offset: function.byte_len() as u32, branch_hint_value: 0 };
        function.instruction(&Instruction::If(BlockType::Empty));
        if_new(function);
        function.instruction(&Instruction::End);
        hint
    }

    /// Asks, and begins the function.
    fn late(&self, looking: &Looking) -> Function {
        let mut function = Function::new([]);
        function.instruction(&Instruction::Call(self.tick));
        looking.go_to(looking.index, &mut function);
        function.instruction(&Instruction::End);
        function
    }

    fn read_clock(&self, function: &mut Function) {
        function.instruction(&Instruction::I64Const(0));
        function.instruction(&Instruction::I32Load(MemArg { offset: 0, align: 2, memory_index: self.clock }));
    }

    /// Asks the host whether to go on.
    fn tick(&self) -> Function {
        let mut function = Function::new([]);
        self.read_clock(&mut function);
        function.instruction(&Instruction::GlobalSet(self.seen));
        function.instruction(&Instruction::I64Const(1));
        function.instruction(&Instruction::MemoryGrow(self.clock));
        function.instruction(&Instruction::Drop);
        function.instruction(&Instruction::End);
        function
    }

    fn add_clock(&mut self, memories: &mut MemorySection) {
        memories.memory(CLOCK);
        self.has_memories = true;
    }

    fn add_seen(&mut self, globals: &mut GlobalSection) {
        let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(kind, &ConstExpr::i32_const(0));
        self.has_globals = true;
    }
}

impl Looking {
    /// Calls a function with the same parameters in place of this one.
    fn go_to(&self, other: u32, function: &mut Function) {
        for parameter in 0..self.parameters {
            function.instruction(&Instruction::LocalGet(parameter));
        }
        function.instruction(&Instruction::ReturnCall(other));
    }
}

impl Reencode for Polled {
    type Error = Infallible;

    /// Sections that the module has not are written where they would stand.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error<Self::Error>> {
        if !self.has_memories && comes_after(before, SectionId::Memory) {
            let mut memories = MemorySection::new();
            self.add_clock(&mut memories);
            module.section(&memories);
        }
        if !self.has_globals && comes_after(before, SectionId::Global) {
            let mut globals = GlobalSection::new();
            self.add_seen(&mut globals);
            module.section(&globals);
        }
        if before == Some(SectionId::Code) {
            module.section(&self.hints);
        }
        Ok(())
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([], []);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_function_section(self, functions, section)?;
        functions.function(self.tick_type);
        for looking in &self.looking {
            functions.function(looking.kind);
        }
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_memory_section(self, memories, section)?;
        self.add_clock(memories);
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_global_section(self, globals, section)?;
        self.add_seen(globals);
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _: CodeSectionReader) -> Result<(), Error<Self::Error>> {
        *code = mem::take(&mut self.code);
        Ok(())
    }
}

/// Whether a section stands behind the place of `earlier`; none is the end of the module.
fn comes_after(section: Option<SectionId>, earlier: SectionId) -> bool {
    section.is_none_or(|section| place(section) > place(earlier))
}

/// The order of sections is nearly that of their numbers.
fn place(section: SectionId) -> u8 {
    match section {
        SectionId::Tag => 2 * SectionId::Memory as u8 + 1,
        SectionId::DataCount => 2 * SectionId::Element as u8 + 1,
        section => 2 * section as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{ExportKind, ExportSection};
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
            let asks = maximum == Some(current);
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
        assert!(insert(&module(&[CLOCK])).unwrap_err().to_string().contains("64-bit memory"));
    }

    #[test]
    fn what_has_no_loop_stays_as_it_is() {
        let empty = Module::new().finish();
        assert_eq!(insert(&empty).unwrap(), empty);
    }
}
