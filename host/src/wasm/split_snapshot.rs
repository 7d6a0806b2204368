//! Splits a component into code to compile and a snapshot to map.
//!
//! The snapshot is split off: the server maps it into each sandbox itself. The machine code is compiled without data.
//! The initial content of linear memory follows it in the same file, in whole pages, so that a sandbox can map it
//! copy-on-write. The code's calls through a table become direct ([`devirtualize`]), and it gets yield points
//! ([`yield_points`]).
//!
//! Without the snapshot, all applications have the same component ([`common`]), and so the same machine code.

mod common;
mod file;

use super::anatomy::Anatomy;
use super::devirtualize;
use super::yield_points;
use crate::units::WASM_PAGE;
use anyhow::{Context, Result, bail};
use common::DECLARED_PAGES;
pub use file::{RuntimeLimits, Snapshot};
use wasm_encoder::{Component, ComponentSectionId, RawSection};
use wasmparser::{Encoding, Parser, Payload, Validator};

const INVALID: &str = "the component is not valid";

/// A component in two parts.
pub struct Split<'a> {
    original: &'a [u8],
    /// Without the snapshot, and without what differs from one snapshot to the next.
    common: Vec<u8>,
    memory: Vec<u8>,
    runtime_limits: RuntimeLimits,
}

impl<'a> Split<'a> {
    /// Splits a component. If its data cannot be split off, it stays: wasmtime copies it into each instance.
    ///
    /// # Errors
    /// When it is no component, or has data outside its memory.
    pub fn of(original: &'a [u8]) -> Result<Self> {
        let anatomy = Anatomy::of(original).context(INVALID)?;
        let Some(guest) = anatomy.splittable() else {
            let common = with_modules(original, |module| Ok(module.to_vec())).context(INVALID)?;
            return Ok(Split { original, common, memory: vec![], runtime_limits: RuntimeLimits::default() });
        };
        let memory = guest.memory()?;
        let told = (DECLARED_PAGES * WASM_PAGE) as usize;
        let is_sized = memory.len() >= told && anatomy.takes_memory_of(DECLARED_PAGES);
        let runtime_limits = is_sized.then(|| {
            let maximum = guest.memories[0].maximum.map(|pages| (pages * WASM_PAGE) as usize);
            RuntimeLimits { beyond: memory.len() - told, maximum }
        });
        let common = with_modules(original, |module| common::of_module(module, is_sized)).context(INVALID)?;
        Ok(Split { original, common, memory, runtime_limits: runtime_limits.unwrap_or_default() })
    }

    /// The part that is the same for all components that differ only in their snapshots.
    pub fn common(&self) -> &[u8] {
        &self.common
    }

    /// The component to compile. `is_ours` recognises the interpreter's code.
    ///
    /// # Errors
    /// When it is not valid. It is validated before anything is added: otherwise code that names a missing memory or
    /// function would name the added one.
    pub fn rewritten(&self, is_ours: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>> {
        for component in [self.original, &self.common] {
            Validator::new().validate_all(component).context(INVALID)?;
        }
        let (mut modules, mut ours) = (vec![], None);
        for (number, module) in core_modules(&self.common)?.into_iter().enumerate() {
            if is_ours(module) {
                ours = Some(number);
            }
            modules.push(devirtualize::calls(module)?.unwrap_or_else(|| module.to_vec()));
        }
        let mut polled = yield_points::insert(&self.common, &modules, ours)?.into_iter();
        with_modules(&self.common, |_| polled.next().context("one for each module"))
    }

    /// Appends the snapshot to the component's machine code.
    pub fn append_memory(&self, code: &mut Vec<u8>) {
        file::append(&self.memory, self.runtime_limits, code);
    }
}

/// The core modules of a component, including nested components, in the order of their bytes.
fn core_modules(component: &[u8]) -> Result<Vec<&[u8]>> {
    let mut modules = vec![];
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload? {
            modules.push(component.get(unchecked_range).context("it is cut short")?);
        }
    }
    Ok(modules)
}

/// Replaces the core modules of a component, including nested components, and drops the component's custom sections.
/// Modules keep theirs: traps show names.
fn with_modules(component: &[u8], mut replace: impl FnMut(&[u8]) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let mut open = vec![];
    let mut in_module = false;
    for payload in Parser::new(0).parse_all(component) {
        let section = match payload? {
            Payload::Version { encoding, .. } => {
                in_module = encoding == Encoding::Module;
                if !in_module {
                    open.push(Component::new());
                }
                continue;
            }
            Payload::End(_) if in_module => {
                in_module = false;
                continue;
            }
            Payload::End(_) => match open.pop().map(Component::finish) {
                Some(whole) if open.is_empty() => return Ok(whole),
                inner => (ComponentSectionId::Component as u8, inner.unwrap_or_default()),
            },
            Payload::ModuleSection { unchecked_range, .. } => {
                let module = component.get(unchecked_range).context("it is cut short")?;
                (ComponentSectionId::CoreModule as u8, replace(module)?)
            }
            Payload::CustomSection(_) if !in_module => continue,
            // Its content follows.
            Payload::ComponentSection { .. } => continue,
            payload => match payload.as_section().filter(|_| !in_module) {
                Some((id, range)) => (id, component[range].to_vec()),
                None => continue,
            },
        };
        let within = open.last_mut().context("it is no component")?;
        within.section(&RawSection { id: section.0, data: &section.1 });
    }
    bail!("it is cut short")
}

#[cfg(test)]
mod tests {
    use super::file::PAGE;
    use super::*;
    use std::io::Write;
    use wasm_encoder::{self as encode, DataSection, Module};
    use wasmtime::{Engine, Instance, Store};

    /// A core module with a page of memory, data at 8, and a passive segment.
    fn module(counts: bool) -> Module {
        let mut memories = encode::MemorySection::new();
        let (memory64, shared, page_size_log2) = (false, false, None);
        memories.memory(encode::MemoryType { minimum: 3, maximum: None, memory64, shared, page_size_log2 });
        let mut exports = encode::ExportSection::new();
        exports.export("memory", encode::ExportKind::Memory, 0);
        let mut data = DataSection::new();
        data.active(0, &encode::ConstExpr::i32_const(70_000), *b"hi").passive(*b"later");
        let mut module = Module::new();
        module.section(&memories).section(&exports);
        if counts {
            module.section(&encode::DataCountSection { count: 2 });
        }
        module.section(&data);
        module
    }

    fn component(modules: &[Module]) -> Vec<u8> {
        let mut component = Component::new();
        for module in modules {
            component.section(&encode::ModuleSection(module));
        }
        component.finish()
    }

    #[test]
    fn what_was_in_memory_is_in_the_file() {
        let component = component(&[module(false)]);
        let split = Split::of(&component).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let mut bytes = b"code".to_vec();
        split.append_memory(&mut bytes);
        bytes.extend(b"note");
        file.write_all(&bytes).unwrap();
        let snapshot = Snapshot::find(file.try_clone().unwrap(), 4).unwrap();
        assert_eq!((snapshot.start, snapshot.length, snapshot.offset), (PAGE, PAGE, PAGE as u64));
        assert_eq!(&bytes[PAGE + 70_000 - PAGE..][..2], b"hi");
        assert!(Snapshot::find(file, 0).is_err(), "what is behind it is not");
    }

    #[test]
    fn what_differs_in_its_snapshot_has_the_rest_in_common() {
        let with = |minimum, maximum, data: &str, custom: &str| {
            let text = format!(
                "(component (@custom \"about\" \"{custom}\") (core module
                (memory {minimum} {maximum}) (data (i32.const 8) \"{data}\") (func (export \"f\"))))"
            );
            wat::parse_str(text).unwrap()
        };
        let (one, other) = (with("2", "", "one", "first"), with("3", "70", "another", "second"));
        let (one, other) = (Split::of(&one).unwrap(), Split::of(&other).unwrap());
        assert!(
            one.common() == other.common() && one.rewritten(|_| false).unwrap() == other.rewritten(|_| false).unwrap()
        );
        assert_eq!(one.runtime_limits, RuntimeLimits { beyond: 1 << 16, maximum: None });
        assert_eq!(other.runtime_limits, RuntimeLimits { beyond: 2 << 16, maximum: Some(70 << 16) });
        let mut file = tempfile::tempfile().unwrap();
        let mut bytes = vec![];
        other.append_memory(&mut bytes);
        file.write_all(&bytes).unwrap();
        let snapshot = Snapshot::find(file, 0).unwrap();
        assert_eq!(snapshot.runtime_limits, other.runtime_limits);
        assert_eq!((snapshot.runtime_limits.size(1 << 16), snapshot.runtime_limits.size(0)), (3 << 16, 0));
    }

    #[test]
    fn a_memory_keeps_its_limits_where_another_module_asks_for_them() {
        for (limits, asked, is_told) in [("2", "1", false), ("2", "2", true), ("2 3", "1 3", true), ("0", "0", true)] {
            let text = format!(
                "(component
                (core module $a (memory (export \"m\") {limits}))
                (core module $b (import \"a\" \"m\" (memory {asked})))
                (core instance $a (instantiate $a)) (core instance (instantiate $b (with \"a\" (instance $a)))))"
            );
            let component = wat::parse_str(text).unwrap();
            let split = Split::of(&component).unwrap();
            let memory = Anatomy::of(split.common()).unwrap().modules[0].memories[0];
            assert_eq!(memory.initial == 1 && memory.maximum.is_none(), !is_told, "{limits} {asked}");
            split.rewritten(|_| false).unwrap();
        }
    }

    #[test]
    fn memory_is_empty_without_its_data() {
        for counts in [false, true] {
            let engine = Engine::default();
            let emptied = common::of_module(module(counts).as_slice(), false).unwrap();
            let module = wasmtime::Module::new(&engine, emptied).unwrap();
            let mut store = Store::new(&engine, ());
            let memory = Instance::new(&mut store, &module, &[]).unwrap().get_memory(&mut store, "memory").unwrap();
            assert!(memory.data(&store).iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn modules_of_inner_components_are_replaced_as_well() {
        let mut outer = Component::new();
        outer.section(&encode::ModuleSection(&module(false)));
        outer.section(&encode::NestedComponentSection(&{
            let mut inner = Component::new();
            inner.section(&encode::ModuleSection(&module(true)));
            inner
        }));
        let outer = outer.finish();
        assert_eq!(with_modules(&outer, |module| Ok(module.to_vec())).unwrap(), outer);
        let mut seen = 0;
        let empty = with_modules(&outer, |_| {
            seen += 1;
            Ok(Module::new().finish())
        });
        assert_eq!((seen, Anatomy::of(&empty.unwrap()).unwrap().modules.len()), (2, 2));
        assert!(with_modules(&outer[..outer.len() - 1], |module| Ok(module.to_vec())).is_err());
    }

    /// A module with a memory, whose only function loops and writes to the memory of this index.
    fn writing_to(memory_index: u32) -> Module {
        let (mut types, mut functions) = (encode::TypeSection::new(), encode::FunctionSection::new());
        types.ty().function([], []);
        functions.function(0);
        let mut memories = encode::MemorySection::new();
        let (memory64, shared, page_size_log2) = (memory_index > 0, false, None);
        memories.memory(encode::MemoryType { minimum: 3, maximum: None, memory64: false, shared, page_size_log2 });
        let mut body = encode::Function::new([]);
        let address = if memory64 { encode::Instruction::I64Const(0) } else { encode::Instruction::I32Const(0) };
        let place = encode::MemArg { offset: 0, align: 2, memory_index };
        body.instruction(&encode::Instruction::Loop(encode::BlockType::Empty)).instruction(&address);
        body.instruction(&encode::Instruction::I32Const(1)).instruction(&encode::Instruction::I32Store(place));
        body.instruction(&encode::Instruction::End).instruction(&encode::Instruction::End);
        let mut code = encode::CodeSection::new();
        code.function(&body);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&memories).section(&code);
        module
    }

    #[test]
    fn code_cannot_name_what_is_added() {
        assert!(Split::of(&component(&[writing_to(0)])).unwrap().rewritten(|_| false).is_ok());
        // The epoch's memory gets that index.
        let error =
            Split::of(&component(&[writing_to(1)])).unwrap().rewritten(|_| false).expect_err("it has one memory");
        assert!(format!("{error:#}").contains("unknown memory 1"), "{error:#}");
    }

    #[test]
    fn what_has_several_memories_stays_whole() {
        let whole = component(&[module(false), module(false)]);
        let split = Split::of(&whole).unwrap();
        assert!(split.rewritten(|_| false).unwrap() == whole && split.memory.is_empty());
    }
}
