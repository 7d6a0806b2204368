//! Where side modules lie in the guest, and what their imports are.

use super::exports::Exports;
use super::image::Image;
use super::methods;
use super::side::{Global, PREVIEW1, Side};
use super::unwind::Unwinding;
use crate::units::WASM_PAGE;
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, HashMap};
use wasmparser::{FuncType, Operator};

const STACK_POINTER: &str = "__stack_pointer";
/// Imports of addresses: of data, and of functions in the table.
const DATA: &str = "GOT.mem";
const FUNCTIONS: &str = "GOT.func";

/// The ends of the guest's index spaces.
pub struct Layout {
    /// In bytes.
    pub memory: u32,
    pub table: u32,
    pub functions: u32,
    pub types: Vec<FuncType>,
    /// Functions of the table that no side module has in its own part of it.
    pub added: HashMap<u32, u32>,
}

/// A side module at its place.
pub struct Placed<'a> {
    pub side: Side<'a>,
    /// Of each type, function and global, what it is in the guest.
    pub types: Vec<u32>,
    pub functions: Vec<u32>,
    pub globals: Vec<Value>,
    pub data_at: u32,
    pub data: Vec<u8>,
    pub table_at: u32,
    /// The address of each module's name, and the place of its function in the table.
    pub modules: Vec<(u32, u32)>,
    pub unwinding: Option<Unwinding>,
    pub forwarded: Vec<Forwarded>,
}

/// A function of the guest that another one calls with the first of its own parameters.
pub struct Forwarded {
    pub called: u32,
    pub parameters: u32,
    /// The other one's type.
    pub kind: u32,
}

#[derive(Clone, Copy)]
pub enum Value {
    Known(i32),
    /// The guest's global of this index.
    Global(u32),
}

impl Layout {
    /// Behind all that the guest has. Its memory at the beginning is its own data and the beginning of malloc's heap,
    /// whose end malloc knows as a constant; what is behind it is for `memory.grow` to give.
    pub fn after(exports: &Exports) -> Self {
        Layout {
            memory: exports.pages * WASM_PAGE as u32,
            table: exports.table_size,
            functions: exports.functions.len() as u32,
            types: exports.types.clone(),
            added: HashMap::new(),
        }
    }

    /// Gives a side module its place and resolves its imports.
    ///
    /// # Errors
    /// When the guest lacks one of them, or the module is not of the expected form.
    pub fn place<'a>(
        &mut self,
        exports: &Exports,
        side: Side<'a>,
        modules: &BTreeMap<String, String>,
    ) -> Result<Placed<'a>> {
        let data_at = self.memory.next_multiple_of(side.alignment);
        let table_at = self.table;
        self.table += side.table_size;
        let functions = self.functions_of(exports, &side)?;
        self.functions += side.functions.len() as u32;
        let mut globals = vec![];
        for global in &side.globals {
            globals.push(match *global {
                Global::Own(value) => Value::Known(value),
                Global::Imported { name: "__memory_base", .. } => Value::Known(data_at.cast_signed()),
                Global::Imported { name: "__table_base", .. } => Value::Known(table_at.cast_signed()),
                Global::Imported { module: DATA, name } => Value::Known(datum(exports, &side, data_at, name)?),
                Global::Imported { module: FUNCTIONS, name } => {
                    Value::Known(self.pointer(exports, &side, table_at, &functions, name)?)
                }
                Global::Imported { name: STACK_POINTER, .. } => {
                    Value::Global(exports.global(STACK_POINTER).with_context(|| missing(STACK_POINTER))?)
                }
                Global::Imported { name, .. } => bail!(missing(name)),
            });
        }
        let known = |value: &Value| if let Value::Known(value) = value { Some(*value) } else { None };
        let mut image = Image::of(&side, data_at, globals.iter().map(known).collect())?;
        for relocations in side.relocations() {
            image.relocate(&side, relocations)?;
        }
        for (global, value) in globals.iter_mut().zip(&image.globals) {
            if let Some(value) = value {
                *global = Value::Known(*value);
            }
        }
        is_constant(&side, &globals)?;
        let mut forwarded = vec![];
        for short in methods::short(&side, &image, table_at) {
            let kind = self.type_index(&methods::kind(short.called_with));
            let called = functions[short.function as usize];
            forwarded.push(Forwarded { called, parameters: short.parameters, kind });
            image.store(short.offset, self.appended(self.functions).cast_signed())?;
            self.functions += 1;
        }
        let mut registered = vec![];
        for (name, init) in modules {
            let index = *side.exported_functions.get(init.as_str()).with_context(|| format!("it has no {init}"))?;
            registered
                .push((data_at + image.data.len() as u32, self.in_table(exports, &side, table_at, &functions, index)));
            image.data.extend(name.bytes().chain([0]));
        }
        self.memory = data_at + image.data.len() as u32;
        let types = side.types.iter().map(|kind| self.type_index(kind)).collect();
        let unwinding = Unwinding::of(&side, data_at)?;
        let data = image.data;
        let modules = registered;
        Ok(Placed { side, types, functions, globals, data_at, data, table_at, modules, unwinding, forwarded })
    }

    fn functions_of(&self, exports: &Exports, side: &Side) -> Result<Vec<u32>> {
        let mut functions = vec![];
        for (module, name, kind) in &side.imported {
            let found = match *module {
                // wasi-libc calls the host by this name, and the guest has its own in place of some.
                PREVIEW1 => {
                    let own = exports.function(&format!("__imported_{PREVIEW1}_{name}"));
                    own.or_else(|| exports.import(PREVIEW1, name))
                }
                _ => exports.function(name),
            };
            let function = found.with_context(|| missing(name))?;
            ensure!(
                exports.type_of(function) == side.types.get(*kind as usize),
                "it calls {name} with other parameters or another result than that of the guest has"
            );
            functions.push(function);
        }
        functions.extend((self.functions..).take(side.functions.len()));
        Ok(functions)
    }

    /// A function's place in the table. Pointers to a function are equal, so each function has one place.
    fn in_table(&mut self, exports: &Exports, side: &Side, table_at: u32, functions: &[u32], index: u32) -> u32 {
        let function = functions[index as usize];
        let own = side.elements.iter().find_map(|segment| {
            let place = segment.content.iter().position(|element| *element == index)?;
            Some(table_at + segment.offset + place as u32)
        });
        let place = exports.in_table.get(&function).or_else(|| self.added.get(&function)).copied().or(own);
        place.unwrap_or_else(|| self.appended(function))
    }

    /// Gives a function a place at the end of the table.
    fn appended(&mut self, function: u32) -> u32 {
        self.table += 1;
        self.added.insert(function, self.table - 1);
        self.table - 1
    }

    fn pointer(&mut self, exports: &Exports, side: &Side, table_at: u32, functions: &[u32], name: &str) -> Result<i32> {
        if let Some(index) = side.exported_functions.get(name) {
            return Ok(self.in_table(exports, side, table_at, functions, *index).cast_signed());
        }
        let Some(function) = exports.function(name) else {
            ensure!(side.optional.contains(name), missing(name));
            return Ok(0);
        };
        let place = exports.in_table.get(&function).or_else(|| self.added.get(&function)).copied();
        Ok(place.unwrap_or_else(|| self.appended(function)).cast_signed())
    }

    fn type_index(&mut self, kind: &FuncType) -> u32 {
        let known = self.types.iter().position(|known| known == kind);
        known.unwrap_or_else(|| {
            self.types.push(kind.clone());
            self.types.len() - 1
        }) as u32
    }
}

fn missing(name: &str) -> String {
    format!("it needs {name}, which the guest does not have")
}

/// The address of a datum.
fn datum(exports: &Exports, side: &Side, data_at: u32, name: &str) -> Result<i32> {
    if let Some(index) = side.exported_globals.get(name)
        && let Some(Global::Own(offset)) = side.globals.get(*index as usize)
    {
        return Ok(data_at.cast_signed().wrapping_add(*offset));
    }
    match exports.address(name) {
        Some(address) => Ok(address),
        None if side.optional.contains(name) => Ok(0),
        None => bail!(missing(name)),
    }
}

/// Checks that the code sets no global whose value is taken as known.
fn is_constant(side: &Side, globals: &[Value]) -> Result<()> {
    let relocations: Vec<_> = side.relocations().collect();
    for (function, body) in (side.imported.len() as u32..).zip(&side.bodies) {
        if relocations.contains(&function) {
            continue;
        }
        for operator in body.get_operators_reader()? {
            if let Operator::GlobalSet { global_index } = operator?
                && !matches!(globals.get(global_index as usize), Some(Value::Global(_)))
            {
                bail!("its code sets a global of its own")
            }
        }
    }
    Ok(())
}
