//! A component of two core modules, for the oracle: the second one imports the first one's exports.

use super::links::{Links, Origin};
use super::metered::{BEFORE, SMALL};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    Component, ComponentSectionId, EntityType, ImportSection, InstanceSection, Module, ModuleArg, RawSection, SectionId,
};
use wasmparser::{ExternalKind, Parser, Payload};

/// A module that imports all exports of this one, except globals and tags: wasm-smith chooses from these.
pub fn imports_of(module: &[u8]) -> Vec<u8> {
    let (mut written, mut imports) = (Module::new(), ImportSection::new());
    let (mut functions, mut tables, mut memories) = (vec![], vec![], vec![]);
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::TypeSection(section) => {
                let data = &module[section.range()];
                written.section(&RawSection { id: SectionId::Type as u8, data });
            }
            Payload::FunctionSection(section) => functions.extend(section.into_iter().map(Result::unwrap)),
            Payload::TableSection(section) => {
                let section = section.into_iter().map(|table| table.unwrap().ty);
                tables.extend(section.map(|table| RoundtripReencoder.table_type(table).unwrap()));
            }
            Payload::MemorySection(section) => {
                let section = section.into_iter().map(Result::unwrap);
                memories.extend(section.map(|memory| RoundtripReencoder.memory_type(memory).unwrap()));
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.unwrap();
                    let index = export.index as usize;
                    let kind = match export.kind {
                        ExternalKind::Func => EntityType::Function(functions[index]),
                        ExternalKind::Table => EntityType::Table(tables[index]),
                        ExternalKind::Memory => EntityType::Memory(memories[index]),
                        _ => continue,
                    };
                    imports.import(BEFORE, export.name, kind);
                }
            }
            _ => {}
        }
    }
    written.section(&imports);
    written.finish()
}

/// Whether the second module imports anything.
pub fn is_linked(modules: &[Vec<u8>; 2]) -> bool {
    Parser::new(0).parse_all(&modules[1]).any(|payload| matches!(payload, Ok(Payload::ImportSection(_))))
}

/// The modules as they are served, with small bounds, as if the outside could call all exports of the second one. None
/// if wasgi cannot serve them.
pub fn rewritten(modules: &[Vec<u8>; 2]) -> Option<Vec<Vec<u8>>> {
    let direct = modules
        .iter()
        .map(|module| crate::wasm::devirtualize::calls(module).unwrap().unwrap_or_else(|| module.clone()));
    let mut links = Links::of(&component(modules)).unwrap();
    for payload in Parser::new(0).parse_all(&modules[1]) {
        if let Payload::ExportSection(section) = payload.unwrap() {
            let names = section.into_iter().map(|export| export.unwrap().name.to_owned());
            links.called.extend(names.map(|name| Origin::Module(1, name)));
        }
    }
    super::insert_within(SMALL, &links, &direct.collect::<Vec<_>>(), None).ok()
}

fn component(modules: &[Vec<u8>; 2]) -> Vec<u8> {
    let mut component = Component::new();
    for module in modules {
        component.section(&RawSection { id: ComponentSectionId::CoreModule as u8, data: module });
    }
    let mut instances = InstanceSection::new();
    instances.instantiate::<_, &str>(0, []);
    instances.instantiate(1, [(BEFORE, ModuleArg::Instance(0))]);
    component.section(&instances);
    component.finish()
}
