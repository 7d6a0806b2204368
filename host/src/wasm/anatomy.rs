//! The parts of a component's binary.

use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::ops::Range;
use wasmparser::{
    ComponentExternName, ConstExpr, Data, DataKind, ExternalKind, MemoryType, Operator, Parser, Payload, TypeRef,
};

/// Linear memories are 32-bit: a larger one cannot be shown.
const MOST_PAGES: u64 = 65_536;

#[derive(Default)]
pub struct Anatomy<'a> {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    pub modules: Vec<CoreModule<'a>>,
}

#[derive(Default)]
pub struct CoreModule<'a> {
    /// Its own memories, not imported ones.
    pub memories: Vec<MemoryType>,
    /// Exported immutable globals, by name.
    pub constants: HashMap<&'a str, u32>,
    data: Vec<(u32, &'a [u8])>,
    /// Active data segments, whether or not their place is known.
    segments: usize,
    imported_memories: Vec<MemoryType>,
    /// Global index space: each value, if it is known.
    globals: Vec<Option<u32>>,
}

impl<'a> Anatomy<'a> {
    /// Takes a component apart, including nested components.
    pub fn of(component: &'a [u8]) -> Result<Self> {
        let mut anatomy = Anatomy::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        anatomy.imports.push(name(import?.name));
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        anatomy.exports.push(name(export?.name));
                    }
                }
                Payload::ModuleSection { .. } => anatomy.modules.push(CoreModule::default()),
                payload => {
                    if let Some(module) = anatomy.modules.last_mut() {
                        module.add(payload)?;
                    }
                }
            }
        }
        ensure!(depth == 0, "cut short");
        Ok(anatomy)
    }

    /// The core module that has the memory: the others import it.
    ///
    /// # Errors
    /// When none has one.
    pub fn guest(&self) -> Result<&CoreModule<'a>> {
        let module = self.modules.iter().find(|module| !module.memories.is_empty());
        module.context("no core module has a memory")
    }

    /// The one core module that has a memory, if it holds all data of the component at known places.
    pub fn splittable(&self) -> Option<&CoreModule<'a>> {
        let (guests, others): (Vec<_>, Vec<_>) = self.modules.iter().partition(|module| !module.memories.is_empty());
        let [guest] = guests[..] else { return None };
        let elsewhere: usize = others.iter().map(|module| module.segments).sum();
        (elsewhere == 0 && guest.is_splittable()).then_some(guest)
    }

    /// Whether each module accepts any memory of at least `pages` pages.
    pub fn takes_memory_of(&self, pages: u64) -> bool {
        let mut imported = self.modules.iter().flat_map(|module| &module.imported_memories);
        imported.all(|memory| memory.initial <= pages && memory.maximum.is_none())
    }

    /// The file image, which lies at `place` in memory.
    ///
    /// # Errors
    /// When memory has no such place.
    pub fn image(&self, place: &Range<u32>) -> Result<Vec<u8>> {
        let mut memory = self.guest()?.memory()?;
        let (start, end) = (place.start as usize, place.end as usize);
        ensure!(start <= end && end <= memory.len(), "no file image in memory");
        memory.truncate(end);
        Ok(memory.split_off(start))
    }
}

fn name(name: ComponentExternName) -> String {
    name.name.to_owned()
}

impl<'a> CoreModule<'a> {
    fn add(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    match import?.ty {
                        TypeRef::Global(_) => self.globals.push(None),
                        TypeRef::Memory(memory) => self.imported_memories.push(memory),
                        _ => {}
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global?;
                    self.globals.push(if global.ty.mutable { None } else { constant(&global.init_expr) });
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    let value = self.globals.get(export.index as usize).copied().flatten();
                    if let (ExternalKind::Global, Some(value)) = (export.kind, value) {
                        self.constants.insert(export.name, value);
                    }
                }
            }
            Payload::DataSection(section) => {
                for segment in section {
                    let segment = segment?;
                    self.segments += usize::from(matches!(segment.kind, DataKind::Active { .. }));
                    self.data.extend(placed(&segment));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether it has one ordinary memory, with all data at known places.
    fn is_splittable(&self) -> bool {
        let [memory] = self.memories[..] else { return false };
        let is_ordinary = !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
        is_ordinary && self.imported_memories.is_empty() && self.data.len() == self.segments
    }

    /// The first memory's initial content.
    ///
    /// # Errors
    /// When data lies outside it.
    pub fn memory(&self) -> Result<Vec<u8>> {
        let pages = self.memories.first().map_or(0, |memory| memory.initial);
        ensure!(pages <= MOST_PAGES, "its memory has {pages} pages");
        let mut memory = vec![0; pages as usize * crate::units::WASM_PAGE as usize];
        for &(offset, data) in &self.data {
            let place = memory.get_mut(offset as usize..offset as usize + data.len());
            place.context("data outside of memory")?.copy_from_slice(data);
        }
        Ok(memory)
    }
}

/// A segment of the first memory at a constant place.
fn placed<'a>(segment: &Data<'a>) -> Option<(u32, &'a [u8])> {
    match &segment.kind {
        DataKind::Active { memory_index: 0, offset_expr } => Some((constant(offset_expr)?, segment.data)),
        _ => None,
    }
}

fn constant(expression: &ConstExpr) -> Option<u32> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(value.cast_unsigned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder as encode;

    /// A component around a module with a memory of one page, a constant and data at 8.
    fn component(data_at: i32) -> Vec<u8> {
        let mut memories = encode::MemorySection::new();
        let (memory64, shared, page_size_log2) = (false, false, None);
        memories.memory(encode::MemoryType { minimum: 1, maximum: Some(3), memory64, shared, page_size_log2 });
        let mut globals = encode::GlobalSection::new();
        let (val_type, mutable, shared) = (encode::ValType::I32, false, false);
        globals.global(encode::GlobalType { val_type, mutable, shared }, &encode::ConstExpr::i32_const(77));
        let mut exports = encode::ExportSection::new();
        exports.export("mark", encode::ExportKind::Global, 0).export("memory", encode::ExportKind::Memory, 0);
        let mut data = encode::DataSection::new();
        data.active(0, &encode::ConstExpr::i32_const(data_at), *b"hi");
        let mut module = encode::Module::new();
        module.section(&memories).section(&globals).section(&exports).section(&data);
        let mut component = encode::Component::new();
        component.section(&encode::ModuleSection(&module));
        component.finish()
    }

    #[test]
    fn memories_constants_and_data_are_found() {
        let component = component(8);
        let anatomy = Anatomy::of(&component).unwrap();
        let [module] = &anatomy.modules[..] else { panic!("one module") };
        assert_eq!(module.memories[0].maximum, Some(3));
        assert_eq!(module.constants, HashMap::from([("mark", 77)]));
        let memory = module.memory().unwrap();
        assert_eq!((memory.len(), &memory[7..11]), (65_536, &b"\0hi\0"[..]));
    }

    #[test]
    fn what_is_damaged_is_an_error() {
        let whole = component(8);
        for length in 8..whole.len() {
            assert!(Anatomy::of(&whole[..length]).is_ok_and(|cut| cut.modules.is_empty()) || length > 8);
        }
        let outside = component(65_535);
        assert!(Anatomy::of(&outside).unwrap().modules[0].memory().is_err());
    }
}
