//! A server without its outside: sandboxes and requests in this process, with no socket, no HTTP and no log.
//!
//! For benchmarks, which so measure the server itself and not a copy of it.

use super::component::prepare;
use super::limits::Limits;
use super::options::ServeArgs;
use super::setup::Setup;
use crate::grants::Grants;
use crate::memory::pages::Pages;
use crate::memory::slots::Slots;
use crate::serve::request::connection_info::ConnectionInfo;
use crate::serve::request::lingering_body::LingeringBody;
use crate::serve::request::record::Record;
use crate::serve::request::request_body::RequestBody;
use crate::serve::sandbox::call::{Answer, Call, RequestContext};
use crate::serve::sandbox::factory::Factory;
use crate::serve::sandbox::pool::PooledSandbox;
use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use std::ffi::OsStr;
use std::mem::ManuallyDrop;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// A component that serves one request at a time, with the defaults of `wasgi serve`.
pub struct InProcess {
    factory: Arc<Factory>,
    slots: Slots,
    limits: Limits,
    origin: Arc<ConnectionInfo>,
    /// Of all requests together. Never dropped: it would log them as one.
    record: ManuallyDrop<Arc<Record>>,
    runtime: Runtime,
}

/// `wasgi serve` with its defaults.
#[derive(Parser)]
struct Serve {
    #[command(flatten)]
    args: ServeArgs,
}

/// The written part of a sandbox's linear memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// In whole pages.
    pub bytes: usize,
    /// Runs of consecutive pages.
    pub runs: usize,
}

impl InProcess {
    /// Compiles a component, or finds its machine code, and instantiates once to see that it starts.
    ///
    /// # Errors
    /// As for `wasgi serve`.
    pub fn open(component: &Path) -> Result<Self> {
        let Serve { args } = Serve::try_parse_from([OsStr::new("wasgi serve"), component.as_os_str()])?;
        let mut setup = Setup::new(&args.host, Grants::default())?;
        let (_, compiled) = prepare(&args, &mut setup)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let slots = Slots::new(compiled.snapshot()?, setup.reset)?;
        let (factory, _) = runtime.block_on(setup.factory_in(&compiled, slots.clone()))?;
        let origin = ConnectionInfo {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: Some(50_000),
            secure: false,
            protocol: "HTTP/1.1",
            script_name: None,
        };
        let record = Record::new(&Request::new(()), origin.address, setup.limits.memory);
        Ok(InProcess {
            factory: Arc::new(factory),
            slots,
            limits: setup.limits,
            origin: Arc::new(origin),
            record: ManuallyDrop::new(Arc::new(record)),
            runtime,
        })
    }

    /// Prepares a sandbox and drops it without a request.
    ///
    /// # Errors
    /// When there is no room for one.
    pub fn instantiate(&self) -> Result<()> {
        self.sandbox().map(drop)
    }

    /// Requests a path in a fresh sandbox, and drops the sandbox. Returns how long the guest alone took: from the call,
    /// in which it reads the request, to its return.
    ///
    /// # Errors
    /// When the response is not a whole 200.
    pub fn get(&self, path: &str) -> Result<Duration> {
        self.runtime.block_on(self.ask(path)).with_context(|| path.to_owned())
    }

    /// Page faults of all requests so far, minor and major: from the making of their sandboxes to their guests' return.
    pub fn page_faults(&self) -> u64 {
        self.record.usage().faults
    }

    /// The written part of the slot used last, since it was mapped: after the first request, that request's. None if
    /// the reset does not ask the kernel.
    pub fn written(&self) -> Option<Written> {
        self.slots.written().map(|pages| Written::of(&pages))
    }

    /// A prepared sandbox.
    fn sandbox(&self) -> Result<PooledSandbox> {
        let mut sandbox = PooledSandbox::new(self.factory.clone());
        match sandbox.prepare() {
            Poll::Pending => Ok(sandbox),
            Poll::Ready(Err(error)) => Err(anyhow!("{error}")),
            Poll::Ready(Ok(())) => unreachable!("nobody asked"),
        }
    }

    async fn ask(&self, path: &str) -> Result<Duration> {
        let PooledSandbox { call: sender, mut life, .. } = self.sandbox()?;
        life.charge(self.record());
        let (answer, answered) = oneshot::channel();
        let call = self.call(path, answer)?;
        let called = Instant::now();
        let _ = sender.send(call);
        let run = async { (&mut life).await.map(|()| called.elapsed()) };
        let (took, read) = tokio::join!(run, read(answered));
        let took = took.map_err(|error| anyhow!("{error}"))?;
        read.map(|()| took)
    }

    /// With the headers that every client sends.
    fn call(&self, path: &str, answer: oneshot::Sender<Answer>) -> Result<Call> {
        let request = Request::get(path).header("host", "localhost").header("accept", "*/*");
        let asked =
            RequestContext { origin: self.origin.clone(), record: self.record(), over: CancellationToken::new() };
        let (over, record) = (asked.over.clone(), self.record());
        let body = RequestBody::new(LingeringBody::nothing(), self.limits.body, self.limits.body_timeout, over, record);
        Ok(Call { request: request.body(body)?, asked, answer })
    }

    fn record(&self) -> Arc<Record> {
        Arc::clone(&self.record)
    }
}

impl Written {
    fn of(pages: &[Pages]) -> Self {
        let joined = pages.windows(2).filter(|both| both[0].end == both[1].start).count();
        Written { bytes: pages.iter().map(Pages::len).sum(), runs: pages.len() - joined }
    }
}

/// Reads the response to its end, as a client does.
async fn read(answer: oneshot::Receiver<Answer>) -> Result<()> {
    let response = answer.await.context("no answer")?.map_err(|code| anyhow!("{code:?}"))?;
    ensure!(response.status() == StatusCode::OK, "{}", response.status());
    response.into_body().collect().await.map_err(|error| anyhow!("its body broke off: {error:?}"))?;
    Ok(())
}
