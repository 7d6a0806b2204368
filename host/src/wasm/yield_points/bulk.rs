//! Bulk instructions, which copy or fill as much as their operand says.
//!
//! In memory, little is done at once; for more, a function does it piece by piece, with checks between the pieces. For
//! tables, the limit on table entries is the bound; for data segments, the segment's own length.

use super::bounds::Bounds;
use crate::units::WASM_PAGE;
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::{MemoryType, Operator};

/// A bulk instruction on memories, given by their indices.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bulk {
    Copy { to: u32, from: u32 },
    Fill { memory: u32 },
}

impl Bulk {
    pub fn of(operator: &Operator) -> Option<Self> {
        match *operator {
            Operator::MemoryCopy { dst_mem, src_mem } => Some(Bulk::Copy { to: dst_mem, from: src_mem }),
            Operator::MemoryFill { mem } => Some(Bulk::Fill { memory: mem }),
            _ => None,
        }
    }

    /// Its operands: the destination, the source or the byte, and the length.
    pub fn parameters(self, memories: &[MemoryType]) -> [ValType; 3] {
        let index = |memory: u32| if memories[memory as usize].memory64 { ValType::I64 } else { ValType::I32 };
        match self {
            Bulk::Fill { memory } => [index(memory), ValType::I32, index(memory)],
            Bulk::Copy { to, from } => {
                let (to, from) = (index(to), index(from));
                [to, from, if to == from { to } else { ValType::I32 }]
            }
        }
    }

    pub fn write(self, code: &mut InstructionSink) {
        match self {
            Bulk::Copy { to, from } => code.memory_copy(to, from),
            Bulk::Fill { memory } => code.memory_fill(memory),
        };
    }

    /// A function that works in pieces: downwards where a copy would overwrite what it has yet to read.
    pub fn piecewise(self, memories: &[MemoryType], bounds: Bounds, check: impl Fn(&mut Function)) -> Function {
        let mut function = Function::new([]);
        let pieces = Pieces { bulk: self, parameters: self.parameters(memories), size: bounds.piece };
        pieces.trap(memories, &mut function.instructions());
        match self {
            Bulk::Copy { to, from } if to == from => {
                let mut code = function.instructions();
                code.local_get(0).local_get(1);
                if pieces.parameters[0] == ValType::I64 {
                    code.i64_gt_u()
                } else {
                    code.i32_gt_u()
                };
                code.if_(BlockType::Empty);
                pieces.repeat(true, &mut function, &check);
                function.instructions().end();
            }
            _ => {}
        }
        pieces.repeat(false, &mut function, &check);
        function.instructions().end();
        function
    }
}

/// Whether the length on top of the stack is more than is done at once.
pub fn is_much(length: ValType, bounds: Bounds, code: &mut InstructionSink) {
    if length == ValType::I64 {
        code.i64_const(bounds.at_once as i64).i64_gt_u();
    } else {
        code.i32_const(bounds.at_once as i32).i32_gt_u();
    }
}

/// Code for the operands of an instruction.
struct Pieces {
    bulk: Bulk,
    parameters: [ValType; 3],
    /// In bytes.
    size: u64,
}

impl Pieces {
    /// Traps before anything is written if a range is not within memory: the instruction itself does that.
    fn trap(&self, memories: &[MemoryType], code: &mut InstructionSink) {
        let places: &[_] = match self.bulk {
            Bulk::Copy { to, from } => &[(0, to), (1, from)],
            Bulk::Fill { memory } => &[(0, memory)],
        };
        for &(place, memory) in places {
            let kind = &memories[memory as usize];
            let size = |code: &mut InstructionSink| {
                code.memory_size(memory);
                if !kind.memory64 {
                    code.i64_extend_i32_u();
                }
                let page = kind.page_size_log2.map_or(i64::from(WASM_PAGE.ilog2()), i64::from);
                code.i64_const(page).i64_shl();
            };
            // The length exceeds memory, or what memory has from that place on.
            self.get_wide(2, code);
            size(code);
            code.i64_gt_u();
            self.get_wide(place, code);
            size(code);
            self.get_wide(2, code);
            code.i64_sub().i64_gt_u().i32_or().if_(BlockType::Empty);
            code.local_get(0).local_get(1).local_get(2);
            self.bulk.write(code);
            code.return_().end();
        }
    }

    fn get_wide(&self, parameter: u32, code: &mut InstructionSink) {
        code.local_get(parameter);
        if self.parameters[parameter as usize] == ValType::I32 {
            code.i64_extend_i32_u();
        }
    }

    /// Ends the function with the last piece.
    fn repeat(&self, downwards: bool, function: &mut Function, check: &impl Fn(&mut Function)) {
        function.instructions().loop_(BlockType::Empty);
        check(function);
        let code = &mut function.instructions();
        self.get_wide(2, code);
        code.i64_const(self.size as i64).i64_le_u().if_(BlockType::Empty);
        code.local_get(0).local_get(1).local_get(2);
        self.bulk.write(code);
        code.return_().end();
        self.advance(2, false, code);
        code.local_get(0);
        self.skip(0, downwards, code);
        code.local_get(1);
        self.skip(1, downwards, code);
        self.constant(2, code);
        self.bulk.write(code);
        if !downwards {
            self.advance(0, true, code);
            if let Bulk::Copy { .. } = self.bulk {
                self.advance(1, true, code);
            }
        }
        code.br(0).end();
    }

    /// Downwards, a piece lies after all that is left.
    fn skip(&self, parameter: usize, downwards: bool, code: &mut InstructionSink) {
        if downwards {
            code.local_get(2);
            if self.parameters[parameter] == ValType::I64 {
                code.i64_add()
            } else {
                code.i32_add()
            };
        }
    }

    fn advance(&self, parameter: u32, up: bool, code: &mut InstructionSink) {
        code.local_get(parameter);
        self.constant(parameter as usize, code);
        match (self.parameters[parameter as usize], up) {
            (ValType::I64, true) => code.i64_add(),
            (ValType::I64, false) => code.i64_sub(),
            (_, true) => code.i32_add(),
            (_, false) => code.i32_sub(),
        };
        code.local_set(parameter);
    }

    fn constant(&self, parameter: usize, code: &mut InstructionSink) {
        match self.parameters[parameter] {
            ValType::I64 => code.i64_const(self.size as i64),
            _ => code.i32_const(self.size as i32),
        };
    }
}

/// Tracks the constant that the last instruction has left on the stack.
pub struct Lengths {
    bounds: Bounds,
    last: Option<u64>,
}

/// What an instruction costs.
pub struct Work {
    pub units: u64,
    /// Done piece by piece if it is much.
    pub piecewise: Option<Bulk>,
}

impl Lengths {
    pub fn new(bounds: Bounds) -> Self {
        Lengths { bounds, last: None }
    }

    /// The next instruction. `segments` are the lengths of the data segments.
    pub fn work(&mut self, operator: &Operator, segments: &[u64]) -> Work {
        let length = self.last.take();
        let mut piecewise = None;
        let units = match operator {
            Operator::I32Const { value } => {
                self.last = Some(u64::from(value.cast_unsigned()));
                0
            }
            Operator::I64Const { value } => {
                self.last = Some(value.cast_unsigned());
                0
            }
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => {
                let little = length.filter(|length| *length <= self.bounds.at_once);
                piecewise = if little.is_none() { Bulk::of(operator) } else { None };
                little.unwrap_or(self.bounds.at_once)
            }
            Operator::MemoryInit { data_index, .. } => {
                let segment = segments.get(*data_index as usize).copied().unwrap_or(0);
                length.map_or(segment, |length| length.min(segment))
            }
            Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::TableGrow { .. } => self.bounds.table,
            Operator::MemoryGrow { .. } => self.bounds.host,
            _ => 0,
        };
        Work { units: 1 + units, piecewise }
    }
}
