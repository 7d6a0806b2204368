//! What makes sandboxes: it lives once, and each [`Sandbox`] for one request.

use super::call::Call;
use super::egress::{Hooks, Out};
use super::limiter::Limiter;
use super::store::Sandbox;
use crate::budget::Budget;
use crate::grants::Grants;
use crate::grants::directory::Gone;
use crate::grants::locks::Locks;
use crate::interpreter::Interpreter;
use crate::machine;
use crate::memory::slots::Slots;
use crate::network::link;
use crate::network::sandbox::Sockets;
use crate::serve::limits::{HOSTCALL, Limits};
use crate::serve::request::error::RequestError;
use crate::serve::sandbox::wasi::clock;
use crate::serve::sandbox::wasi::environment;
use crate::serve::sandbox::wasi::filesystem;
use crate::serve::sandbox::wasi::random;
use crate::serve::worst_case::WorstCase;
use crate::terminal::log::Stream;
use crate::terminal::stdio::AppStream;
use crate::wasm::split_snapshot::RuntimeLimits;
use anyhow::{Context, Result};
use std::sync::{Arc, OnceLock};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p2::bindings::{Proxy, ProxyPre};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpView};

const BEYOND_OUTPUT: &str = "wasgi: a request prints more than --output allows: the rest is left out";
const BEYOND_DIR_BYTES: &str =
    "wasgi: a request writes more into directories than --dir-bytes allows: it sees OSError (ENOSPC)";

/// Lives once: the linked component, ready to be instantiated. Nothing in it changes while serving.
pub struct Factory {
    pre: ProxyPre<Sandbox>,
    pub limits: Limits,
    grants: Arc<Grants>,
    out: Out,
    developing: bool,
    /// Lines of the application have their requests' identifiers.
    marks_lines: bool,
    /// What its lines begin with, where several applications run.
    name: Option<Arc<str>>,
    runtime_limits: RuntimeLimits,
    slots: Slots,
    /// Looked for when it is asked for first.
    interpreter: OnceLock<Option<Interpreter>>,
}

/// The store of a guest that has returned: dropping it resets the sandbox. None if instantiation failed.
pub type UsedStore = Option<Store<Sandbox>>;

impl Factory {
    /// Links a component against the WASI interfaces.
    ///
    /// # Errors
    /// When the component needs interfaces that a `wasi:http/proxy` host does not have.
    pub fn new(
        engine: &Engine,
        component: &Component,
        limits: Limits,
        grants: Grants,
        out: Out,
        slots: Slots,
    ) -> Result<Self> {
        let mut linker = Linker::new(engine);
        wasmtime_wasi_http::p2::add_to_linker_async(&mut linker)?;
        // Beyond the wasi:http/proxy world: the interfaces behind `Grants`.
        environment::add_to_linker(&mut linker, Sandbox::environment)?;
        filesystem::add_to_linker(engine, component, &mut linker, &grants)?;
        link::add_to_linker(engine, component, &mut linker, out.network.is_some())?;
        // The functions from here on replace those linked above.
        linker.allow_shadowing(true);
        random::add_to_linker(&mut linker, Sandbox::random_bytes)?;
        clock::add_to_linker(&mut linker, Sandbox::clock)?;
        let pre = linker.instantiate_pre(component).and_then(ProxyPre::new);
        let pre = pre.map_err(anyhow::Error::from).context("this component is not one that wasgi can serve")?;
        let (runtime_limits, interpreter) = (slots.runtime_limits(), OnceLock::new());
        let grants = Arc::new(grants);
        let (developing, marks_lines, name) = (false, false, None);
        Ok(Factory { pre, limits, grants, out, developing, marks_lines, name, runtime_limits, slots, interpreter })
    }

    /// The Python interpreter in the component, if it has one that is known.
    pub fn interpreter(&self) -> Option<&Interpreter> {
        let find = || {
            let (start, snapshot) = self.slots.content();
            Interpreter::find(start, snapshot)
        };
        self.interpreter.get_or_init(find).as_ref()
    }

    /// Whether a guest can hand files over.
    pub fn takes_files(&self) -> bool {
        self.grants.has_locks()
    }

    /// Shows errors of the application to who develops it.
    pub fn for_developers(self, developing: bool) -> Self {
        Factory { developing, ..self }
    }

    /// Marks lines of the application with their requests' identifiers.
    pub fn marking_lines(self, marks_lines: bool) -> Self {
        Factory { marks_lines, ..self }
    }

    /// Has lines of the application begin with its name.
    pub fn named(self, name: Option<Arc<str>>) -> Self {
        Factory { name, ..self }
    }

    /// A store that holds what one guest can reach: its grants, within limits, and nothing else.
    fn store(&self) -> Store<Sandbox> {
        let output = Budget::new(self.limits.output.0, BEYOND_OUTPUT);
        let mut wasi = WasiCtx::builder();
        let stream = |stream| AppStream::new(stream, output.clone(), self.name.clone()).for_developers(self.developing);
        let streams = [Stream::Stdout, Stream::Stderr].map(stream);
        let marked = self.marks_lines.then(|| streams.clone());
        let [stdout, stderr] = streams;
        wasi.stdout(stdout).stderr(stderr);
        let sockets = self.out.network.clone().map(Sockets::new);
        if let Some(sockets) = &sockets {
            sockets.grant(&mut wasi);
        }
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(self.limits.response_headers.0 as usize);
        let mut table = ResourceTable::new();
        let handles = self.limits.handles as usize + self.out.handles();
        table.set_max_capacity(handles);
        let sandbox = Sandbox {
            wasi: wasi.build(),
            marked,
            http,
            hooks: Hooks::new(self.out.outgoing.clone()),
            sockets,
            table,
            meter: Limiter::new(self.limits.memory.0 as usize).knowing(self.runtime_limits),
            random_left: self.limits.random.0,
            written: Budget::new(self.limits.dir_bytes.0, BEYOND_DIR_BYTES),
            locks: Locks::default(),
            grants: self.grants.clone(),
            developing: self.developing,
            origin: None,
            began: None,
            over: CancellationToken::new(),
        };
        let mut store = Store::new(self.pre.engine(), sandbox);
        store.limiter_async(|sandbox| &mut sandbox.meter);
        store.set_hostcall_fuel(HOSTCALL);
        store.set_max_component_handles(handles);
        store
    }

    /// A fresh instance of the component.
    async fn instance(&self) -> Result<(Store<Sandbox>, Proxy), RequestError> {
        let mut store = self.store();
        let instance = self.pre.instantiate_async(&mut store).await;
        let instance = instance.map_err(|error| RequestError::Trap(format!("{error:?}")))?;
        Ok((store, instance))
    }

    /// Instantiates once, so that a component that can never run fails at the start and not at every request. Returns
    /// the worst case of a request.
    pub async fn try_out(&self) -> Result<WorstCase> {
        let before = machine::allocated();
        let instance = self.instance().await.context("cannot start a sandbox")?;
        let after = machine::allocated();
        drop(instance);
        Ok(WorstCase::new(self.limits, before, after).letting_out(self.out.handles(), self.out.most()))
    }

    /// A sandbox's life: it instantiates, waits for its one request, and runs until the guest returns. The response
    /// body flows while this future is polled.
    ///
    /// Errors are a trap or the cap: see [`RequestError`]. Nothing of the instance outlives the returned store.
    pub async fn live(self: Arc<Self>, call: oneshot::Receiver<Call>) -> (Result<(), RequestError>, UsedStore) {
        let (mut store, instance) = match self.instance().await {
            Ok(made) => made,
            Err(error) => return (Err(error), None),
        };
        // The pool dropped this sandbox unused.
        let Ok(call) = call.await else { return (Ok(()), None) };
        let outcome = serve(&mut store, &instance, call).await;
        // Locks end here and not with the reset, which waits until the thread has time.
        store.data_mut().end_locks();
        (outcome, Some(store))
    }
}

/// Runs one request until the guest returns.
async fn serve(store: &mut Store<Sandbox>, instance: &Proxy, call: Call) -> Result<(), RequestError> {
    let Call { request, asked, answer } = call;
    let record = asked.record.clone();
    let scheme = if asked.origin.secure { Scheme::Https } else { Scheme::Http };
    store.data_mut().belongs_to(asked);
    let run = async {
        let request = store.data_mut().http().new_incoming_request(scheme, request)?;
        let answer = store.data_mut().http().new_response_outparam(answer)?;
        instance.wasi_http_incoming_handler().call_handle(&mut *store, request, answer).await
    };
    run.await.map_err(|trap| {
        // Recorded before the store is dropped, which closes the body's channel.
        record.broken();
        match trap.downcast_ref() {
            Some(Gone(what)) => RequestError::Grant(what.clone()),
            None if record.was_denied_memory() => RequestError::MemoryCap,
            None => RequestError::Trap(format!("{trap:?}")),
        }
    })
}
