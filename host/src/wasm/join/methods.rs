//! Methods without arguments, and what gives an attribute (`getter`). CPython calls them with two parameters, the second
//! of which such a function may leave unused. Many packages write them with the first one alone and cast them, which
//! processors forgive and WebAssembly does not.

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

/// The words of a `PyGetSetDef`: name, getter, setter, documentation, and what both functions are given.
const ATTRIBUTE: [u32; 5] = [0, 4, 8, 12, 16];

/// The offsets in the data of pointers to such functions, with the function of the side module.
pub fn short(side: &Side, image: &Image, table_at: u32) -> Vec<(u32, u32)> {
    let pointers = Pointers { side, image, table_at };
    let is_named = |offset: u32| offset.checked_sub(NAME).is_some_and(|name| image.points_inside(name));
    let is_method = |offset: u32| {
        image.word(offset + FLAGS).is_some_and(|flags| flags & !BESIDE == NO_ARGUMENTS) && is_named(offset)
    };
    let is_getter = |offset: u32| is_named(offset) && pointers.are_attributes(offset - NAME);
    let is_short = |offset: u32| pointers.parameters(offset) == Some(1);
    let offsets = image.addresses.keys().copied();
    let called = offsets.filter(|offset| is_short(*offset) && (is_method(*offset) || is_getter(*offset)));
    called.filter_map(|offset| Some((offset, pointers.function(offset)?))).collect()
}

/// What the addresses in a side module's data point to.
struct Pointers<'a> {
    side: &'a Side<'a>,
    image: &'a Image,
    table_at: u32,
}

impl Pointers<'_> {
    /// The side module's function that a word of the data points to.
    fn function(&self, offset: u32) -> Option<u32> {
        let place = self.image.addresses.get(&offset)?.cast_unsigned().checked_sub(self.table_at)?;
        let of_segment = |offset: u32, content: &[u32]| content.get(place.checked_sub(offset)? as usize).copied();
        self.side.elements.iter().find_map(|segment| of_segment(segment.offset, &segment.content))
    }

    /// How many parameters the function has, if it takes and gives pointers alone.
    fn parameters(&self, offset: u32) -> Option<usize> {
        let kind = self.side.types.get(self.side.function_type(self.function(offset)?)? as usize)?;
        let of_pointers = kind.params().iter().all(|kind| *kind == ValType::I32) && kind.results() == [ValType::I32];
        of_pointers.then_some(kind.params().len())
    }

    /// Whether `PyGetSetDef`s begin there. The last one is followed by zeros. That takes a form of five words for one,
    /// as a table of a package's own may begin with a name and a function, too, and its code calls that as it is. In an
    /// iterator's type a function of the guest stands before the one for the next item.
    fn are_attributes(&self, first: u32) -> bool {
        let is_null = |offset| self.image.word(offset) == Some(0);
        let mut entries = (first..).step_by(size_of_val(&ATTRIBUTE)).map(|at| ATTRIBUTE.map(|word| at + word));
        let last = entries.find(|&[name, getter, setter, text, _]| {
            let gets = matches!(self.parameters(getter), Some(1 | 2)) || is_null(getter);
            let sets = matches!(self.parameters(setter), Some(2 | 3)) || is_null(setter);
            let is_told = self.image.points_inside(text) || is_null(text);
            !(self.image.points_inside(name) && gets && sets && is_told)
        });
        last.is_some_and(|words| words.into_iter().all(is_null))
    }
}

/// A function that CPython can call in place of `called`.
pub fn forward(called: u32) -> Function {
    let mut body = Function::new([]);
    body.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::Call(called)).instruction(&Instruction::End);
    body
}
