//! Methods without arguments. CPython calls them with two parameters, the second of which is NULL. Many packages write
//! such functions with the first one alone and cast them, which processors forgive and WebAssembly does not.

use super::image::Image;
use super::side::Side;
use wasm_encoder::{Function, Instruction};
use wasmparser::{FuncType, ValType};

/// CPython's flag `METH_NOARGS`, and those that may stand beside it (class, static, coexist).
const NO_ARGUMENTS: u32 = 0x4;
const BESIDE: u32 = 0x70;
/// The places of a `PyMethodDef`'s name and flags, relative to its function.
const NAME: u32 = 4;
const FLAGS: u32 = 4;

/// What CPython calls.
pub fn kind() -> FuncType {
    FuncType::new([ValType::I32; 2], [ValType::I32])
}

/// The offsets in the data of pointers to such functions, with the function of the side module.
pub fn short(side: &Side, image: &Image, table_at: u32) -> Vec<(u32, u32)> {
    let one = FuncType::new([ValType::I32], [ValType::I32]);
    let is_short = |function: &u32| {
        side.function_type(*function).and_then(|kind| side.types.get(kind as usize)).is_some_and(|kind| *kind == one)
    };
    let methods = image.addresses.iter().filter(|(offset, _)| {
        let flags = image.word(**offset + FLAGS);
        let named = offset.checked_sub(NAME).is_some_and(|name| image.addresses.contains_key(&name));
        named && flags.is_some_and(|flags| flags & !BESIDE == NO_ARGUMENTS)
    });
    methods
        .filter_map(|(offset, value)| {
            let place = value.cast_unsigned().checked_sub(table_at)?;
            let function = side.elements.iter().find_map(|segment| {
                segment.content.get(place.checked_sub(segment.offset)? as usize).copied().filter(is_short)
            })?;
            Some((*offset, function))
        })
        .collect()
}

/// A function that CPython can call in place of `called`.
pub fn forward(called: u32) -> Function {
    let mut body = Function::new([]);
    body.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::Call(called)).instruction(&Instruction::End);
    body
}
