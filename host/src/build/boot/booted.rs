//! An instance of the guest: what its build-time exports are told, and what they leave.

use super::guest::Reach;
use super::places::Placement;
use crate::component::beyond::Beyond;
use crate::component::metadata::{Lesson, WarmUpOutcome};
use crate::units::{Size, WASM_PAGE};
use anyhow::{Context, Result, ensure};
use std::ops::Range;
use wasmtime::{Global, Instance, Memory, Mutability, Store, Val};

/// A guest after its boot.
pub struct Booted {
    pub store: Store<Reach>,
    pub instance: Instance,
    pub memory: Memory,
    /// Where the file image lies in linear memory.
    pub image: Range<u32>,
    /// The guest's report, made by `wasgi_guest/boot.py`.
    pub report: Vec<u8>,
    /// The module's variables, as each instance begins with them.
    variables: Vec<Option<i64>>,
}

impl Booted {
    /// A fresh instance.
    pub(super) fn new(mut store: Store<Reach>, instance: Instance, memory: Memory) -> Self {
        let variables = variables(&mut store, instance);
        Booted { store, instance, memory, image: 0..0, report: vec![], variables }
    }

    /// Calls an export without parameters that returns a number or an address.
    pub async fn call(&mut self, name: &str) -> Result<u32> {
        let function = self.instance.get_typed_func::<(), u32>(&mut self.store, name)?;
        Ok(function.call_async(&mut self.store, ()).await?)
    }

    /// Passes the file image to the guest.
    pub(super) async fn take_image(&mut self, image: &[u8], cap: Size) -> Result<()> {
        let Booted { store, instance, memory, .. } = self;
        let allocate = instance.get_typed_func::<u32, u32>(&mut *store, "wasgi_alloc")?;
        let length = u32::try_from(image.len())?;
        let address = allocate.call_async(&mut *store, length).await?;
        ensure!(
            address != 0,
            "the application's files ({}) do not fit into the memory cap of {cap}: raise it with --memory",
            Size(image.len() as u64)
        );
        memory.write(&mut *store, address as usize, image)?;
        self.image = address..address + length;
        Ok(())
    }

    /// Passes the variables that the guest sees, each followed by NUL.
    pub(super) async fn take_variables(&mut self, variables: &[(String, String)]) -> Result<()> {
        let text: String = variables.iter().map(|(name, value)| format!("{name}={value}\0")).collect();
        if text.is_empty() {
            return Ok(());
        }
        let allocate = self.instance.get_typed_func::<u32, u32>(&mut self.store, "wasgi_variables")?;
        let address = allocate.call_async(&mut self.store, u32::try_from(text.len())?).await?;
        ensure!(address != 0, "the variables that are granted do not fit into the memory cap: raise it with --memory");
        Ok(self.memory.write(&mut self.store, address as usize, text.as_bytes())?)
    }

    /// Passes what the probe has taught, for `wasgi_guest/boot.py`. A guest without memory for that imports and asks for
    /// nothing ahead.
    pub(super) async fn take_lesson(&mut self, lesson: &Lesson) -> Result<()> {
        let is_warm = lesson.warmth == WarmUpOutcome::Warm;
        let text = serde_json::json!({ "warm": is_warm, "imports": lesson.lazy_imports }).to_string();
        let allocate = self.instance.get_typed_func::<u32, u32>(&mut self.store, "wasgi_lesson")?;
        let address = allocate.call_async(&mut self.store, u32::try_from(text.len())?).await?;
        if address != 0 {
            self.memory.write(&mut self.store, address as usize, text.as_bytes())?;
        }
        Ok(())
    }

    /// Passes the placement of allocations to the guest; if it has no memory for that, it places none.
    pub(super) async fn write_places(&mut self, Placement(places): &Placement) -> Result<()> {
        let tell = self.instance.get_typed_func::<u32, u32>(&mut self.store, "wasgi_places")?;
        let start = tell.call_async(&mut self.store, u32::try_from(places.len())?).await? as usize;
        for (at, (number, size)) in (start..).step_by(12).zip(places).filter(|_| start != 0) {
            self.memory.write(&mut self.store, at, &number.to_le_bytes())?;
            self.memory.write(&mut self.store, at + 4, &size.to_le_bytes())?;
        }
        Ok(())
    }

    pub(super) async fn boot(mut self, cap: Size) -> Result<Self> {
        // The report also says whether it went well.
        let booted = self.call("wasgi_boot").await;
        booted.with_context(|| {
            format!("the sandbox trapped while the application was imported (memory cap {cap}; --memory raises it)")
        })?;
        self.report = self.read_report().await?;
        Ok(self)
    }

    /// Calls an export without parameters or result.
    pub async fn tell(&mut self, name: &str) -> Result<()> {
        let function = self.instance.get_typed_func::<(), ()>(&mut self.store, name)?;
        Ok(function.call_async(&mut self.store, ()).await?)
    }

    /// The guest's latest report.
    pub async fn read_report(&mut self) -> Result<Vec<u8>> {
        let place = self.call("wasgi_report").await?;
        self.report_at(place)
    }

    /// The latest report, also of a guest that was stopped: its export `wasgi_report` gave the `place` before.
    pub fn report_at(&self, place: u32) -> Result<Vec<u8>> {
        read_report(self.memory.data(&self.store), place as usize)
    }

    /// Ends what only a build does. Requests will get what is `beyond` from their host.
    pub async fn seal(&mut self, beyond: Beyond) -> Result<()> {
        let seal = self.instance.get_typed_func::<(i32, i32), ()>(&mut self.store, "wasgi_seal")?;
        Ok(seal.call_async(&mut self.store, (beyond.filesystem.into(), beyond.network.into())).await?)
    }

    /// Whether memory alone tells this guest from a fresh instance.
    pub fn is_in_memory(&mut self) -> bool {
        variables(&mut self.store, self.instance) == self.variables
    }

    /// Grows memory to at least this size.
    pub fn grow(&mut self, least: Option<Size>) -> Result<()> {
        let missing = least.map_or(0, |least| least.0.saturating_sub(self.memory_size().0));
        self.memory.grow(&mut self.store, missing.div_ceil(WASM_PAGE))?;
        Ok(())
    }

    /// All of linear memory.
    pub fn memory(&self) -> &[u8] {
        self.memory.data(&self.store)
    }

    /// Linear memory in use, in bytes.
    pub fn memory_size(&self) -> Size {
        Size(self.memory.data_size(&self.store) as u64)
    }
}

/// Mutable globals with their values: the stack pointer.
pub fn globals(store: &mut Store<Reach>, instance: Instance) -> Vec<(Global, Val)> {
    let globals: Vec<_> = instance.exports(&mut *store).filter_map(|export| export.into_global()).collect();
    let variable = globals.into_iter().filter(|global| global.ty(&*store).mutability() == Mutability::Var);
    let variable: Vec<_> = variable.collect();
    variable.into_iter().map(|global| (global, global.get(&mut *store))).collect()
}

/// The values of globals; None for one that cannot be compared.
fn variables(store: &mut Store<Reach>, instance: Instance) -> Vec<Option<i64>> {
    let value = |(_, value): (Global, Val)| value.i32().map(i64::from).or(value.i64());
    globals(store, instance).into_iter().map(value).collect()
}

/// `place` holds a pointer and a length.
fn read_report(memory: &[u8], place: usize) -> Result<Vec<u8>> {
    let found = words(memory, place).and_then(|[start, length]| memory.get(start as usize..)?.get(..length as usize));
    Ok(found.context("the guest left no report")?.to_vec())
}

/// Two consecutive words of linear memory.
pub fn words(memory: &[u8], at: usize) -> Option<[u32; 2]> {
    let (words, _) = memory.get(at..)?.as_chunks();
    let [first, second, ..] = words else { return None };
    Some([u32::from_le_bytes(*first), u32::from_le_bytes(*second)])
}
