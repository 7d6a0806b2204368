//! The admin listener: health and metrics, for operators and their machines.
//!
//! It has a thread of its own: guests that compute on all serving threads do not keep it from answering, and it takes
//! nothing from them.

mod pages;
mod state;

pub use state::{Load, State};

use super::http::front::Front;
use super::http::transport::Transport;
use super::listen::{self, Bind, Bound, ListenArgs, Listener, Shared};
use super::metrics::{AllMetrics, Exported};
use crate::terminal::console;
use anyhow::{Result, ensure};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use pages::Pages;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// For a request's head to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections at the same time; a further one waits.
const CONNECTIONS: usize = 64;

/// Answers until it is dropped.
pub struct Admin {
    pub state: Arc<State>,
    /// Those that it listens on.
    pub sockets: Vec<Shared>,
    over: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Admin {
    /// Opens its sockets, beside those that are open already.
    ///
    /// # Errors
    /// When the address is one of the application's own, or cannot be listened on.
    pub fn open(bind: &Bind, listen: &ListenArgs, bound: &[Bound]) -> Result<Vec<Bound>> {
        // Port 0 is another one each time.
        let is_taken = !matches!(bind, Bind::Tcp(_, 0)) && listen.bind.contains(bind);
        ensure!(!is_taken, "--admin {bind} is an address of --bind: give it one of its own");
        listen::open_admin(bind, listen, bound)
    }

    /// Answers from now on; the server is not ready yet.
    ///
    /// # Errors
    /// When the system denies the resources for it.
    pub fn start(sockets: Vec<Bound>, metrics: Arc<AllMetrics>) -> Result<Self> {
        let (state, over) = (Arc::new(State::default()), CancellationToken::new());
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Exported { metrics, state: state.clone() }));
        let pages = Arc::new(Pages { state: state.clone(), registry });
        let (runtime, until) = (Builder::new_current_thread().enable_all().build()?, over.clone());
        let listeners = {
            let _in_runtime = runtime.enter();
            sockets.into_iter().map(Listener::of).collect::<std::io::Result<Vec<_>>>()?
        };
        let addresses: Vec<_> = listeners.iter().map(|listener| listener.shown("http")).collect();
        console::line(&format!("wasgi: admin on {} (/metrics, /livez, /readyz)", addresses.join(" and ")));
        let sockets = listeners.iter().map(Shared::of).collect::<std::io::Result<_>>()?;
        let answer = async move {
            let places = Arc::new(Semaphore::new(CONNECTIONS));
            let all = listeners.into_iter().map(|listener| accept(listener, pages.clone(), places.clone()));
            let mut tasks: tokio::task::JoinSet<_> = all.collect();
            until.cancelled().await;
            tasks.shutdown().await;
        };
        let thread = std::thread::Builder::new().name("admin".into()).spawn(move || runtime.block_on(answer))?;
        Ok(Admin { state, sockets, over, thread: Some(thread) })
    }

    /// Another process answers in its place.
    pub fn leave(&self) {
        self.over.cancel();
    }

    /// Requests are answered from now on. Must be called in the serving runtime.
    pub fn is_ready(&self, front: &Arc<Front>) {
        self.state.is_served_by(front, Handle::current());
    }
}

impl Drop for Admin {
    /// Waits for its thread, which removes its socket.
    fn drop(&mut self) {
        self.over.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: Listener, pages: Arc<Pages>, places: Arc<Semaphore>) {
    loop {
        let place = places.clone().acquire_owned().await.expect("never closed");
        let Ok(accepted) = listener.accept().await else {
            tokio::time::sleep(super::limits::ACCEPT_PAUSE).await;
            continue;
        };
        let Some((stream, _)) = accepted else { continue };
        let pages = pages.clone();
        tokio::spawn(async move {
            match stream {
                Transport::Tcp(stream) => converse(stream, &pages).await,
                Transport::Unix(stream) => converse(stream, &pages).await,
            }
            drop(place);
        });
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, pages: &Pages) {
    let answer = service_fn(|request| pages.answer(request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    // Whoever breaks off sees that itself.
    let _ = http.serve_connection(TokioIo::new(stream), answer).await;
}
