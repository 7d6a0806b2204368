//! One request: permit, sandbox, answer.

use super::body::{Guest, GuestBody};
use super::error::RequestError;
use super::record::Record;
use super::sandbox::{Answer, Factory};
use http::{Request, Response};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use tokio::sync::{Semaphore, oneshot};

/// Lives once; shared by all connections.
pub struct Service {
    factory: RwLock<Arc<Factory>>,
    permits: Arc<Semaphore>,
    concurrency: u32,
}

impl Service {
    pub fn new(factory: Factory) -> Self {
        let concurrency = factory.limits.concurrency.get();
        let permits = Arc::new(Semaphore::new(concurrency as usize));
        Service { factory: RwLock::new(Arc::new(factory)), permits, concurrency }
    }

    /// From the next request on, sandboxes come from this factory.
    pub fn replace(&self, factory: Factory) {
        *self.factory.write().expect("no panic while held") = Arc::new(factory);
    }

    /// Waits until no sandbox is left.
    pub async fn idle(&self) {
        let _ = self.permits.acquire_many(self.concurrency).await;
    }

    /// Answers one request; whatever goes wrong becomes an answer, too.
    pub async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Response<GuestBody>, Infallible> {
        let record = Arc::new(Record::new(&request, peer));
        let response = match self.ask_guest(request, &record).await {
            Ok(response) => response,
            Err(error) => {
                record.failed(&error);
                error.response().map(|body| GuestBody::from_host(body, record.clone()))
            }
        };
        record.answered(&response);
        Ok(response)
    }

    async fn ask_guest(
        &self,
        request: Request<Incoming>,
        record: &Arc<Record>,
    ) -> Result<Response<GuestBody>, RequestError> {
        if !names_its_host(&request) {
            return Err(RequestError::NoHost);
        }
        let (sender, mut answer) = oneshot::channel();
        let mut guest = self.guest(request, record.clone(), sender).await;
        let (answer, guest) = tokio::select! {
            biased;
            outcome = &mut guest => (answer.try_recv().ok(), Err(outcome)),
            answer = &mut answer => (answer.ok(), Ok(guest)),
        };
        match (answer, guest) {
            (Some(Ok(response)), Ok(guest)) => Ok(with_body(response, Some(guest), record)),
            (Some(Ok(response)), Err(Ok(()))) => Ok(with_body(response, None, record)),
            // The head is out of the guest but not yet on the wire: a clear error is still possible.
            (_, Err(Err(error))) => Err(error),
            (Some(Err(code)), _) => Err(RequestError::Trap(format!("{code:?}"))),
            (None, _) => Err(RequestError::NoResponse),
        }
    }

    /// The guest's run, holding its permit until it has returned.
    async fn guest(&self, request: Request<Incoming>, record: Arc<Record>, answer: oneshot::Sender<Answer>) -> Guest {
        let permit = self.permits.clone().acquire_owned().await.expect("never closed");
        let factory = self.factory.read().expect("no panic while held").clone();
        Box::pin(async move {
            let outcome = factory.run(request, record, answer).await;
            drop(permit);
            outcome
        })
    }
}

fn with_body(
    response: Response<wasmtime_wasi_http::p2::body::HyperOutgoingBody>,
    guest: Option<Guest>,
    record: &Arc<Record>,
) -> Response<GuestBody> {
    response.map(|body| GuestBody::from_guest(body, guest, record.clone()))
}

/// An HTTP/1.1 request must say whom it is for (RFC 9112, section 3.2).
fn names_its_host(request: &Request<Incoming>) -> bool {
    let host = request.headers().get(http::header::HOST);
    request.uri().authority().is_some() || host.is_some_and(|host| host.to_str().is_ok())
}
