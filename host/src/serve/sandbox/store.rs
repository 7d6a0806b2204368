//! What a guest can reach: the data of its store.

use super::call::RequestContext;
use super::egress::Hooks;
use super::limiter::Limiter;
use crate::budget::Budget;
use crate::grants::Grants;
use crate::grants::locks::{self, Locks};
use crate::network::link::Networked;
use crate::network::sandbox::Sockets;
use crate::serve::files::handed::Handed;
use crate::serve::request::connection_info::ConnectionInfo;
use crate::serve::request::record::Record;
use crate::serve::sandbox::wasi::clock::Clock;
use crate::serve::sandbox::wasi::environment::Environment;
use crate::serve::sandbox::wasi::granted::Granted;
use crate::serve::sandbox::wasi::random::Random;
use crate::terminal::stdio::AppStream;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::clocks::WasiClocksCtxView;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// Lives for one request and is dropped with it: everything a guest can reach.
pub struct Sandbox {
    pub(super) wasi: WasiCtx,
    /// The application's output, if its lines are marked.
    pub(super) marked: Option<[AppStream; 2]>,
    pub(super) http: WasiHttpCtx,
    pub(super) hooks: Hooks,
    pub(super) sockets: Option<Sockets>,
    pub(super) table: ResourceTable,
    pub(super) meter: Limiter,
    /// Bytes.
    pub(super) random_left: u64,
    /// What directories may still take.
    pub(super) written: Arc<Budget>,
    pub(super) locks: Locks,
    pub(super) grants: Arc<Grants>,
    pub(super) developing: bool,
    pub(super) origin: Option<Arc<ConnectionInfo>>,
    /// When the request came.
    pub(super) began: Option<Instant>,
    /// Cancelled when the request is over: no call may wait any more.
    pub(super) over: CancellationToken,
}

impl Sandbox {
    pub(super) fn random_bytes(&mut self) -> Random<'_> {
        Random { left: &mut self.random_left }
    }

    pub(super) fn clock(&mut self) -> Clock<'_> {
        let clocks = WasiClocksCtxView { ctx: self.wasi.clocks(), table: &mut self.table };
        Clock { clocks, began: self.began, over: &self.over }
    }

    pub(super) fn environment(&mut self) -> Environment<'_> {
        Environment {
            granted: self.grants.env(),
            origin: self.origin.as_deref(),
            end: self.meter.record().filter(|_| self.over.is_cancelled()).map(Record::end),
            locks: self.grants.has_locks(),
            memory: self.meter.cap(),
            written: &self.written,
            read_only: self.grants.read_only(),
            developing: self.developing,
            outgoing: self.hooks.outgoing(),
            network: self.sockets.as_ref().map(|sockets| &**sockets.network()),
        }
    }

    /// Releases the guest's file locks.
    pub(super) fn end_locks(&mut self) {
        locks::end(&mut self.locks, &mut self.table, self.wasi.filesystem());
    }

    pub(super) fn belongs_to(&mut self, asked: RequestContext) {
        self.hooks.belongs_to(&asked);
        if let Some(sockets) = &mut self.sockets {
            sockets.belongs_to(asked.asking());
        }
        if let Some((streams, ids)) = self.marked.take().zip(asked.record.ids()) {
            streams.iter().for_each(|stream| stream.mark_with(ids.request()));
        }
        self.meter.belongs_to(asked.record);
        self.origin = Some(asked.origin);
        self.began = Some(Instant::now());
        self.over = asked.over;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end_locks();
    }
}

impl Granted for Sandbox {
    fn written(&self) -> &Arc<Budget> {
        &self.written
    }

    fn locks(&mut self) -> (&mut Locks, &mut ResourceTable) {
        (&mut self.locks, &mut self.table)
    }

    fn grants(&self) -> &Arc<Grants> {
        &self.grants
    }

    fn descriptor(&self, handle: &Resource<Descriptor>) -> Option<&Descriptor> {
        self.table.get(handle).ok()
    }

    fn hands_over(&mut self, file: Handed) {
        if let Some(record) = self.meter.record() {
            record.hands_over(file);
        }
    }

    fn handles_left(&mut self) -> usize {
        self.table.max_capacity().saturating_sub(self.table.iter_mut().count())
    }
}

impl Networked for Sandbox {
    fn net(&mut self) -> Option<&mut Sockets> {
        self.sockets.as_mut()
    }
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Sandbox {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}
