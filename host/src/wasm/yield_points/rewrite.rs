//! Rewrites a module, with checks of the epoch in its code.

use super::bulk::{self, Bulk, Lengths};
use super::calls::Calls;
use super::counts::Counts;
use super::epoch::EPOCH;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::mem;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, BranchHint, BranchHints, CodeSection, ConstExpr, Function, FunctionSection, GlobalSection, GlobalType,
    Instruction, MemArg, MemorySection, Module, SectionId, TypeSection, ValType,
};
use wasmparser::{
    CodeSectionReader, FunctionBody, FunctionSectionReader, GlobalSectionReader, MemorySectionReader, Operator,
    TypeSectionReader,
};

/// Additions are appended, so the module's own indices stay.
pub struct Instrumented<'a> {
    counts: &'a Counts,
    calls: &'a Calls<'a>,
    /// Functions that check at their beginning, in their order.
    entries: Vec<EntryCheck>,
    /// For each function, the instructions with a check in front of them.
    between: &'a [BTreeSet<usize>],
    /// Which bulk instructions are done piece by piece, and by which function. The types of these functions come after
    /// that of `tick`.
    piecewise: BTreeMap<Bulk, u32>,
    /// Indices of the additions.
    tick_type: u32,
    tick: u32,
    clock: u32,
    seen: u32,
    code: CodeSection,
    hints: BranchHints,
    has_memories: bool,
    has_globals: bool,
}

/// A function that checks at its beginning.
struct EntryCheck {
    index: u32,
    kind: u32,
    parameters: u32,
    /// Its slow path, which calls the host and goes back. A call from within the function would spill all that it holds
    /// in registers.
    slow_path: u32,
}

impl<'a> Instrumented<'a> {
    /// `checks` says of each function whether it checks at its beginning.
    pub fn new(counts: &'a Counts, calls: &'a Calls, checks: &[bool], between: &'a [BTreeSet<usize>]) -> Self {
        let tick = counts.imported_functions + counts.functions.len() as u32;
        let entries = checks.iter().zip(0..).filter(|(checks, _)| **checks).zip(tick + 1..);
        let entries = entries.map(|((_, own), slow_path)| {
            let kind = counts.functions[own];
            let parameters = counts.types[kind as usize] as u32;
            EntryCheck { index: counts.imported_functions + own as u32, kind, parameters, slow_path }
        });
        let entries: Vec<_> = entries.collect();
        let after = tick + 1 + entries.len() as u32;
        Instrumented {
            entries,
            between,
            piecewise: calls.piecewise().into_iter().zip(after..).collect(),
            tick_type: counts.types.len() as u32,
            tick,
            clock: counts.memories.len() as u32,
            seen: counts.globals,
            counts,
            calls,
            code: CodeSection::new(),
            hints: BranchHints::new(),
            has_memories: false,
            has_globals: false,
        }
    }

    /// Whether there is anything to add: loops check, too.
    pub fn adds_any(&self) -> bool {
        let checks = self.calls.has_loops || !self.entries.is_empty();
        checks || !self.piecewise.is_empty() || self.between.iter().any(|places| !places.is_empty())
    }

    /// Translates all code before anything is written: the branch hints come before it.
    pub fn translate(&mut self, section: CodeSectionReader) -> Result<()> {
        let mut code = CodeSection::new();
        let mut entries = mem::take(&mut self.entries).into_iter().peekable();
        for (body, index) in section.into_iter().zip(self.counts.imported_functions..) {
            let checks = entries.next_if(|entry| entry.index == index);
            code.function(&self.body(&body?, index, checks.as_ref())?);
            self.entries.extend(checks);
        }
        code.function(&self.tick());
        for entry in &self.entries {
            code.function(&self.slow_path(entry));
        }
        for bulk in self.piecewise.keys() {
            code.function(&bulk.piecewise(&self.counts.memories, self.calls.bounds, |function| {
                self.check(function, |function| self.ask(function));
            }));
        }
        self.code = code;
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody, index: u32, checks: Option<&EntryCheck>) -> Result<Function> {
        let own = (index - self.counts.imported_functions) as usize;
        let (mut function, lengths) = self.with_locals(body, own)?;
        let mut hints = vec![];
        if let Some(entry) = checks {
            hints.push(self.check(&mut function, |function| entry.go_to(entry.slow_path, function)));
        }
        let mut known = Lengths::new(self.calls.bounds);
        for (place, operator) in body.get_operators_reader()?.into_iter().enumerate() {
            let operator = operator?;
            if self.between[own].contains(&place) {
                hints.push(self.check(&mut function, |function| self.ask(function)));
            }
            let is_loop = matches!(operator, Operator::Loop { .. });
            match known.work(&operator, &[]).piecewise.filter(|bulk| self.piecewise.contains_key(bulk)) {
                Some(bulk) => hints.push(self.divide(bulk, &lengths, &mut function)),
                None => {
                    function.instruction(&utils::instruction(self, operator)?);
                }
            }
            if is_loop {
                hints.push(self.check(&mut function, |function| self.ask(function)));
            }
        }
        if !hints.is_empty() {
            self.hints.function_hints(index, hints);
        }
        Ok(function)
    }

    /// A function with the locals of another, and one more for each type of length operand.
    fn with_locals(&mut self, body: &FunctionBody, own: usize) -> Result<(Function, HashMap<ValType, u32>)> {
        let mut locals = vec![];
        let mut next = self.counts.types[self.counts.functions[own] as usize] as u32;
        for group in body.get_locals_reader()? {
            let (number, kind) = group?;
            next += number;
            locals.push((number, self.val_type(kind)?));
        }
        let mut lengths = HashMap::new();
        for bulk in &self.calls.functions[own].piecewise {
            lengths.entry(bulk.parameters(&self.counts.memories)[2]).or_insert_with_key(|kind| {
                locals.push((1, *kind));
                next += 1;
                next - 1
            });
        }
        Ok((Function::new(locals), lengths))
    }

    /// Copies or fills: at once if it is little, piece by piece if it is much.
    fn divide(&self, bulk: Bulk, lengths: &HashMap<ValType, u32>, function: &mut Function) -> BranchHint {
        let length = bulk.parameters(&self.counts.memories)[2];
        let mut code = function.instructions();
        code.local_tee(lengths[&length]).local_get(lengths[&length]);
        bulk::is_much(length, self.calls.bounds, &mut code);
        let hint = unlikely(function);
        let kind = self.tick_type + 1 + self.piecewise.keys().position(|other| *other == bulk).unwrap_or(0) as u32;
        let mut code = function.instructions();
        code.if_(BlockType::FunctionType(kind)).call(self.piecewise[&bulk]).else_();
        bulk.write(&mut code);
        code.end();
        hint
    }

    /// Leaves the stack as it is. Returns the hint that the epoch has rarely changed.
    fn check(&self, function: &mut Function, if_new: impl FnOnce(&mut Function)) -> BranchHint {
        self.read_clock(function);
        function.instruction(&Instruction::GlobalGet(self.seen));
        function.instruction(&Instruction::I32Ne);
        let hint = unlikely(function);
        function.instruction(&Instruction::If(BlockType::Empty));
        if_new(function);
        function.instruction(&Instruction::End);
        hint
    }

    fn ask(&self, function: &mut Function) {
        function.instruction(&Instruction::Call(self.tick));
    }

    /// The slow path: calls the host, then the function again.
    fn slow_path(&self, entry: &EntryCheck) -> Function {
        let mut function = Function::new([]);
        self.ask(&mut function);
        entry.go_to(entry.index, &mut function);
        function.instruction(&Instruction::End);
        function
    }

    fn read_clock(&self, function: &mut Function) {
        function.instruction(&Instruction::I64Const(0));
        function.instruction(&Instruction::I32Load(MemArg { offset: 0, align: 2, memory_index: self.clock }));
    }

    /// Calls the host, which lets the guest go on, or not.
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
        memories.memory(EPOCH);
        self.has_memories = true;
    }

    fn add_seen(&mut self, globals: &mut GlobalSection) {
        let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(kind, &ConstExpr::i32_const(0));
        self.has_globals = true;
    }
}

impl EntryCheck {
    /// Tail-calls a function with the same parameters.
    fn go_to(&self, other: u32, function: &mut Function) {
        for parameter in 0..self.parameters {
            function.instruction(&Instruction::LocalGet(parameter));
        }
        function.instruction(&Instruction::ReturnCall(other));
    }
}

impl Reencode for Instrumented<'_> {
    type Error = Infallible;

    /// Writes sections that the module lacks at their places.
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
        for bulk in self.piecewise.keys() {
            types.ty().function(bulk.parameters(&self.counts.memories), []);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_function_section(self, functions, section)?;
        functions.function(self.tick_type);
        for entry in &self.entries {
            functions.function(entry.kind);
        }
        for kind in (self.tick_type + 1..).take(self.piecewise.len()) {
            functions.function(kind);
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

/// The hint that the next `if` is rarely taken.
fn unlikely(function: &Function) -> BranchHint {
    BranchHint { branch_func_offset: function.byte_len() as u32, branch_hint_value: 0 }
}

/// Whether a section stands after the place of `earlier`; None is the end of the module.
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
