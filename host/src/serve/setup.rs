//! The parts of a server.

use super::exposure::Exposure;
use super::files::Files;
use super::limits::Limits;
use super::options::HostArgs;
use super::worst_case::WorstCase;
use crate::build::options::{AppArgs, Haste, Options, WarmUp};
use crate::component::beyond::Beyond;
use crate::engine::artifact::Compiled;
use crate::engine::serving;
use crate::grants::Grants;
use crate::machine;
use crate::memory::reset::Reset;
use crate::memory::slots::Slots;
use crate::network::gate::Network;
use crate::outgoing::gate::Outgoing;
use crate::serve::http::connections;
use crate::serve::http::tls;
use crate::serve::sandbox::factory::{Factory, Out};
use anyhow::Result;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// The settings that live as long as the server, whichever application it serves.
#[derive(Clone)]
pub struct Setup {
    pub limits: Limits,
    pub grants: Grants,
    pub outgoing: Option<Arc<Outgoing>>,
    /// Of `wasgi run`: whoever develops the application sees its errors.
    pub developing: bool,
    pub network: Option<Arc<Network>>,
    pub reset: Reset,
    pub exposure: Exposure,
    pub files: Files,
    pub tls: Option<TlsAcceptor>,
    /// The limit.
    pub connections: usize,
}

impl Setup {
    pub fn new(args: &HostArgs, grants: Grants) -> Result<Self> {
        let HostArgs { limits, outgoing, network, files, serving, .. } = args;
        let reset = Reset::choose(serving.reset, serving.verify_reset)?;
        let tls = tls::acceptor(&serving.tls)?;
        let connections = connections::most(limits.connections)?;
        let outgoing = Outgoing::of(outgoing)?;
        let network = Network::of(network);
        let files = Files::of(files)?;
        let (exposure, developing) = (serving.exposure(), false);
        Ok(Setup { limits: *limits, grants, outgoing, network, developing, reset, exposure, files, tls, connections })
    }

    /// That of the server's own addresses.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// The options with which `wasgi run` builds for this server.
    pub fn build_options(&self, app: &AppArgs) -> Options {
        let warm_up = WarmUp::of(&app.snapshot);
        let beyond = Beyond { filesystem: self.grants.has_directories(), network: self.network.is_some() };
        Options {
            memory: self.limits.memory,
            beyond,
            grants: self.grants.clone(),
            at_least: None,
            fixed: None,
            warm_up,
            haste: Haste::None,
        }
    }

    /// A factory with an engine of its own, proven to start, and the worst case of a request.
    pub async fn factory(&self, compiled: &Compiled) -> Result<(Factory, WorstCase)> {
        self.factory_in(compiled, Slots::new(compiled.snapshot()?, self.reset)?).await
    }

    /// The same with given slots.
    pub async fn factory_in(&self, compiled: &Compiled, slots: Slots) -> Result<(Factory, WorstCase)> {
        // Building or compiling the component is over.
        machine::trim();
        let runtime_limits = slots.runtime_limits();
        let engine = serving::engine(slots.clone())?;
        let component = compiled.load(&engine)?;
        serving::check_memory(&component, runtime_limits, self.limits.memory)?;
        let out = Out { outgoing: self.outgoing.clone(), network: self.network.clone() };
        let factory = Factory::new(&engine, &component, self.limits, self.grants.clone(), out, slots)?;
        let factory = factory.for_developers(self.developing).marking_lines(self.exposure.request_ids);
        let most = factory.try_out().await?;
        Ok((factory, most))
    }
}
