//! Writes a module anew, with looks at the clock in its code.

use super::{CLOCK, Counts};
use anyhow::Result;
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

/// What is added comes behind its own, whose indices so stay what they are.
pub struct Polled {
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
    pub fn new(counts: Counts, looks: &[bool]) -> Self {
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
    pub fn translate(&mut self, section: CodeSectionReader) -> Result<()> {
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
