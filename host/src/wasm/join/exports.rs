//! What the guest has for side modules.

use super::super::reencode::survey;
use anyhow::{Context, Result};
use std::collections::HashMap;
use wasmparser::{ConstExpr, ElementItems, ElementKind, ExternalKind, FuncType, Operator, Payload, TypeRef};

#[derive(Default)]
pub struct Exports<'a> {
    pub types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    pub functions: Vec<u32>,
    /// Module and name of each imported function.
    imported: Vec<(&'a str, &'a str)>,
    exported: HashMap<&'a str, (ExternalKind, u32)>,
    /// Each global's value, if it is a constant one.
    globals: Vec<Option<i32>>,
    /// The place of each function in the table.
    pub in_table: HashMap<u32, u32>,
    pub table_size: u32,
    /// Of its memory at the beginning.
    pub pages: u32,
}

impl<'a> Exports<'a> {
    /// # Errors
    /// When it is not a core module.
    pub fn of(guest: &'a [u8]) -> Result<Self> {
        let mut exports = Exports::default();
        survey(guest, |payload| exports.look_at(payload))?;
        Ok(exports)
    }

    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.exported.keys().copied()
    }

    /// What wraps a function is called in its place (the linker's `--wrap`), and exported in its place, too.
    pub fn function(&self, name: &str) -> Option<u32> {
        let exported = self.exported.get(name).or_else(|| self.exported.get(format!("__wrap_{name}").as_str()));
        exported.filter(|(kind, _)| *kind == ExternalKind::Func).map(|(_, index)| *index)
    }

    /// A function that the guest itself imports.
    pub fn import(&self, module: &str, name: &str) -> Option<u32> {
        self.imported.iter().position(|import| *import == (module, name)).map(|index| index as u32)
    }

    pub fn global(&self, name: &str) -> Option<u32> {
        self.exported.get(name).filter(|(kind, _)| *kind == ExternalKind::Global).map(|(_, index)| *index)
    }

    /// The address of a datum.
    pub fn address(&self, name: &str) -> Option<i32> {
        self.globals.get(self.global(name)? as usize).copied().flatten()
    }

    pub fn type_of(&self, function: u32) -> Option<&FuncType> {
        self.types.get(*self.functions.get(function as usize)? as usize)
    }

    fn look_at(&mut self, payload: &Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for kind in section.clone().into_iter_err_on_gc_types() {
                    self.types.push(kind?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(kind) => {
                            self.functions.push(kind);
                            self.imported.push((import.module, import.name));
                        }
                        TypeRef::Global(_) => self.globals.push(None),
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for kind in section.clone() {
                    self.functions.push(kind?);
                }
            }
            Payload::TableSection(section) => {
                let table = section.clone().into_iter().next().context("the guest has no table")??;
                self.table_size = u32::try_from(table.ty.initial)?;
            }
            Payload::MemorySection(section) => {
                let memory = section.clone().into_iter().next().context("the guest has no memory")??;
                self.pages = u32::try_from(memory.initial)?;
            }
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    let global = global?;
                    self.globals.push(constant(&global.init_expr).filter(|_| !global.ty.mutable));
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    self.exported.insert(export.name, (export.kind, export.index));
                }
            }
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    let element = element?;
                    if let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
                        (&element.kind, element.items)
                        && let Some(start) = constant(offset_expr)
                    {
                        for (place, function) in (start.cast_unsigned()..).zip(functions) {
                            self.in_table.insert(function?, place);
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn constant(expression: &ConstExpr) -> Option<i32> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(value),
        _ => None,
    }
}
