//! Writes the guest with side modules behind its own functions, data and table.

use super::exports::Exports;
use super::methods;
use super::resolve::{Layout, Placed, Value};
use crate::units::WASM_PAGE;
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection, Function,
    FunctionSection, Instruction, MemorySection, NameMap, NameSection, TableSection, TypeSection,
};
use wasmparser::{
    CodeSectionReader, DataSectionReader, ElementSectionReader, ExportSectionReader, FunctionSectionReader,
    MemorySectionReader, Name, Operator, TableSectionReader, TypeSectionReader,
};

/// The host's first call, which makes the guest's C code ready.
const INITIALIZE: &str = "_initialize";
/// Adds a module to those that CPython has built in; for before Python starts.
const REGISTER: &str = "PyImport_AppendInittab";

pub struct Appended<'a> {
    kept: &'a HashSet<String>,
    layout: Layout,
    placed: Vec<Placed<'a>>,
    own_types: usize,
    initializer_type: u32,
    initialize: u32,
    register: u32,
}

impl<'a> Appended<'a> {
    /// # Errors
    /// When the guest cannot register modules.
    pub fn new(exports: &Exports, kept: &'a HashSet<String>, layout: Layout, placed: Vec<Placed<'a>>) -> Result<Self> {
        let exported = |name| exports.function(name).with_context(|| format!("the guest does not export {name}"));
        let (initialize, register) = (exported(INITIALIZE)?, exported(REGISTER)?);
        let (own_types, initializer_type) = (exports.types.len(), layout.types.len() as u32);
        Ok(Appended { kept, layout, placed, own_types, initializer_type, initialize, register })
    }

    /// The function that runs in place of `_initialize`.
    fn initializer(&self) -> Function {
        let mut body = Function::new([]);
        body.instruction(&Instruction::Call(self.initialize));
        for placed in &self.placed {
            if let Some(constructors) = placed.side.constructors() {
                body.instruction(&Instruction::Call(placed.functions[constructors as usize]));
            }
            for (name, init) in &placed.modules {
                body.instruction(&Instruction::I32Const(name.cast_signed()))
                    .instruction(&Instruction::I32Const(init.cast_signed()))
                    .instruction(&Instruction::Call(self.register))
                    .instruction(&Instruction::Drop);
            }
        }
        body.instruction(&Instruction::End);
        body
    }
}

impl Reencode for Appended<'_> {
    type Error = Infallible;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_type_section(self, types, section)?;
        for kind in self.layout.types.split_off(self.own_types) {
            types.ty().func_type(&self.func_type(kind)?);
        }
        types.ty().function([], []);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_function_section(self, functions, section)?;
        for placed in &self.placed {
            placed.side.functions.iter().for_each(|kind| {
                functions.function(placed.types[*kind as usize]);
            });
            placed.forwarded.iter().for_each(|forwarded| {
                functions.function(forwarded.kind);
            });
        }
        functions.function(self.initializer_type);
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: TableSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        for table in section {
            let mut kind = self.table_type(table?.ty)?;
            kind.minimum = self.layout.table.into();
            kind.maximum = kind.maximum.map(|_| self.layout.table.into());
            tables.table(kind);
        }
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        section: MemorySectionReader,
    ) -> Result<(), Error<Self::Error>> {
        for memory in section {
            let mut kind = self.memory_type(memory?)?;
            kind.minimum = u64::from(self.layout.memory).div_ceil(WASM_PAGE);
            memories.memory(kind);
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        for export in section {
            let export = export?;
            if export.name == INITIALIZE {
                exports.export(INITIALIZE, ExportKind::Func, self.layout.functions);
            } else if self.kept.contains(export.name) {
                self.parse_export(exports, export)?;
            }
        }
        Ok(())
    }

    fn parse_element_section(
        &mut self,
        elements: &mut ElementSection,
        section: ElementSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_element_section(self, elements, section)?;
        let mut fill = |place: u32, functions: Vec<u32>| {
            elements.active(None, &ConstExpr::i32_const(place.cast_signed()), Elements::Functions(functions.into()));
        };
        for placed in &self.placed {
            for segment in &placed.side.elements {
                let functions = segment.content.iter().map(|index| placed.functions[*index as usize]);
                fill(placed.table_at + segment.offset, functions.collect());
            }
        }
        let mut added: Vec<_> = self.layout.added.iter().map(|(function, place)| (*place, *function)).collect();
        added.sort_unstable();
        added.into_iter().for_each(|(place, function)| fill(place, vec![function]));
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_code_section(self, code, section)?;
        for placed in &self.placed {
            let relocations: Vec<_> = placed.side.relocations().collect();
            for (index, body) in (placed.side.imported.len() as u32..).zip(&placed.side.bodies) {
                let kind = placed.side.function_type(index).and_then(|kind| placed.side.types.get(kind as usize));
                let unwinding = placed.unwinding.as_ref().filter(|unwinding| unwinding.concerns(index));
                if relocations.contains(&index) {
                    code.function(&nothing());
                } else if let (Some(unwinding), Some(kind)) = (unwinding, kind) {
                    unwinding.write(&mut Moved(placed), code, body, kind)?;
                } else {
                    Moved(placed).parse_function_body(code, body.clone())?;
                }
            }
            placed.forwarded.iter().for_each(|forwarded| {
                code.function(&methods::forward(forwarded.called, forwarded.parameters));
            });
        }
        code.function(&self.initializer());
        Ok(())
    }

    fn parse_data_section(
        &mut self,
        data: &mut DataSection,
        section: DataSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_data_section(self, data, section)?;
        for placed in &self.placed {
            data.active(0, &ConstExpr::i32_const(placed.data_at.cast_signed()), placed.data.iter().copied());
        }
        Ok(())
    }

    /// Names must stand in the order of the functions.
    fn parse_custom_name_subsection(
        &mut self,
        names: &mut NameSection,
        section: Name,
    ) -> Result<(), Error<Self::Error>> {
        let Name::Function(map) = section else { return utils::parse_custom_name_subsection(self, names, section) };
        let mut all = NameMap::new();
        for naming in map {
            let naming = naming?;
            all.append(naming.index, naming.name);
        }
        for placed in &self.placed {
            let imported = placed.side.imported.len() as u32;
            for (index, name) in placed.side.names.iter().filter(|(index, _)| *index >= imported) {
                all.append(placed.functions[*index as usize], name);
            }
        }
        names.functions(&all);
        Ok(())
    }
}

/// What is left of a function that has done its work.
fn nothing() -> Function {
    let mut body = Function::new([]);
    body.instruction(&Instruction::End);
    body
}

/// Writes a side module's code with the indices of the guest.
pub struct Moved<'a>(&'a Placed<'a>);

impl Reencode for Moved<'_> {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Self::Error>> {
        Ok(self.0.functions[index as usize])
    }

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Self::Error>> {
        Ok(self.0.types[index as usize])
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error<Self::Error>> {
        match self.0.globals[index as usize] {
            Value::Global(global) => Ok(global),
            Value::Known(_) => Ok(index),
        }
    }

    fn instruction<'b>(&mut self, operator: Operator<'b>) -> Result<Instruction<'b>, Error<Self::Error>> {
        if let Operator::GlobalGet { global_index } = operator
            && let Value::Known(value) = self.0.globals[global_index as usize]
        {
            return Ok(Instruction::I32Const(value));
        }
        utils::instruction(self, operator)
    }
}
