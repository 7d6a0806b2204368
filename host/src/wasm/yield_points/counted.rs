//! Makes checks countable, for tests.

use super::epoch::EPOCH;
use super::*;
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{CodeSection, EntityType, ImportSection, Instruction, Module, SectionId, TypeSection};
use wasmparser::{FunctionBody, Operator, TypeRef};

/// The same module, in which each check calls an imported function. A module without checks stays as it is.
pub fn counted(instrumented: &[u8]) -> Vec<u8> {
    let mut added = Added::default();
    let mut has_clock = false;
    for payload in Parser::new(0).parse_all(instrumented) {
        match payload.unwrap() {
            Payload::TypeSection(section) => added.kind = section.count(),
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    match import.unwrap().ty {
                        TypeRef::Memory(_) => added.clock += 1,
                        TypeRef::Global(_) => added.seen += 1,
                        _ => {}
                    }
                }
            }
            Payload::MemorySection(section) => {
                added.clock = (added.clock + section.count()).wrapping_sub(1);
                let last = section.into_iter().last().map(Result::unwrap);
                has_clock = last.is_some_and(|memory| memory.maximum == EPOCH.maximum);
            }
            Payload::GlobalSection(section) => added.seen = (added.seen + section.count()).wrapping_sub(1),
            _ => {}
        }
    }
    if !has_clock {
        return instrumented.to_vec();
    }
    let mut written = Module::new();
    added.parse_core_module(&mut written, Parser::new(0), instrumented).unwrap();
    written.finish()
}

/// Replaces each call to the host's `memory.grow`.
#[derive(Default)]
struct Added {
    kind: u32,
    clock: u32,
    seen: u32,
    /// `tick` has been rewritten; the slow paths follow it.
    has_asked: bool,
    has_imports: bool,
}

impl Reencode for Added {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, reencode::Error> {
        Ok(index + 1)
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader,
    ) -> Result<(), reencode::Error> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([], []);
        Ok(())
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), reencode::Error> {
        let is_place = after == Some(SectionId::Type) && before != Some(SectionId::Import);
        if is_place && !std::mem::replace(&mut self.has_imports, true) {
            let mut imports = ImportSection::new();
            imports.import("", "look", EntityType::Function(self.kind));
            module.section(&imports);
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader,
    ) -> Result<(), reencode::Error> {
        self.has_imports = true;
        imports.import("", "look", EntityType::Function(self.kind));
        utils::parse_import_section(self, imports, section)
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody) -> Result<(), reencode::Error> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        for operator in body.get_operators_reader()? {
            match operator? {
                // With zero in `seen`, a check finds a new epoch; only a slow path sets one, for the function that it
                // goes back to.
                Operator::GlobalGet { global_index } if global_index == self.seen => {
                    let mut code = function.instructions();
                    code.global_get(self.seen).i32_const(1).i32_xor().i32_const(0).global_set(self.seen);
                }
                Operator::GlobalSet { global_index } if global_index == self.seen => {
                    function.instruction(&Instruction::Drop);
                }
                Operator::MemoryGrow { mem } if mem == self.clock => {
                    self.has_asked = true;
                    function.instruction(&Instruction::Call(0));
                }
                operator => {
                    if self.has_asked && matches!(operator, Operator::ReturnCall { .. }) {
                        function.instructions().i32_const(1).global_set(self.seen);
                    }
                    function.instruction(&self.instruction(operator)?);
                }
            }
        }
        code.function(&function);
        Ok(())
    }
}
