//! The addresses of a side module, computed ahead of time.

use super::side::Side;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use wasmparser::Operator;

/// Static data and globals of a side module. Its functions for relocations fill in the addresses.
pub struct Image {
    base: u32,
    pub data: Vec<u8>,
    /// Each global's value, if it is known.
    pub globals: Vec<Option<i32>>,
    /// What the relocations have stored, by its offset.
    pub addresses: BTreeMap<u32, i32>,
}

impl Image {
    /// The side module's data, to lie at `base`, with the globals as far as they are known.
    ///
    /// # Errors
    /// When data lies outside of the memory that the module asks for.
    pub fn of(side: &Side, base: u32, globals: Vec<Option<i32>>) -> Result<Self> {
        let mut data = vec![0; side.memory_size as usize];
        for segment in &side.data {
            let place = data.get_mut(segment.offset as usize..).and_then(|rest| rest.get_mut(..segment.content.len()));
            place.context("data outside of its memory")?.copy_from_slice(segment.content);
        }
        Ok(Image { base, data, globals, addresses: BTreeMap::new() })
    }

    /// Runs a function for relocations: a sequence of sums, of stores into data and of assignments to globals.
    ///
    /// # Errors
    /// When it does anything else.
    pub fn relocate(&mut self, side: &Side, function: u32) -> Result<()> {
        let mut stack = vec![];
        for operator in side.body(function)?.get_operators_reader()? {
            match operator? {
                Operator::I32Const { value } => stack.push(value),
                Operator::GlobalGet { global_index } => {
                    let value = self.globals.get(global_index as usize).copied().flatten();
                    stack.push(value.context("an address that is not known")?);
                }
                Operator::I32Add => {
                    let sum = pop(&mut stack)?.wrapping_add(pop(&mut stack)?);
                    stack.push(sum);
                }
                Operator::GlobalSet { global_index } => {
                    let value = pop(&mut stack)?;
                    *self.globals.get_mut(global_index as usize).context("no such global")? = Some(value);
                }
                Operator::I32Store { memarg } => {
                    let value = pop(&mut stack)?;
                    let address = pop(&mut stack)?.cast_unsigned().wrapping_add(memarg.offset as u32);
                    self.store(address.wrapping_sub(self.base), value)?;
                }
                Operator::End => {}
                operator => bail!("a relocation of an unknown kind: {operator:?}"),
            }
        }
        ensure!(stack.is_empty(), "a relocation without effect");
        Ok(())
    }

    /// Stores an address in the data.
    ///
    /// # Errors
    /// When the offset is outside of them.
    pub fn store(&mut self, offset: u32, value: i32) -> Result<()> {
        let place = self.data.get_mut(offset as usize..).and_then(|rest| rest.get_mut(..size_of::<i32>()));
        place.context("a relocation outside of its memory")?.copy_from_slice(&value.to_le_bytes());
        self.addresses.insert(offset, value);
        Ok(())
    }

    /// Whether an address that is stored there is one of these data: no function's, and nothing of the guest.
    pub fn points_inside(&self, offset: u32) -> bool {
        let place = |address: &i32| address.cast_unsigned().checked_sub(self.base);
        self.addresses.get(&offset).and_then(place).is_some_and(|place| (place as usize) < self.data.len())
    }

    /// A number in the data.
    pub fn word(&self, offset: u32) -> Option<u32> {
        self.data.get(offset as usize..)?.first_chunk().copied().map(u32::from_le_bytes)
    }
}

fn pop(stack: &mut Vec<i32>) -> Result<i32> {
    stack.pop().context("a relocation of nothing")
}
