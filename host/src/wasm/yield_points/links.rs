//! What the core modules of a component import from one another, and which of their functions the host may call.
//!
//! Instances are made one after the other, from earlier ones, so imports alone make no cycle of calls.

use anyhow::Result;
use std::collections::HashMap;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentType, ComponentTypeRef, ExternalKind, Instance,
    Parser, Payload,
};

/// What the name of a core function stands for.
#[derive(Clone)]
pub enum Origin {
    /// The host, or something called through it.
    Host,
    /// An export of the module with this number, in the order of the component's bytes.
    Module(usize, String),
}

/// Where the functions of a component's core modules come from.
#[derive(Default)]
pub struct Links {
    /// By module and first name of an import: the instances that provide it. A module may be instantiated more than
    /// once.
    arguments: HashMap<(usize, String), Vec<usize>>,
    /// Functions that the host calls while it is being called.
    pub called: Vec<Origin>,
    /// False if modules come from outside this component, or nested components have some: then any import may be any
    /// export.
    pub is_known: bool,
    functions: Vec<Origin>,
    instances: Vec<Exports>,
    has_lifted: bool,
}

/// The exports of a core instance.
enum Exports {
    Module(usize),
    Functions(HashMap<String, Origin>),
}

impl Links {
    /// # Errors
    /// When it is not a component.
    pub fn of(component: &[u8]) -> Result<Self> {
        let mut links = Links { is_known: true, ..Links::default() };
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                payload if depth == 1 => links.look_at(payload)?,
                // A nested component that only renames types and functions does not matter.
                Payload::ModuleSection { .. } | Payload::InstanceSection(_) | Payload::ComponentCanonicalSection(_) => {
                    links.is_known = false
                }
                _ => {}
            }
        }
        Ok(links)
    }

    /// What a module imports by these names; nothing if it is never instantiated.
    pub fn import(&self, number: usize, module: &str, name: &str) -> impl Iterator<Item = Origin> {
        let instances = self.arguments.get(&(number, module.to_owned())).into_iter().flatten();
        instances.map(move |instance| self.export(*instance, name))
    }

    fn export(&self, instance: usize, name: &str) -> Origin {
        match self.instances.get(instance) {
            Some(Exports::Module(number)) => Origin::Module(*number, name.to_owned()),
            Some(Exports::Functions(functions)) => functions.get(name).cloned().unwrap_or(Origin::Host),
            None => Origin::Host,
        }
    }

    fn function(&self, index: u32) -> Origin {
        self.functions.get(index as usize).cloned().unwrap_or(Origin::Host)
    }

    fn look_at(&mut self, payload: Payload) -> Result<()> {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section {
                    self.is_known &=
                        !matches!(import?.ty, ComponentTypeRef::Module(_) | ComponentTypeRef::Component(_));
                }
            }
            Payload::ComponentTypeSection(section) => {
                for kind in section {
                    if let ComponentType::Resource { dtor: Some(index), .. } = kind? {
                        self.called.push(self.function(index));
                    }
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    self.look_at_function(function?);
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    self.look_at_alias(alias?);
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    self.instantiate(instance?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn look_at_function(&mut self, function: CanonicalFunction) {
        use CanonicalFunction::{Lift, Lower};
        if let Lift { options, .. } | Lower { options, .. } = &function {
            for option in options {
                if let CanonicalOption::Realloc(index)
                | CanonicalOption::PostReturn(index)
                | CanonicalOption::Callback(index) = option
                {
                    self.called.push(self.function(*index));
                }
            }
        }
        match function {
            // The component cannot be entered again while it waits for the host.
            Lift { .. } => self.has_lifted = true,
            function => {
                // It might be one of this component's own functions.
                self.is_known &= !(self.has_lifted && matches!(function, Lower { .. }));
                self.functions.push(Origin::Host);
            }
        }
    }

    fn look_at_alias(&mut self, alias: ComponentAlias) {
        match alias {
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, instance_index, name } => {
                self.functions.push(self.export(instance_index as usize, name));
            }
            ComponentAlias::CoreInstanceExport { .. } => {}
            ComponentAlias::InstanceExport { kind, .. } => {
                use wasmparser::ComponentExternalKind::{Component, Module};
                self.is_known &= !matches!(kind, Module | Component);
            }
            ComponentAlias::Outer { .. } => self.is_known = false,
        }
    }

    fn instantiate(&mut self, instance: Instance) {
        let exports = match instance {
            Instance::Instantiate { module_index, args } => {
                let number = module_index as usize;
                for argument in args {
                    let instances = self.arguments.entry((number, argument.name.to_owned())).or_default();
                    instances.push(argument.index as usize);
                }
                Exports::Module(number)
            }
            Instance::FromExports(exports) => {
                let functions = exports.iter().filter(|export| export.kind == ExternalKind::Func);
                let named = functions.map(|export| (export.name.to_owned(), self.function(export.index)));
                Exports::Functions(named.collect())
            }
        };
        self.instances.push(exports);
    }
}
