//! Methods, and what gives and sets an attribute, with fewer parameters than CPython calls them with. Many packages write
//! functions without those that they do not use and cast them, which processors forgive and WebAssembly does not.

use super::image::Image;
use super::side::Side;
use wasm_encoder::{Function, Instruction};
use wasmparser::{FuncType, ValType};

/// CPython's flag `METH_NOARGS`, and those that may stand beside any (class, static, coexist).
const NO_ARGUMENTS: u32 = 0x4;
const BESIDE: u32 = 0x70;
/// The words of a `PyMethodDef`: name, function, flags, documentation.
const METHOD: [u32; 4] = [0, 4, 8, 12];
/// The words of a `PyGetSetDef`: name, getter, setter, documentation, and what both functions are given.
const ATTRIBUTE: [u32; 5] = [0, 4, 8, 12, 16];

/// A pointer in the data of a side module to one of its functions that lacks parameters.
pub struct Short {
    pub offset: u32,
    pub function: u32,
    pub parameters: u32,
    /// How many CPython calls it with.
    pub called_with: u32,
}

/// The parameters of a method by its flags, as CPython's `methodobject.h` has it.
fn of_method(flags: u32) -> Option<u32> {
    match flags & !BESIDE {
        // One tuple, nothing or one object behind `self`.
        0x1 | NO_ARGUMENTS | 0x8 => Some(2),
        // Keywords, too; or arguments and how many.
        0x3 | 0x80 => Some(3),
        // The latter and names of keywords; and the class that defines it.
        0x82 => Some(4),
        0x282 => Some(5),
        _ => None,
    }
}

/// The type of a function with so many pointers.
pub fn kind(parameters: u32) -> FuncType {
    FuncType::new(vec![ValType::I32; parameters as usize], [ValType::I32])
}

/// The pointers to functions that lack parameters.
pub fn short(side: &Side, image: &Image, table_at: u32) -> Vec<Short> {
    let pointers = Pointers { side, image, table_at };
    let short = |offset: u32| {
        let function = pointers.function(offset)?;
        let parameters = pointers.parameters(offset)?;
        let called_with = pointers.called_with(offset)?;
        (0 < parameters && parameters < called_with).then_some(Short { offset, function, parameters, called_with })
    };
    image.addresses.keys().copied().filter_map(short).collect()
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

    /// How many parameters CPython gives what this points to.
    fn called_with(&self, offset: u32) -> Option<u32> {
        let first = offset.checked_sub(ATTRIBUTE[1])?;
        let is_named = self.image.points_inside(first);
        let flags = self.image.word(first + METHOD[2])?;
        // Cython's stand alone, without others behind them.
        if is_named && (flags & !BESIDE == NO_ARGUMENTS || self.are_methods(first)) {
            return of_method(flags);
        }
        if is_named && self.are_attributes(first) {
            return Some(2);
        }
        let first = offset.checked_sub(ATTRIBUTE[2])?;
        (self.image.points_inside(first) && self.are_attributes(first)).then_some(3)
    }

    /// How many parameters the function has, if it takes and gives pointers alone.
    fn parameters(&self, offset: u32) -> Option<u32> {
        let kind = self.side.types.get(self.side.function_type(self.function(offset)?)? as usize)?;
        let of_pointers = kind.params().iter().all(|kind| *kind == ValType::I32) && kind.results() == [ValType::I32];
        of_pointers.then_some(kind.params().len() as u32)
    }

    /// Whether `PyMethodDef`s begin there. The last one is followed by zeros. A table of a package's own may have a name,
    /// a function and a number, too.
    fn are_methods(&self, first: u32) -> bool {
        let mut entries = (first..).step_by(size_of_val(&METHOD)).map(|at| METHOD.map(|word| at + word));
        let last = entries.find(|&[name, function, flags, text]| {
            let is_function = self.image.addresses.contains_key(&function) && !self.image.points_inside(function);
            let is_called = self.image.word(flags).and_then(of_method).is_some();
            let is_told = self.image.points_inside(text) || self.is_null(text);
            !(self.image.points_inside(name) && is_function && is_called && is_told)
        });
        last.is_some_and(|words| words.into_iter().all(|word| self.is_null(word)))
    }

    fn is_null(&self, offset: u32) -> bool {
        self.image.word(offset) == Some(0)
    }

    /// Whether `PyGetSetDef`s begin there. The last one is followed by zeros. That takes a form of five words for one,
    /// as a table of a package's own may begin with a name and a function, too, and its code calls that as it is. In an
    /// iterator's type a function of the guest stands before the one for the next item.
    fn are_attributes(&self, first: u32) -> bool {
        let mut entries = (first..).step_by(size_of_val(&ATTRIBUTE)).map(|at| ATTRIBUTE.map(|word| at + word));
        let last = entries.find(|&[name, getter, setter, text, _]| {
            let gets = matches!(self.parameters(getter), Some(1 | 2)) || self.is_null(getter);
            let sets = matches!(self.parameters(setter), Some(2 | 3)) || self.is_null(setter);
            let is_told = self.image.points_inside(text) || self.is_null(text);
            !(self.image.points_inside(name) && gets && sets && is_told)
        });
        last.is_some_and(|words| words.into_iter().all(|word| self.is_null(word)))
    }
}

/// A function that CPython can call in place of `called`, which takes the first of its parameters.
pub fn forward(called: u32, parameters: u32) -> Function {
    let mut body = Function::new([]);
    for parameter in 0..parameters {
        body.instruction(&Instruction::LocalGet(parameter));
    }
    body.instruction(&Instruction::Call(called)).instruction(&Instruction::End);
    body
}
