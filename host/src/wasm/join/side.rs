//! The parts of a side module.

use anyhow::{Context, Result, bail, ensure};
use std::collections::{HashMap, HashSet};
use wasmparser::{
    Dylink0Subsection, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, GlobalType, KnownCustom, Name,
    Operator, Parser, Payload, SymbolFlags, TypeRef,
};

/// Both are started by the dynamic linker, and do nothing but to compute addresses.
const DATA_RELOCATIONS: &str = "__wasm_apply_data_relocs";
/// Runs the constructors of C++'s static objects.
const CONSTRUCTORS: &str = "__wasm_call_ctors";
/// The module of what Rust's library asks the host for.
pub const PREVIEW1: &str = "wasi_snapshot_preview1";

/// A global of the side module.
pub enum Global<'a> {
    Imported {
        module: &'a str,
        name: &'a str,
    },
    /// Its initial value.
    Own(i32),
}

/// Items at a place below a base: static data, or functions of the table.
pub struct Segment<T> {
    pub offset: u32,
    pub content: T,
}

#[derive(Default)]
pub struct Side<'a> {
    pub memory_size: u32,
    /// In bytes.
    pub alignment: u32,
    pub table_size: u32,
    pub types: Vec<FuncType>,
    /// Module, name and type of each imported function.
    pub imported: Vec<(&'a str, &'a str, u32)>,
    /// The type of each function with a body.
    pub functions: Vec<u32>,
    pub globals: Vec<Global<'a>>,
    pub exported_functions: HashMap<&'a str, u32>,
    pub exported_globals: HashMap<&'a str, u32>,
    pub data: Vec<Segment<&'a [u8]>>,
    pub elements: Vec<Segment<Vec<u32>>>,
    pub bodies: Vec<FunctionBody<'a>>,
    pub names: Vec<(u32, &'a str)>,
    /// What it works without.
    pub optional: HashSet<&'a str>,
    start: Option<u32>,
    /// The global that data and table lie relative to, by the space they are in.
    memory_base: Option<u32>,
    table_base: Option<u32>,
}

impl<'a> Side<'a> {
    /// Takes a side module apart.
    pub fn of(module: &'a [u8]) -> Result<Self> {
        let mut side = Side::default();
        for payload in Parser::new(0).parse_all(module) {
            side.add(payload.context("not a core module")?)?;
        }
        ensure!(side.alignment > 0, "not a side module: it has no section dylink.0");
        Ok(side)
    }

    /// The functions that compute addresses, in their order: those of globals, then those in data.
    pub fn relocations(&self) -> impl Iterator<Item = u32> {
        self.start.into_iter().chain(self.exported_functions.get(DATA_RELOCATIONS).copied())
    }

    /// The function that has to run before any other.
    pub fn constructors(&self) -> Option<u32> {
        self.exported_functions.get(CONSTRUCTORS).copied()
    }

    /// The body of a function of its own.
    pub fn body(&self, function: u32) -> Result<&FunctionBody<'a>> {
        let own = (function as usize).checked_sub(self.imported.len()).context("an imported function in its place")?;
        self.bodies.get(own).context("a function without a body")
    }

    /// Has its code draw from the guest's `entropy_draw` (`guest/src/entropy.h`) what it draws from entropy.
    pub fn draw_seeds(&mut self) {
        for (module, name, _) in &mut self.imported {
            if (*module, *name) == (PREVIEW1, "random_get") {
                (*module, *name) = ("env", "entropy_draw");
            }
        }
    }

    /// The type of a function, imported ones first.
    pub fn function_type(&self, function: u32) -> Option<u32> {
        let function = function as usize;
        let own = |function: usize| self.functions.get(function).copied();
        self.imported.get(function).map_or_else(|| own(function - self.imported.len()), |(_, _, kind)| Some(*kind))
    }

    fn add(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::CustomSection(section) => self.add_custom(section.as_known())?,
            Payload::TypeSection(section) => {
                for kind in section.into_iter_err_on_gc_types() {
                    self.types.push(kind?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    self.import(import.module, import.name, import.ty)?;
                }
            }
            Payload::FunctionSection(section) => {
                self.functions = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let mut value = global?.init_expr.get_operators_reader();
                    let Operator::I32Const { value } = value.read()? else { bail!("a global of unknown value") };
                    self.globals.push(Global::Own(value));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    match export.kind {
                        ExternalKind::Func => self.exported_functions.insert(export.name, export.index),
                        ExternalKind::Global => self.exported_globals.insert(export.name, export.index),
                        _ => bail!("it exports {}, which is no function and no datum", export.name),
                    };
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => {
                for element in section {
                    let element = element?;
                    let (ElementKind::Active { table_index: None | Some(0), offset_expr }, ElementItems::Functions(of)) =
                        (element.kind, element.items)
                    else {
                        bail!("its table is filled in an unknown way")
                    };
                    let offset = self.offset(offset_expr.get_operators_reader(), self.table_base)?;
                    self.elements.push(Segment { offset, content: of.into_iter().collect::<Result<_, _>>()? });
                }
            }
            Payload::DataSection(section) => {
                for segment in section {
                    let segment = segment?;
                    let wasmparser::DataKind::Active { memory_index: 0, offset_expr } = segment.kind else {
                        bail!("its data are placed in an unknown way")
                    };
                    let offset = self.offset(offset_expr.get_operators_reader(), self.memory_base)?;
                    self.data.push(Segment { offset, content: segment.data });
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::MemorySection(_) | Payload::TableSection(_) | Payload::TagSection(_) => {
                bail!("it has a memory, table or tag of its own")
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, module: &'a str, name: &'a str, kind: TypeRef) -> Result<()> {
        match kind {
            TypeRef::Func(kind) => self.imported.push((module, name, kind)),
            TypeRef::Global(GlobalType { .. }) => {
                let index = Some(self.globals.len() as u32);
                match name {
                    "__memory_base" => self.memory_base = index,
                    "__table_base" => self.table_base = index,
                    _ => {}
                }
                self.globals.push(Global::Imported { module, name });
            }
            TypeRef::Memory(_) | TypeRef::Table(_) => {}
            _ => bail!("it imports {name}, which is no function and no datum"),
        }
        Ok(())
    }

    fn add_custom(&mut self, section: KnownCustom<'a>) -> Result<()> {
        match section {
            KnownCustom::Dylink0(parts) => {
                self.alignment = 1;
                for part in parts {
                    match part? {
                        Dylink0Subsection::MemInfo(info) => {
                            (self.memory_size, self.table_size) = (info.memory_size, info.table_size);
                            self.alignment = 1u32.checked_shl(info.memory_alignment).context("its alignment")?;
                        }
                        Dylink0Subsection::Needed(needed) => {
                            ensure!(needed.is_empty(), "it needs other side modules: {}", needed.join(", "));
                        }
                        Dylink0Subsection::ImportInfo(imports) => {
                            let weak = imports.iter().filter(|import| import.flags.contains(SymbolFlags::BINDING_WEAK));
                            self.optional.extend(weak.map(|import| import.field));
                        }
                        _ => {}
                    }
                }
            }
            KnownCustom::Name(parts) => {
                for part in parts {
                    let Name::Function(names) = part? else { continue };
                    for naming in names {
                        let naming = naming?;
                        self.names.push((naming.index, naming.name));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// An address below a base.
    fn offset(&self, mut place: wasmparser::OperatorsReader, base: Option<u32>) -> Result<u32> {
        match place.read()? {
            Operator::GlobalGet { global_index } if Some(global_index) == base => {}
            _ => bail!("a place that is not below its base"),
        }
        Ok(match place.read()? {
            Operator::End => 0,
            Operator::I32Const { value } => value.cast_unsigned(),
            _ => bail!("a place that is computed"),
        })
    }
}
