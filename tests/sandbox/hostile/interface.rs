//! The imports that a guest can call, from the WIT.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, Handle, Resolve, SizeAlign, Type, TypeDefKind, TypeId, WorldId, WorldItem};

/// An import, as seen by a core module.
pub struct Call {
    pub module: String,
    pub name: String,
    /// Each parameter's meaning and type.
    pub params: Vec<(Param, WasmType)>,
    /// The function's direct result, if any.
    pub gives: Option<WasmType>,
    /// The function writes its result to the address in its last parameter.
    pub writes: bool,
    pub returned: Vec<Returned>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// A handle of that resource, and whether the call takes it over.
    Handle {
        resource: usize,
        is_given: bool,
    },
    Pointer,
    Length,
    /// One of this many cases.
    Case(usize),
    Number,
}

/// A handle in a function's result.
#[derive(Clone, Debug)]
pub struct Returned {
    pub resource: usize,
    /// Offsets and values of bytes that must match for the handle to exist.
    pub if_bytes: Vec<(usize, u8)>,
    /// The offset of a list's pointer and length, if the handle is in the list's first element.
    pub in_list: Option<usize>,
    pub offset: usize,
}

pub struct Interface {
    pub resolve: Resolve,
    pub world: WorldId,
    resources: HashMap<TypeId, usize>,
    sizes: SizeAlign,
}

impl Interface {
    /// The interface of `world.wit`, with the WIT of the host's own crate.
    pub fn new() -> Self {
        let mut resolve = Resolve::default();
        resolve.push_dir(wit_of("wasmtime-wasi-http")).expect("the crate's WIT");
        let package = resolve.push_str("world.wit", include_str!("world.wit")).expect("a world");
        let world = resolve.select_world(&[package], Some("guest")).expect("it has that one");
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve);
        Interface { resolve, world, resources: HashMap::new(), sizes }
    }

    pub fn calls(&mut self) -> Vec<Call> {
        let resolve = self.resolve.clone();
        let mut calls = vec![];
        for (key, item) in &resolve.worlds[self.world].imports {
            let WorldItem::Interface { id, .. } = item else { continue };
            let module = resolve.name_world_key(key);
            for function in resolve.interfaces[*id].functions.values() {
                calls.push(self.call(&module, function));
            }
            for (name, id) in &resolve.interfaces[*id].types {
                if let TypeDefKind::Resource = resolve.types[*id].kind {
                    let resource = self.resource(*id);
                    calls.push(drop_of(&module, name, resource));
                }
            }
        }
        calls
    }

    /// The number of a resource by its name.
    pub fn named(&self, name: &str) -> usize {
        let is_named = |id: &&TypeId| self.resolve.types[**id].name.as_deref() == Some(name);
        self.resources[self.resources.keys().find(is_named).expect("some function has to do with it")]
    }

    fn call(&mut self, module: &str, function: &Function) -> Call {
        let signature = self.resolve.wasm_signature(AbiVariant::GuestImport, function);
        assert!(!signature.indirect_params, "{}: its parameters fit", function.name);
        let meanings: Vec<Param> = function.params.iter().flat_map(|param| self.meanings(&param.ty)).collect();
        let params = meanings.into_iter().zip(signature.params.iter().copied()).collect();
        let mut returned = vec![];
        if let Some(ty) = &function.result {
            self.find_handles(ty, 0, &[], None, &mut returned);
        }
        let (module, name) = (module.to_owned(), function.name.clone());
        let gives = signature.results.first().copied();
        Call { module, name, params, gives, writes: signature.retptr, returned }
    }

    /// The meanings of the type's flattened parameters.
    fn meanings(&mut self, ty: &Type) -> Vec<Param> {
        let Type::Id(id) = ty else {
            return if *ty == Type::String { vec![Param::Pointer, Param::Length] } else { vec![Param::Number] };
        };
        match self.resolve.types[*id].kind.clone() {
            TypeDefKind::Type(ty) => self.meanings(&ty),
            TypeDefKind::Handle(handle) => vec![self.handle(handle)],
            TypeDefKind::List(_) => vec![Param::Pointer, Param::Length],
            TypeDefKind::Record(record) => record.fields.iter().flat_map(|field| self.meanings(&field.ty)).collect(),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().flat_map(|ty| self.meanings(ty)).collect(),
            TypeDefKind::Option(ty) => self.choice(&[None, Some(ty)]),
            TypeDefKind::Result(result) => self.choice(&[result.ok, result.err]),
            TypeDefKind::Variant(variant) => self.choice(&variant.cases.iter().map(|case| case.ty).collect::<Vec<_>>()),
            TypeDefKind::Enum(cases) => vec![Param::Case(cases.cases.len())],
            TypeDefKind::Flags(_) => vec![Param::Number],
            other => unreachable!("WASI 0.2 has no {}", other.as_str()),
        }
    }

    /// The case's number and its payload: each position has the meaning in the first case that uses it.
    fn choice(&mut self, cases: &[Option<Type>]) -> Vec<Param> {
        let mut joined = vec![];
        for case in cases.iter().flatten() {
            let meanings = self.meanings(case);
            joined.extend(meanings.into_iter().skip(joined.len()));
        }
        [vec![Param::Case(cases.len())], joined].concat()
    }

    fn handle(&mut self, handle: Handle) -> Param {
        let (id, is_given) = match handle {
            Handle::Own(id) => (id, true),
            Handle::Borrow(id) => (id, false),
        };
        Param::Handle { resource: self.resource(id), is_given }
    }

    /// Resolves aliases: a resource used under several names is the same.
    fn resource(&mut self, mut id: TypeId) -> usize {
        while let TypeDefKind::Type(Type::Id(original)) = self.resolve.types[id].kind {
            id = original;
        }
        let next = self.resources.len();
        *self.resources.entry(id).or_insert(next)
    }

    fn find_handles(
        &mut self,
        ty: &Type,
        offset: usize,
        if_bytes: &[(usize, u8)],
        in_list: Option<usize>,
        found: &mut Vec<Returned>,
    ) {
        let Type::Id(id) = ty else { return };
        let payload = |of: Option<&Type>, sizes: &SizeAlign| {
            offset + sizes.payload_offset(wit_parser::Int::U8, [of]).size_wasm32()
        };
        let guarded = |byte| [if_bytes, &[(offset, byte)]].concat();
        match self.resolve.types[*id].kind.clone() {
            TypeDefKind::Type(ty) => self.find_handles(&ty, offset, if_bytes, in_list, found),
            TypeDefKind::Handle(Handle::Own(id)) => {
                let resource = self.resource(id);
                found.push(Returned { resource, if_bytes: if_bytes.to_vec(), in_list, offset });
            }
            TypeDefKind::Option(ty) => {
                let at = payload(Some(&ty), &self.sizes);
                self.find_handles(&ty, at, &guarded(1), in_list, found);
            }
            TypeDefKind::Result(result) => {
                let both = [result.ok.as_ref(), result.err.as_ref()];
                let at = offset + self.sizes.payload_offset(wit_parser::Int::U8, both).size_wasm32();
                if let Some(ok) = &result.ok {
                    self.find_handles(ok, at, &guarded(0), in_list, found);
                }
            }
            TypeDefKind::Tuple(tuple) => {
                let fields: Vec<_> =
                    self.sizes.field_offsets(&tuple.types).iter().map(|(at, ty)| (at.size_wasm32(), **ty)).collect();
                for (at, ty) in fields {
                    self.find_handles(&ty, offset + at, if_bytes, in_list, found);
                }
            }
            TypeDefKind::List(ty) if in_list.is_none() => self.find_handles(&ty, 0, if_bytes, Some(offset), found),
            _ => {}
        }
    }
}

fn drop_of(module: &str, name: &str, resource: usize) -> Call {
    let params = vec![(Param::Handle { resource, is_given: true }, WasmType::I32)];
    let name = format!("[resource-drop]{name}");
    Call { module: module.to_owned(), name, params, gives: None, writes: false, returned: vec![] }
}

/// The WIT folder of a crate in the workspace.
fn wit_of(name: &str) -> PathBuf {
    let told = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--locked"]).output();
    let told: serde_json::Value = serde_json::from_slice(&told.expect("cargo runs").stdout).expect("JSON");
    let packages = told["packages"].as_array().expect("a list");
    let package = packages.iter().find(|package| package["name"] == name).expect("a dependency");
    Path::new(package["manifest_path"].as_str().expect("a path")).with_file_name("wit")
}
