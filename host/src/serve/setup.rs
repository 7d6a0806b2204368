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
use crate::serve::sandbox::egress::Out;
use crate::serve::sandbox::factory::Factory;
use anyhow::Result;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// The settings of an application.
#[derive(Clone)]
pub struct Setup {
    /// None for the only application.
    pub name: Option<Arc<str>>,
    pub limits: Limits,
    pub grants: Grants,
    pub outgoing: Option<Arc<Outgoing>>,
    /// Of `wasgi run`: whoever develops the application sees its errors.
    pub developing: bool,
    pub network: Option<Arc<Network>>,
    pub reset: Reset,
    pub files: Files,
    /// Where it is mounted: empty, or `/` and a name.
    pub script_name: Arc<str>,
    pub exposes_usage: bool,
    /// Its answers are compressed for clients that ask for it.
    pub compresses: bool,
    /// Its lines have their requests' identifiers.
    pub marks_lines: bool,
}

/// The settings that live as long as the server, whatever it serves.
pub struct Whole {
    pub limits: Limits,
    pub exposure: Exposure,
    pub tls: Option<TlsAcceptor>,
    /// The limit.
    pub connections: usize,
    pub reset: Reset,
}

impl Whole {
    /// # Errors
    /// When certificates cannot be read, or this machine cannot do what is asked for.
    pub fn new(args: &HostArgs) -> Result<Self> {
        let HostArgs { limits, serving, .. } = args;
        Ok(Whole {
            limits: *limits,
            exposure: serving.exposure(),
            tls: tls::acceptor(&serving.tls)?,
            connections: connections::most(limits.connections)?,
            reset: Reset::choose(serving.reset, serving.verify_reset)?,
        })
    }

    /// That of the server's own addresses.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

impl Setup {
    /// Of the only application.
    ///
    /// # Errors
    /// When a file or folder that is named cannot be read.
    pub fn new(args: &HostArgs, grants: Grants) -> Result<Self> {
        let HostArgs { limits, outgoing, network, files, serving, .. } = args;
        Ok(Setup {
            name: None,
            limits: *limits,
            grants,
            outgoing: Outgoing::of(outgoing)?,
            developing: false,
            network: Network::of(network),
            reset: Reset::choose(serving.reset, serving.verify_reset)?,
            files: Files::of(files)?,
            script_name: serving.script_name.as_str().into(),
            exposes_usage: serving.expose_usage,
            compresses: serving.compress,
            marks_lines: serving.gives_ids(),
        })
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
        let factory = factory.for_developers(self.developing).marking_lines(self.marks_lines).named(self.name.clone());
        let most = factory.try_out().await?.compressing(self.compresses);
        Ok((factory, most))
    }
}
