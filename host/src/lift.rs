//! Makes of a component what is compiled and served.
//!
//! Its snapshot is taken out: the server maps it into each sandbox itself. The machine code is compiled without data.
//! What linear memory holds before anything runs stands behind it in the same file, in whole pages, so that a sandbox
//! can map it copy-on-write. Its code calls directly what it called through a table ([`direct`]), and looks at the clock
//! ([`polls`]).

use crate::direct;
use crate::guest_code;
use crate::inspect::Anatomy;
use crate::polls;
use anyhow::{Context, Result, bail, ensure};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use wasm_encoder::{Component, ComponentSectionId, DataSection, Module, RawSection};
use wasmparser::{DataKind, DataSectionReader, Encoding, Parser, Payload, Validator};

/// No machine that wasgi runs on has larger pages.
const PAGE: usize = 64 << 10;
/// Ends the file, behind where the snapshot lies in memory and how long it is, in eight bytes each.
const MARK: &[u8; 8] = b"\0snap\x01\0\n";

/// A component in two parts.
pub struct Lifted {
    pub component: Vec<u8>,
    memory: Vec<u8>,
}

/// Where a file has the content of a memory.
#[derive(Debug)]
pub struct Snapshot {
    pub file: File,
    /// In the file; a multiple of the page size, as the others are.
    pub offset: u64,
    /// In memory: what lies before and behind it is zero.
    pub start: usize,
    pub length: usize,
}

impl Lifted {
    /// Takes a component apart. One whose data cannot be lifted out keeps it: wasmtime copies it into each instance.
    ///
    /// # Errors
    /// When it is not valid. It is looked at before anything is added: code that names a memory or a function which is
    /// not there would name what comes there.
    pub fn of(component: &[u8]) -> Result<Self> {
        Validator::new().validate_all(component).context("the component is not valid")?;
        let anatomy = Anatomy::of(component)?;
        let memory = anatomy.liftable().map(|module| module.memory()).transpose()?;
        let (mut modules, mut ours) = (vec![], None);
        for (number, module) in core_modules(component)?.into_iter().enumerate() {
            if guest_code::is_ours(module) {
                ours = Some(number);
            }
            let emptied = memory.is_some().then(|| emptied(module)).transpose()?;
            let module = emptied.as_deref().unwrap_or(module);
            modules.push(direct::calls(module)?.unwrap_or_else(|| module.to_vec()));
        }
        let mut polled = polls::insert(component, &modules, ours)?.into_iter();
        let component = with_modules(component, |_| polled.next().context("one for each module"))?;
        Ok(Lifted { memory: memory.unwrap_or_default(), component })
    }

    /// Writes the snapshot behind the machine code of the component.
    pub fn append_memory(&self, code: &mut Vec<u8>) {
        let page = |index: usize| index / PAGE * PAGE;
        let start = self.memory.iter().position(|byte| *byte != 0).map_or(0, page);
        let end = self.memory.iter().rposition(|byte| *byte != 0).map_or(0, |last| page(last) + PAGE);
        let content = &self.memory[start..end.min(self.memory.len())];
        code.resize(code.len().next_multiple_of(PAGE), 0);
        code.extend_from_slice(content);
        code.extend_from_slice(&(start as u64).to_le_bytes());
        code.extend_from_slice(&(content.len() as u64).to_le_bytes());
        code.extend_from_slice(MARK);
    }
}

impl Snapshot {
    /// Memory from its beginning to the end of what is in the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn memory(&self) -> Result<Vec<u8>> {
        let mut memory = vec![0; self.start + self.length];
        self.file.read_exact_at(&mut memory[self.start..], self.offset)?;
        Ok(memory)
    }

    /// Finds the snapshot in a file; `behind` bytes follow it.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(mut file: File, behind: u64) -> Result<Self> {
        let size = file.metadata()?.len();
        let trailer = size.checked_sub(behind + 24).context("it is too short")?;
        let mut read = [0; 24];
        file.seek(SeekFrom::Start(trailer))?;
        file.read_exact(&mut read)?;
        ensure!(read.ends_with(MARK), "no snapshot is in it");
        let number = |at: usize| u64::from_le_bytes(read[at..at + 8].try_into().expect("eight bytes"));
        let (start, length) = (number(0), number(8));
        let offset = trailer.checked_sub(length).context("its snapshot is cut short")?;
        ensure!([offset, start, length].iter().all(|place| place % PAGE as u64 == 0), "its snapshot is misplaced");
        Ok(Snapshot { file, offset, start: usize::try_from(start)?, length: usize::try_from(length)? })
    }
}

/// The core modules of a component, and of components inside of it, in the order of their bytes.
fn core_modules(component: &[u8]) -> Result<Vec<&[u8]>> {
    let mut modules = vec![];
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload? {
            modules.push(component.get(unchecked_range).context("it is cut short")?);
        }
    }
    Ok(modules)
}

/// The same component with other core modules, those of components inside of it as well.
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
            // What is in it follows.
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

/// The same core module without the data that is in memory before anything runs. Where instructions may name data
/// segments, which takes a section with their count, there are as many as before.
fn emptied(core_module: &[u8]) -> Result<Vec<u8>> {
    let mut emptied = Module::new();
    let mut is_counted = false;
    for payload in Parser::new(0).parse_all(core_module) {
        let payload = payload?;
        is_counted |= matches!(payload, Payload::DataCountSection { .. });
        if let Payload::DataSection(section) = payload {
            if is_counted {
                emptied.section(&unplaced(section)?);
            }
        } else if let Some((id, range)) = payload.as_section() {
            emptied.section(&RawSection { id, data: &core_module[range] });
        }
    }
    Ok(emptied.finish())
}

/// A segment is of no more use once it was copied to memory: empty in place of it is the same.
fn unplaced(section: DataSectionReader) -> Result<DataSection> {
    let mut data = DataSection::new();
    for segment in section {
        let segment = segment?;
        let is_placed = matches!(segment.kind, DataKind::Active { .. });
        data.passive(if is_placed { [].iter() } else { segment.data.iter() }.copied());
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use wasm_encoder as encode;
    use wasmtime::{Engine, Instance, Store};

    /// A core module with a page of memory, data at 8, and one segment that is not placed.
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
        let lifted = Lifted::of(&component(&[module(false)])).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let mut bytes = b"code".to_vec();
        lifted.append_memory(&mut bytes);
        bytes.extend(b"note");
        file.write_all(&bytes).unwrap();
        let snapshot = Snapshot::find(file.try_clone().unwrap(), 4).unwrap();
        assert_eq!((snapshot.start, snapshot.length, snapshot.offset), (PAGE, PAGE, PAGE as u64));
        assert_eq!(&bytes[PAGE + 70_000 - PAGE..][..2], b"hi");
        assert!(Snapshot::find(file, 0).is_err(), "what is behind it is not");
    }

    #[test]
    fn memory_is_empty_without_its_data() {
        for counts in [false, true] {
            let engine = Engine::default();
            let emptied = emptied(module(counts).as_slice()).unwrap();
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

    /// One with a memory, whose only function loops and writes to the memory of this index.
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
        assert!(Lifted::of(&component(&[writing_to(0)])).is_ok());
        // The clock comes there.
        let error = Lifted::of(&component(&[writing_to(1)])).err().expect("it has one memory");
        assert!(format!("{error:#}").contains("unknown memory 1"), "{error:#}");
    }

    #[test]
    fn what_has_several_memories_stays_whole() {
        let whole = component(&[module(false), module(false)]);
        let lifted = Lifted::of(&whole).unwrap();
        assert!(lifted.component == whole && lifted.memory.is_empty());
    }
}
