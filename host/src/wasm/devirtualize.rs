//! Devirtualizes: calls through a module's table of functions become direct calls.
//!
//! In each fresh instance wasmtime resolves a table entry when it is first called, and the interpreter calls hundreds
//! of entries in a small request. But a table that nothing writes to holds no more information than code: each call
//! through it becomes a call of a dispatch function, which gets the table index as an argument and calls the function
//! there. The table's entries go, and so does what an instance keeps for each.
//!
//! Only in machine code: the component stays as it is for every other host.

mod table;

use super::reencode;
use anyhow::Result;
use std::collections::HashMap;
use table::{COMPARED, Table};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ElementSection, Function, FunctionSection, GlobalSection, GlobalType,
    Instruction, TableSection, TypeSection,
};
use wasmparser::{
    CodeSectionReader, ElementSectionReader, FuncType, FunctionBody, FunctionSectionReader, GlobalSectionReader,
    Operator, Parser, TableSectionReader, TypeSectionReader,
};

/// Entries of all jump tables together; the interpreter's have some hundred thousand.
const MOST_PLACES: u64 = 4 << 20;

/// Returns the module with direct calls; None if its table can change, is visible from outside, is not called, or is
/// too large.
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
    if table.tables != 1 || table.called.is_empty() || table.places() > MOST_PLACES {
        return Ok(None);
    }
    Ok(Some(reencode::module(module, &mut Devirtualizer::new(&table))?))
}

/// Rewrites the module. Types and dispatch functions are appended, so the module's own indices stay.
struct Devirtualizer<'a> {
    table: &'a Table,
    /// The dispatch function of each called type.
    dispatchers: HashMap<&'a FuncType, u32>,
}

impl<'a> Devirtualizer<'a> {
    fn new(table: &'a Table) -> Self {
        let dispatchers = table.called.iter().zip(table.functions.len() as u32..).collect();
        Devirtualizer { table, dispatchers }
    }

    /// Replaces a call through the table.
    fn call(&self, called: u32, call: impl Fn(u32) -> Instruction<'static>, body: &mut Function) {
        let called = &self.table.types[called as usize];
        if let Some(global) = self.table.place_of(called) {
            body.instruction(&Instruction::GlobalSet(global));
        }
        body.instruction(&call(self.dispatchers[called]));
    }
}

impl Reencode for Devirtualizer<'_> {
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

    /// No entries are left.
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
            code.function(&dispatcher(parameters, &place, &self.table.of_type(called)));
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

/// A dispatch function: calls the function at the index in `place`. Any other index traps, as it did with the table.
fn dispatcher(parameters: u32, place: &Instruction, targets: &[(u32, u32)]) -> Function {
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

/// Nests a block for each target: leaving the innermost one reaches the first target.
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
mod tests;
