//! What a server is made of.

use super::limits::Limits;
use super::options::HostArgs;
use super::service::Exposure;
use super::worst_case::WorstCase;
use crate::build::options::{AppArgs, Options, WarmUp};
use crate::engine::artifact::Compiled;
use crate::engine::serving;
use crate::grants::Grants;
use crate::machine;
use crate::memory::reset::Reset;
use crate::memory::slots::Slots;
use crate::serve::http::connections;
use crate::serve::http::tls;
use crate::serve::sandbox::factory::Factory;
use anyhow::Result;
use tokio_rustls::TlsAcceptor;

/// What lives as long as the server, whatever application it serves.
#[derive(Clone)]
pub struct Setup {
    pub limits: Limits,
    pub grants: Grants,
    pub reset: Reset,
    pub exposure: Exposure,
    pub tls: Option<TlsAcceptor>,
    /// The most.
    pub connections: usize,
}

impl Setup {
    pub fn new(args: &HostArgs, grants: Grants) -> Result<Self> {
        let HostArgs { limits, serving, .. } = args;
        let reset = Reset::choose(serving.reset, serving.verify_reset)?;
        let tls = tls::acceptor(&serving.tls)?;
        let connections = connections::most(limits.connections)?;
        Ok(Setup { limits: *limits, grants, reset, exposure: serving.exposure(), tls, connections })
    }

    /// How `wasgi run` builds for it.
    pub fn build_options(&self, app: &AppArgs) -> Options {
        let warm_up = WarmUp::of(&app.snapshot);
        let filesystem = self.grants.has_directories();
        Options {
            memory: self.limits.memory,
            filesystem,
            grants: self.grants.clone(),
            at_least: None,
            fixed: None,
            warm_up,
        }
    }

    /// An engine of its own for the component, proven to start, and the most that a request takes.
    pub async fn factory(&self, compiled: &Compiled) -> Result<(Factory, WorstCase)> {
        self.factory_in(compiled, Slots::new(compiled.snapshot()?, self.reset)?).await
    }

    /// The same with its sandboxes in these slots.
    pub async fn factory_in(&self, compiled: &Compiled, slots: Slots) -> Result<(Factory, WorstCase)> {
        // What built or compiled the component is done.
        machine::trim();
        let runtime_limits = slots.runtime_limits();
        let engine = serving::engine(slots)?;
        let component = compiled.load(&engine)?;
        serving::check_memory(&component, runtime_limits, self.limits.memory)?;
        let factory = Factory::new(&engine, &component, self.limits, self.grants.clone(), runtime_limits)?;
        let most = factory.try_out().await?;
        Ok((factory, most))
    }
}
