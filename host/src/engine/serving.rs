//! The engine that serves.

use super::settings::component_settings;
use crate::memory::slots::Slots;
use crate::memory::stacks::Stacks;
use crate::units::{Size, WASM_PAGE};
use crate::wasm::split_snapshot::RuntimeLimits;
use anyhow::{Result, ensure};
use std::sync::Arc;
use wasmtime::component::Component;
use wasmtime::{Engine, InstanceAllocationStrategy};

/// Checks that a sandbox can start under a memory cap.
///
/// # Errors
/// When the component's initial memory exceeds the cap.
pub fn check_memory(component: &Component, runtime_limits: RuntimeLimits, cap: Size) -> Result<()> {
    let required = component.resources_required().and_then(|required| required.max_initial_memory_size);
    let needed = Size(required.unwrap_or(0) * WASM_PAGE + runtime_limits.beyond as u64);
    ensure!(
        needed <= cap,
        "the application takes {needed} of memory before its first request, more than the cap of {cap}: raise --memory"
    );
    Ok(())
}

/// Its memories and native stacks come from its slots.
pub fn engine(slots: Slots) -> Result<Engine> {
    let mut config = component_settings();
    config
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .with_host_memory(Arc::new(slots))
        .with_host_stack(Arc::new(Stacks::default()));
    Ok(Engine::new(&config)?)
}
