//! The calls of a core module.

use super::bounds::Bounds;
use super::bulk::{Bulk, Lengths};
use anyhow::Result;
use std::collections::BTreeSet;
use wasmparser::{
    Catch, ConstExpr, ElementItems, ExternalKind, FunctionBody, Operator, Payload, TableInit, TryTable, TypeRef,
};

/// A module's calls, and the functions that others can call.
pub struct Calls<'a> {
    pub bounds: Bounds,
    /// Module and name of each imported function.
    pub imported: Vec<(&'a str, &'a str)>,
    pub functions: Vec<Function<'a>>,
    /// Exported functions by name.
    pub exported: Vec<(&'a str, u32)>,
    /// Functions that may be called through a table or a reference.
    pub referenced: Vec<u32>,
    pub has_loops: bool,
    /// Lengths of the data segments, in bytes.
    pub segments: Vec<u64>,
}

/// A function with a body.
pub struct Function<'a> {
    pub body: FunctionBody<'a>,
    pub instructions: u64,
    /// Function indices, in the order of the calls.
    pub callees: Vec<u32>,
    /// It makes tail calls, so it can run for ever without a loop.
    pub hands_over: bool,
    /// It calls through tables or references.
    pub calls_any: bool,
    /// Calls of any kind.
    pub calls: u32,
    /// Instructions to be done piece by piece if they are much.
    pub piecewise: BTreeSet<Bulk>,
    /// It may return right after an exception.
    pub catches_at_end: bool,
}

impl<'a> Calls<'a> {
    pub fn new(bounds: Bounds) -> Self {
        Calls {
            bounds,
            imported: vec![],
            functions: vec![],
            exported: vec![],
            referenced: vec![],
            has_loops: false,
            segments: vec![],
        }
    }

    pub fn look_at(&mut self, payload: &Payload<'a>) -> Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    if let TypeRef::Func(_) = import.ty {
                        self.imported.push((import.module, import.name));
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exported.push((export.name, export.index));
                    }
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    if let TableInit::Expr(value) = table?.init {
                        self.look_at_value(&value)?;
                    }
                }
            }
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    self.look_at_value(&global?.init_expr)?;
                }
            }
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    self.look_at_elements(element?.items)?;
                }
            }
            Payload::DataSection(section) => {
                for segment in section.clone() {
                    self.segments.push(segment?.data.len() as u64);
                }
            }
            Payload::CodeSectionEntry(body) => {
                let function = self.read(body)?;
                self.functions.push(function);
            }
            _ => {}
        }
        Ok(())
    }

    fn look_at_elements(&mut self, items: ElementItems) -> Result<()> {
        match items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    self.referenced.push(function?);
                }
            }
            ElementItems::Expressions(_, values) => {
                for value in values {
                    self.look_at_value(&value?)?;
                }
            }
        }
        Ok(())
    }

    fn look_at_value(&mut self, value: &ConstExpr) -> Result<()> {
        for operator in value.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.referenced.push(function_index);
            }
        }
        Ok(())
    }

    /// Instructions that any function does piece by piece.
    pub fn piecewise(&self) -> BTreeSet<Bulk> {
        self.functions.iter().flat_map(|function| &function.piecewise).copied().collect()
    }

    /// Lets all functions copy and fill at once.
    pub fn do_at_once(&mut self) {
        self.functions.iter_mut().for_each(|function| function.piecewise.clear());
    }

    fn read(&mut self, body: &FunctionBody<'a>) -> Result<Function<'a>> {
        let mut function = Function {
            body: body.clone(),
            instructions: 0,
            callees: vec![],
            hands_over: false,
            calls_any: false,
            calls: 0,
            piecewise: BTreeSet::new(),
            catches_at_end: false,
        };
        let mut lengths = Lengths::new(self.bounds);
        // Open blocks.
        let mut depth = 0;
        for operator in body.get_operators_reader()? {
            function.instructions += 1;
            let operator = operator?;
            function.piecewise.extend(lengths.work(&operator, &[]).piecewise);
            match &operator {
                Operator::Loop { .. } => self.has_loops = true,
                Operator::RefFunc { function_index } => self.referenced.push(*function_index),
                Operator::TryTable { try_table } => function.catch(try_table, depth),
                _ => function.look_at(&operator),
            }
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                    depth += 1
                }
                Operator::End if depth > 0 => depth -= 1,
                _ => {}
            }
        }
        Ok(function)
    }
}

impl Function<'_> {
    fn look_at(&mut self, operator: &Operator) {
        match *operator {
            Operator::Call { function_index } => self.call(Some(function_index)),
            Operator::ReturnCall { function_index } => {
                self.hands_over = true;
                self.call(Some(function_index));
            }
            Operator::CallIndirect { .. } | Operator::CallRef { .. } => self.call(None),
            Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => {
                self.hands_over = true;
                self.call(None);
            }
            _ => {}
        }
    }

    /// None is an unknown callee.
    fn call(&mut self, callee: Option<u32>) {
        self.calls += 1;
        match callee {
            Some(callee) => self.callees.push(callee),
            None => self.calls_any = true,
        }
    }

    /// A label as deep as the open blocks is the function's own.
    fn catch(&mut self, guard: &TryTable, depth: u32) {
        self.catches_at_end |= guard.catches.iter().any(|catch| label(catch) == depth);
    }
}

/// The label where a caught exception continues.
pub fn label(catch: &Catch) -> u32 {
    match *catch {
        Catch::One { label, .. } | Catch::OneRef { label, .. } | Catch::All { label } | Catch::AllRef { label } => {
            label
        }
    }
}
