//! Calls through a module's table of functions become direct calls.
//!
//! In each fresh instance wasmtime looks a function of the table up when it is first called through it, and the
//! interpreter calls hundreds of them so in a small request. But a table that nothing writes to says no more than code
//! does: in place of each call through it there is one of a *switch*, a function that is told the place in the table
//! and goes on to the function that stands there. With the table go its entries, and what an instance keeps for each.
//!
//! Only in machine code: a component is as it is on every other host.

use anyhow::Result;
use std::collections::HashMap;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Function, FunctionSection, GlobalSection, GlobalType,
    Instruction, Module, TableSection, TypeSection,
};
use wasmparser::{
    CodeSectionReader, CompositeInnerType, ElementItems, ElementKind, ElementSectionReader, ExternalKind, FuncType,
    FunctionBody, FunctionSectionReader, GlobalSectionReader, Operator, Parser, Payload, TableSectionReader, TypeRef,
    TypeSectionReader, ValType,
};

/// So few functions are told apart by comparing; more by a jump, whose table has an entry for each place between them.
const COMPARED: usize = 8;

/// Functions with fewer parameters than this are told the place as one more, in a register. More of them would lie on the
/// native stack, and be in the way of a call in place of a return: then the place goes by a global.
const IN_REGISTERS: usize = 4;

/// Gives the module with direct calls; None when its table can change, or be seen from outside, or is of no use.
///
/// # Errors
/// When it is not a core module.
pub fn calls(module: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut table = Table::default();
    for payload in Parser::new(0).parse_all(module) {
        table.look_at(payload?)?;
        if table.is_open {
            return Ok(None);
        }
    }
    if table.tables != 1 || table.called.is_empty() {
        return Ok(None);
    }
    let mut direct = Module::new();
    utils::parse_core_module(&mut Direct::new(&table), &mut direct, Parser::new(0), module)?;
    Ok(Some(direct.finish()))
}

/// What a module says of its functions and of the one table that it has.
#[derive(Default)]
struct Table {
    types: Vec<FuncType>,
    /// Of each function, imported ones first: its type.
    functions: Vec<u32>,
    /// The functions in it, by their place.
    entries: HashMap<u32, u32>,
    /// Types of which functions are called through it, in the order of the code.
    called: Vec<FuncType>,
    tables: usize,
    /// Global variables, where the module has any of its own.
    globals: Option<u32>,
    imported_globals: u32,
    /// Something besides calls has to do with it, or there is what is not understood here.
    is_open: bool,
}

impl Table {
    fn look_at(&mut self, payload: Payload) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for kind in group?.into_types() {
                        let CompositeInnerType::Func(function) = kind.composite_type.inner else {
                            self.is_open = true;
                            return Ok(());
                        };
                        self.types.push(function);
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    match import?.ty {
                        TypeRef::Func(kind) => self.functions.push(kind),
                        TypeRef::Table(_) => self.is_open = true,
                        TypeRef::Global(_) => self.imported_globals += 1,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for kind in section {
                    self.functions.push(kind?);
                }
            }
            Payload::TableSection(section) => self.tables += section.count() as usize,
            Payload::GlobalSection(section) => {
                self.globals = Some(self.imported_globals + section.count());
                for global in section {
                    self.is_open |= matches!(global?.ty.content_type, ValType::Ref(_));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    self.is_open |= export?.kind == ExternalKind::Table;
                }
            }
            Payload::ElementSection(section) => self.look_at_entries(section)?,
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader()? {
                    self.look_at_operator(&operator?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn look_at_entries(&mut self, section: ElementSectionReader) -> Result<()> {
        for element in section {
            let element = element?;
            let (ElementKind::Active { table_index: None | Some(0), offset_expr }, ElementItems::Functions(functions)) =
                (element.kind, element.items)
            else {
                self.is_open = true;
                return Ok(());
            };
            let Operator::I32Const { value: start } = offset_expr.get_operators_reader().read()? else {
                self.is_open = true;
                return Ok(());
            };
            for (place, function) in (start.cast_unsigned()..).zip(functions) {
                self.entries.insert(place, function?);
            }
        }
        Ok(())
    }

    fn look_at_operator(&mut self, operator: &Operator) {
        match *operator {
            Operator::CallIndirect { type_index, .. } | Operator::ReturnCallIndirect { type_index, .. } => {
                let called = &self.types[type_index as usize];
                if !self.called.contains(called) {
                    self.called.push(called.clone());
                }
            }
            Operator::RefFunc { .. }
            | Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableSize { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. } => self.is_open = true,
            _ => {}
        }
    }

    /// Which global tells a switch for these functions the place; None if a parameter does.
    fn place_of(&self, called: &FuncType) -> Option<u32> {
        self.globals.filter(|_| called.params().len() >= IN_REGISTERS)
    }

    /// Places and functions of one type, in order of the places.
    fn of_type(&self, wanted: &FuncType) -> Vec<(u32, u32)> {
        let is_wanted = |function: u32| &self.types[self.functions[function as usize] as usize] == wanted;
        let mut found: Vec<_> = self.entries.iter().map(|(place, function)| (*place, *function)).collect();
        found.retain(|(_, function)| is_wanted(*function));
        found.sort_unstable();
        found
    }
}

/// Writes the module anew. Types and functions of switches come behind its own, whose indices so stay what they are.
struct Direct<'a> {
    table: &'a Table,
    /// By the type of what is called: which function is its switch.
    switches: HashMap<&'a FuncType, u32>,
}

impl<'a> Direct<'a> {
    fn new(table: &'a Table) -> Self {
        let switches = table.called.iter().zip(table.functions.len() as u32..).collect();
        Direct { table, switches }
    }

    /// What stands in place of a call through the table.
    fn call(&self, called: u32, call: impl Fn(u32) -> Instruction<'static>, body: &mut Function) {
        let called = &self.table.types[called as usize];
        if let Some(global) = self.table.place_of(called) {
            body.instruction(&Instruction::GlobalSet(global));
        }
        body.instruction(&call(self.switches[called]));
    }
}

impl Reencode for Direct<'_> {
    type Error = std::convert::Infallible;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_type_section(self, types, section)?;
        for called in &self.table.called {
            let kind = self.func_type(called.clone())?;
            let place = self.table.place_of(called).is_none().then_some(wasm_encoder::ValType::I32);
            let parameters: Vec<_> = kind.params().iter().copied().chain(place).collect();
            types.ty().function(parameters, kind.results().iter().copied());
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_function_section(self, functions, section)?;
        for kind in (self.table.types.len() as u32..).take(self.table.called.len()) {
            functions.function(kind);
        }
        Ok(())
    }

    /// Nothing is left to be in it.
    fn parse_table_section(&mut self, _: &mut TableSection, _: TableSectionReader) -> Result<(), Error<Self::Error>> {
        Ok(())
    }

    fn parse_element_section(
        &mut self,
        _: &mut ElementSection,
        _: ElementSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_code_section(self, code, section)?;
        for called in &self.table.called {
            let parameters = called.params().len() as u32;
            let place = self.table.place_of(called).map_or(Instruction::LocalGet(parameters), Instruction::GlobalGet);
            code.function(&switch(parameters, &place, &self.table.of_type(called)));
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_global_section(self, globals, section)?;
        let place = GlobalType { val_type: wasm_encoder::ValType::I32, mutable: true, shared: false };
        globals.global(place, &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody) -> Result<(), Error<Self::Error>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::CallIndirect { type_index, .. } => self.call(type_index, Instruction::Call, &mut function),
                Operator::ReturnCallIndirect { type_index, .. } => {
                    self.call(type_index, Instruction::ReturnCall, &mut function);
                }
                operator => {
                    function.instruction(&self.instruction(operator)?);
                }
            }
        }
        code.function(&function);
        Ok(())
    }
}

/// Goes on to the function at the place that `place` tells. Any other place traps, as it did in a table.
fn switch(parameters: u32, place: &Instruction, targets: &[(u32, u32)]) -> Function {
    let mut body = Function::new([]);
    if targets.len() <= COMPARED {
        for &(number, function) in targets {
            body.instruction(place);
            body.instruction(&Instruction::I32Const(number.cast_signed()));
            body.instruction(&Instruction::I32Eq);
            body.instruction(&Instruction::If(BlockType::Empty));
            go_on(&mut body, parameters, function);
            body.instruction(&Instruction::End);
        }
    } else {
        jump(&mut body, parameters, place, targets);
    }
    body.instruction(&Instruction::Unreachable);
    body.instruction(&Instruction::End);
    body
}

/// A block around a block for each target: leaving the innermost one comes to the first target.
fn jump(body: &mut Function, parameters: u32, place: &Instruction, targets: &[(u32, u32)]) {
    let elsewhere = targets.len() as u32;
    let (first, last) = (targets[0].0, targets[targets.len() - 1].0);
    let mut labels = vec![elsewhere; (last - first + 1) as usize];
    for (label, (number, _)) in targets.iter().enumerate() {
        labels[(number - first) as usize] = label as u32;
    }
    for _ in 0..=elsewhere {
        body.instruction(&Instruction::Block(BlockType::Empty));
    }
    body.instruction(place);
    body.instruction(&Instruction::I32Const(first.cast_signed()));
    body.instruction(&Instruction::I32Sub);
    body.instruction(&Instruction::BrTable(labels.into(), elsewhere));
    body.instruction(&Instruction::End);
    for &(_, function) in targets {
        go_on(body, parameters, function);
        body.instruction(&Instruction::End);
    }
}

fn go_on(body: &mut Function, parameters: u32, function: u32) {
    for parameter in 0..parameters {
        body.instruction(&Instruction::LocalGet(parameter));
    }
    body.instruction(&Instruction::ReturnCall(function));
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        Elements, ExportKind, ExportSection, RefType, TableSection as Tables, TableType, ValType as Kind,
    };
    use wasmtime::{Engine, Instance, Store};

    /// In the table of [`module`]: nothing first, then functions of one type and a few of another.
    const ENTRIES: u32 = 20;

    /// Exports `call(x, place)`, which calls through a table. Functions whose number divides by five take nothing, and
    /// are not what is called; the others take `x` so many times, and give it and their number. `more` is code in front
    /// of the call.
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

    /// What each place of the table gives; None is a trap.
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
            assert_eq!(answers, super::tests::answers(&module));
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
            code.function(&switch(0, &Instruction::LocalGet(0), targets));
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
}
