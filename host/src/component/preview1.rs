//! Stubs for WASI preview 1 in a guest without a file system, and for wasi:sockets in one without a network: it then imports
//! nothing of them from the host.
//!
//! An adapter would do the same, but each fresh instance resolves each imported call four times: from the core module,
//! from the adapter, and from the two modules between them. And the adapter is one more instance.

use super::beyond::{Beyond, SOCKETS};
use crate::wasm::reencode::{self, survey};
use anyhow::Result;
use std::convert::Infallible;
use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, Function, FunctionSection, ImportSection, Imports, Instruction, NameMap, NameSection};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Import, ImportSectionReader, Name, Payload, TypeRef};

const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const NOTSUP: i32 = 58;
const SPIPE: i32 = 70;
/// Descriptors below this one are the standard streams.
const STREAMS: i32 = 3;

/// What a stub does.
#[derive(Clone, Copy)]
enum Answer {
    /// Returns this errno.
    Errno(i32),
    /// Gives this errno for a standard stream, the first argument. For any other descriptor, which cannot exist, BADF.
    OfStream(i32),
    /// Traps. It is never called: the guest uses WASI 0.2 instead (`guest/src/clock.c`, `standard.c`), or knows that it has
    /// no network (`net.c`).
    Never,
}

fn answer(call: &str) -> Answer {
    match call {
        "clock_res_get" | "clock_time_get" | "fd_close" | "fd_read" | "fd_write" | "poll_oneoff" | "proc_exit"
        | "random_get" => Answer::Never,
        "sched_yield" => Answer::Errno(SUCCESS),
        // There are no preopens, and callers find that out by this errno.
        "fd_prestat_get" => Answer::Errno(BADF),
        "fd_seek" | "fd_tell" => Answer::OfStream(SPIPE),
        _ if call.starts_with("fd_") => Answer::OfStream(NOTSUP),
        _ => Answer::Errno(NOTSUP),
    }
}

/// Returns the core module with functions of its own in place of its imports of what is not beyond.
///
/// # Errors
/// When it is not a core module.
pub fn within(core_module: &[u8], beyond: Beyond) -> Result<Vec<u8>> {
    let mut functions = Functions { beyond, ..Functions::default() };
    survey(core_module, |payload| functions.look_at(payload))?;
    if functions.answered.is_empty() {
        return Ok(core_module.to_vec());
    }
    reencode::module(core_module, &mut functions)
}

/// What an imported function becomes.
#[derive(Clone, Copy)]
enum Imported {
    /// Still imported, with this index.
    Still(u32),
    /// One of the module's own functions, with this number.
    Answered(u32),
}

/// The new order: remaining imports, then functions with a body, then stubs.
#[derive(Default)]
struct Functions {
    beyond: Beyond,
    imported: Vec<Imported>,
    /// Type and stub of those that are no longer imported.
    answered: Vec<(u32, Answer)>,
    bodies: u32,
}

impl Functions {
    fn look_at(&mut self, payload: &Payload) -> Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    let TypeRef::Func(kind) = import.ty else { continue };
                    let answered = self.answered.len() as u32;
                    match self.answer(&import) {
                        Some(answer) => {
                            self.imported.push(Imported::Answered(answered));
                            self.answered.push((kind, answer));
                        }
                        None => self.imported.push(Imported::Still(self.imported.len() as u32 - answered)),
                    }
                }
            }
            Payload::FunctionSection(section) => self.bodies = section.count(),
            _ => {}
        }
        Ok(())
    }

    /// What an import becomes; None for what stays one.
    fn answer(&self, import: &Import<'_>) -> Option<Answer> {
        let Beyond { filesystem, network } = self.beyond;
        match import.module {
            PREVIEW1 if !filesystem => Some(answer(import.name)),
            module if module.starts_with(SOCKETS) && !network => Some(Answer::Never),
            _ => None,
        }
    }

    fn index(&self, old: u32) -> u32 {
        let still = (self.imported.len() - self.answered.len()) as u32;
        match self.imported.get(old as usize) {
            None => old - self.answered.len() as u32,
            Some(&Imported::Answered(which)) => still + self.bodies + which,
            Some(&Imported::Still(new)) => new,
        }
    }
}

impl Reencode for Functions {
    type Error = Infallible;

    fn function_index(&mut self, old: u32) -> Result<u32, Error<Self::Error>> {
        Ok(self.index(old))
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        for import in section.into_imports() {
            let import = import?;
            let is_function = matches!(import.ty, TypeRef::Func(_));
            if is_function && self.answer(&import).is_some() {
                continue;
            }
            let ty = self.entity_type(import.ty)?;
            imports.imports(Imports::Single(wasm_encoder::Import { module: import.module, name: import.name, ty }));
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_function_section(self, functions, section)?;
        for (kind, _) in &self.answered {
            functions.function(*kind);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_code_section(self, code, section)?;
        for (_, answer) in &self.answered {
            let mut body = Function::new([]);
            match answer {
                Answer::Errno(errno) => body.instruction(&Instruction::I32Const(*errno)),
                Answer::OfStream(errno) => body
                    .instruction(&Instruction::I32Const(*errno))
                    .instruction(&Instruction::I32Const(BADF))
                    .instruction(&Instruction::LocalGet(0))
                    .instruction(&Instruction::I32Const(STREAMS))
                    .instruction(&Instruction::I32LtU)
                    .instruction(&Instruction::Select),
                Answer::Never => body.instruction(&Instruction::Unreachable),
            };
            body.instruction(&Instruction::End);
            code.function(&body);
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
        let mut all = vec![];
        for naming in map {
            let naming = naming?;
            all.push((self.index(naming.index), naming.name));
        }
        all.sort_unstable();
        let mut map = NameMap::new();
        all.iter().for_each(|(index, name)| map.append(*index, name));
        names.functions(&map);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{EntityType, ExportKind, ExportSection, Module, TypeSection, ValType};
    use wasmtime::{Engine, Instance, Linker, Store, Trap};

    /// A descriptor that is not open.
    const NOT_OPEN: i32 = 9;

    /// Imports these functions, and exports `sum`, which adds up their results for that descriptor.
    fn module(imports: &[(&str, &str)]) -> Vec<u8> {
        of(NOT_OPEN, imports)
    }

    fn of(fd: i32, imports: &[(&str, &str)]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([], [ValType::I32]);
        let mut section = ImportSection::new();
        let mut body = Function::new([]);
        body.instruction(&Instruction::I32Const(0));
        for (index, (module, name)) in imports.iter().enumerate() {
            section.import(module, name, EntityType::Function(0));
            body.instruction(&Instruction::I32Const(fd)).instruction(&Instruction::Call(index as u32));
            body.instruction(&Instruction::I32Add);
        }
        let (mut functions, mut code, mut exports) = (FunctionSection::new(), CodeSection::new(), ExportSection::new());
        functions.function(1);
        code.function(body.instruction(&Instruction::End));
        exports.export("sum", ExportKind::Func, imports.len() as u32);
        let mut module = Module::new();
        module.section(&types).section(&section).section(&functions).section(&exports).section(&code);
        let mut names = NameSection::new();
        let mut map = NameMap::new();
        imports.iter().enumerate().for_each(|(index, (_, name))| map.append(index as u32, name));
        names.functions(&map);
        module.section(&names);
        module.finish()
    }

    /// The sum in a module whose remaining imports return 1000 each, and the number of those imports.
    fn sum(module: &[u8]) -> wasmtime::Result<(i32, usize)> {
        let engine = Engine::default();
        let module = wasmtime::Module::new(&engine, module).unwrap();
        let mut linker = Linker::new(&engine);
        for import in module.imports() {
            linker.func_wrap(import.module(), import.name(), |_: i32| 1000).unwrap();
        }
        let mut store = Store::new(&engine, ());
        let instance: Instance = linker.instantiate(&mut store, &module).unwrap();
        let sum = instance.get_typed_func::<(), i32>(&mut store, "sum").unwrap();
        Ok((sum.call(&mut store, ())?, module.imports().len()))
    }

    #[test]
    fn preview_1_is_not_imported() {
        let calls = [(PREVIEW1, "path_open"), ("other", "path_open"), (PREVIEW1, "fd_prestat_get"), ("other", "more")];
        let module = module(&calls);
        assert_eq!(sum(&module).unwrap(), (4000, 4));
        assert_eq!(sum(&within(&module, Beyond::default()).unwrap()).unwrap(), (2000 + NOTSUP + BADF, 2));
    }

    #[test]
    fn only_standard_streams_are_open() {
        let calls = [(PREVIEW1, "fd_seek"), (PREVIEW1, "fd_sync")];
        let answers = |fd| sum(&within(&of(fd, &calls), Beyond::default()).unwrap()).unwrap().0;
        assert_eq!((answers(2), answers(3), answers(-1)), (SPIPE + NOTSUP, BADF + BADF, BADF + BADF));
    }

    #[test]
    fn what_is_beyond_stays_imported() {
        let calls = [(PREVIEW1, "fd_sync"), ("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.subscribe")];
        let module = module(&calls);
        let of = |filesystem, network| {
            let beyond = Beyond { filesystem, network };
            wasmtime::Module::new(&Engine::default(), within(&module, beyond).unwrap()).unwrap().imports().len()
        };
        assert_eq!((of(false, false), of(true, false), of(false, true), of(true, true)), (0, 1, 1, 2));
        assert_eq!(within(&module, Beyond { filesystem: true, network: true }).unwrap(), module);
    }

    #[test]
    fn what_nobody_calls_traps() {
        let module = module(&[("wasi:sockets/tcp@0.2.12", "[method]tcp-socket.subscribe")]);
        assert!(sum(&within(&module, Beyond::default()).unwrap()).unwrap_err().is::<Trap>());
    }

    #[test]
    fn what_wasi_02_does_instead_traps() {
        let module = module(&[(PREVIEW1, "fd_write")]);
        assert!(sum(&within(&module, Beyond::default()).unwrap()).unwrap_err().is::<Trap>());
    }

    #[test]
    fn a_module_without_such_calls_stays_as_it_is() {
        let module = module(&[("other", "path_open"), ("third", "clock_time_get")]);
        assert_eq!(within(&module, Beyond::default()).unwrap(), module);
    }
}
