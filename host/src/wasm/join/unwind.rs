//! `longjmp` of a side module, without WebAssembly's exceptions, which not every engine has: a function that returned
//! because of a jump is told from others by a flag, and its caller returns at once, down to the `setjmp` that is meant.
//!
//! The compiler calls what may jump out of a function with a `setjmp` by `invoke_` functions, which stop at that and
//! restore the stack (`python-wasm/recipe/longjmp.py`). This adds what lies between the two: a look at the flag behind
//! each call that may come back by a jump.

use super::append::Moved;
use super::side::{Global, Side};
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{BlockType, CodeSection, Instruction, MemArg};
use wasmparser::{FuncType, FunctionBody, Operator, ValType};

/// The function that jumps, which sets the flag.
const JUMP: &str = "emscripten_longjmp";
const FLAG: &str = "__THREW__";
/// How the names of functions begin that stop at jumps.
const STOPS: &str = "invoke_";

pub struct Unwinding {
    /// The flag's address.
    flag: i32,
    /// The functions that may come back by a jump, and the types of those that the table has.
    functions: HashSet<u32>,
    types: HashSet<u32>,
}

impl Unwinding {
    /// What may jump in a side module whose data lies at `data_at`, if anything can.
    ///
    /// # Errors
    /// When it jumps and has no flag.
    pub fn of(side: &Side, data_at: u32) -> Result<Option<Self>> {
        let Some(jump) = side.exported_functions.get(JUMP) else { return Ok(None) };
        let flag = side.exported_globals.get(FLAG).and_then(|index| match side.globals.get(*index as usize)? {
            Global::Own(offset) => Some(data_at.cast_signed().wrapping_add(*offset)),
            Global::Imported { .. } => None,
        });
        let flag = flag.with_context(|| format!("it has {JUMP} without {FLAG}"))?;
        let mut unwinding = Unwinding { flag, functions: HashSet::from([*jump]), types: HashSet::new() };
        while unwinding.spread(side)? {}
        Ok(Some(unwinding))
    }

    /// Adds the callers of what is known to jump, and returns whether there were any.
    fn spread(&mut self, side: &Side) -> Result<bool> {
        let stops: HashSet<_> = side
            .exported_functions
            .iter()
            .filter_map(|(name, index)| name.starts_with(STOPS).then_some(*index))
            .collect();
        let before = (self.functions.len(), self.types.len());
        for (index, body) in (side.imported.len() as u32..).zip(&side.bodies) {
            if self.functions.contains(&index) || stops.contains(&index) {
                continue;
            }
            for operator in body.get_operators_reader()? {
                if self.may_jump(&operator?) {
                    self.functions.insert(index);
                    break;
                }
            }
        }
        let of_table =
            side.elements.iter().flat_map(|segment| &segment.content).chain(side.exported_functions.values());
        let jumping = of_table.filter(|index| self.functions.contains(index));
        let types: Vec<_> = jumping.filter_map(|index| side.function_type(*index)).collect();
        self.types.extend(types);
        Ok(before != (self.functions.len(), self.types.len()))
    }

    fn may_jump(&self, operator: &Operator) -> bool {
        match operator {
            Operator::Call { function_index } => self.functions.contains(function_index),
            Operator::CallIndirect { type_index, .. } => self.types.contains(type_index),
            _ => false,
        }
    }

    /// Whether a function has to look at the flag.
    pub fn concerns(&self, function: u32) -> bool {
        self.functions.contains(&function)
    }

    /// Writes a function with a look at the flag behind each call that may jump. `kind` is its type.
    pub fn write(
        &self,
        moved: &mut Moved,
        code: &mut CodeSection,
        body: &FunctionBody,
        kind: &FuncType,
    ) -> Result<(), Error<Infallible>> {
        let mut function = moved.new_function_with_parsed_locals(body)?;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            let may_jump = self.may_jump(&operator);
            function.instruction(&moved.instruction(operator)?);
            if may_jump {
                function
                    .instruction(&Instruction::I32Const(self.flag))
                    .instruction(&Instruction::I32Load(MemArg { offset: 0, align: 2, memory_index: 0 }))
                    .instruction(&Instruction::If(BlockType::Empty));
                for result in kind.results() {
                    function.instruction(&anything(*result));
                }
                function.instruction(&Instruction::Return).instruction(&Instruction::End);
            }
        }
        code.function(&function);
        Ok(())
    }
}

/// A value that nobody looks at.
fn anything(kind: ValType) -> Instruction<'static> {
    match kind {
        ValType::I64 => Instruction::I64Const(0),
        ValType::F32 => Instruction::F32Const(0.0.into()),
        ValType::F64 => Instruction::F64Const(0.0.into()),
        _ => Instruction::I32Const(0),
    }
}
