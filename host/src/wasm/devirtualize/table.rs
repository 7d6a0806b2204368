//! A module's table, and whether its calls are all that uses it.

use crate::wasm::limits::TABLE_ELEMENTS;
use anyhow::Result;
use std::collections::HashMap;
use wasmparser::{
    CompositeInnerType, ElementItems, ElementKind, ElementSectionReader, ExternalKind, FuncType, Operator, Payload,
    TableInit, TypeRef, ValType,
};

/// A dispatch function finds at most this many targets by comparisons; more by a jump table, with an entry for each
/// index in their span.
pub const COMPARED: usize = 8;

/// A function with fewer parameters than this gets the index as an additional one, in a register. Further parameters
/// would lie on the native stack and prevent a tail call: then a global holds the index.
pub const IN_REGISTERS: usize = 4;

/// A module's functions and its one table.
#[derive(Default)]
pub struct Table {
    pub types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    pub functions: Vec<u32>,
    /// The functions in it, by index.
    entries: HashMap<u32, u32>,
    /// Types of functions that are called through it, in the order of the code.
    pub called: Vec<FuncType>,
    pub tables: usize,
    /// The table's initial size.
    size: u64,
    /// The number of globals, if the module has any of its own.
    globals: Option<u32>,
    imported_globals: u32,
    /// Something besides calls uses the table, or the module has features unknown here.
    pub is_open: bool,
}

impl Table {
    pub fn look_at(&mut self, payload: Payload) -> Result<()> {
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
            Payload::TableSection(section) => {
                for table in section {
                    let table = table?;
                    self.tables += 1;
                    self.size = table.ty.initial;
                    // No sandbox may have a larger table at first. An index has 32 bits.
                    let is_plain = matches!(table.init, TableInit::RefNull) && !table.ty.table64;
                    self.is_open |= !is_plain || self.size > TABLE_ELEMENTS as u64;
                }
            }
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
            let start = start.cast_unsigned();
            // Instantiation would trap.
            if u64::from(start) + u64::from(functions.count()) > self.size {
                self.is_open = true;
                return Ok(());
            }
            for (place, function) in (start..).zip(functions) {
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

    /// The global that holds the index for these functions; None if a parameter does.
    pub fn place_of(&self, called: &FuncType) -> Option<u32> {
        self.globals.filter(|_| called.params().len() >= IN_REGISTERS)
    }

    /// Entries of all jump tables.
    pub fn places(&self) -> u64 {
        let span = |called| {
            let targets = self.of_type(called);
            let ends = targets.first().zip(targets.last()).filter(|_| targets.len() > COMPARED);
            ends.map_or(0, |(first, last)| u64::from(last.0 - first.0) + 1)
        };
        self.called.iter().map(span).sum()
    }

    /// Indices and functions of one type, in order of the indices.
    pub fn of_type(&self, wanted: &FuncType) -> Vec<(u32, u32)> {
        let is_wanted = |function: u32| &self.types[self.functions[function as usize] as usize] == wanted;
        let mut found: Vec<_> = self.entries.iter().map(|(place, function)| (*place, *function)).collect();
        found.retain(|(_, function)| is_wanted(*function));
        found.sort_unstable();
        found
    }
}
