//! What one sandbox has of this: its share of the limits, and the request it serves.

use super::body::{Got, Sent};
use super::call::Call;
use super::fault::{Code, Fault};
use super::gate::Outgoing;
use super::origin::Target;
use super::used::Used;
use crate::serve::request::ids::Ids;
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// Whose sandbox it is.
#[derive(Clone)]
pub struct Asking {
    /// As its lines in the log begin.
    pub name: Arc<str>,
    /// What its requests to others have in common with it.
    pub ids: Option<Arc<Ids>>,
    /// The request is over: nothing is waited for any more.
    pub over: CancellationToken,
}

/// Lives for one request.
pub struct Egress {
    outgoing: Arc<Outgoing>,
    used: Arc<Used>,
}

type Answered = Result<Response<WasiBody>, Fault>;

impl Egress {
    pub fn new(outgoing: Arc<Outgoing>) -> Self {
        let used = Arc::new(Used::new(&outgoing.limits));
        Egress { outgoing, used }
    }

    pub fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// Sends a request of the guest's. `guard` is let go of when the request's body is.
    pub fn send<G: Send + Unpin + 'static>(
        &self,
        asking: Asking,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
        guard: G,
    ) -> impl Future<Output = Result<Response<WasiBody>, Error>> + Send + use<G> {
        let (outgoing, used) = (self.outgoing.clone(), self.used.clone());
        async move {
            if !used.counts(&outgoing.limits, &asking.name) {
                return Err(Error::ConnectionLimitReached);
            }
            let place = asking.over.run_until_cancelled(used.places.clone().acquire_owned()).await;
            // The request is over, or its sandbox is gone.
            let Some(Ok(place)) = place else { return Err(Error::ConnectionTerminated) };
            if let Some(ids) = &asking.ids {
                ids.complete(request.headers_mut());
            }
            let target = Target::of(request.uri());
            let origin = target.as_ref().map_or_else(|_| "-".to_owned(), Target::to_string);
            let mut call = Call::new(asking.name.clone(), request.method().clone(), origin, used, place);
            let checked = target
                .map_err(|error| Code::UriInvalid.because(error))
                .and_then(|target| outgoing.check(&target).map(|()| target));
            match checked {
                Ok(target) => outgoing.exchange(request, &target, options, call, asking.over, guard).await,
                Err(fault) => {
                    call.failed(&fault);
                    Err(fault)
                }
            }
            .map_err(Error::from)
        }
    }
}

impl Drop for Egress {
    /// What ends with the sandbox makes room for nothing else.
    fn drop(&mut self) {
        self.used.places.close();
    }
}

impl Outgoing {
    async fn exchange<G: Send + Unpin + 'static>(
        &self,
        request: Request<WasiBody>,
        target: &Target,
        options: Option<RequestOptions>,
        mut call: Call,
        over: CancellationToken,
        guard: G,
    ) -> Answered {
        let options = options.unwrap_or_default();
        let of = |asked: Option<Duration>| asked.map_or(self.limits.timeout, |asked| asked.min(self.limits.timeout));
        let used = call.used.clone();
        let request = request.map(|body| Sent { body, used, _guard: guard }.boxed_unsync());
        // It includes the connection, which the guest may want sooner than the response.
        let patience = of(options.connect_timeout).max(of(options.first_byte_timeout));
        let sent = async {
            let sent = self.client.send(to(request, target));
            timeout(patience, sent).await.unwrap_or_else(|_| Err(Code::ReadTimeout.into()))
        };
        let answered = over.run_until_cancelled(sent).await;
        match answered.unwrap_or_else(|| Err(Code::Terminated.because("the request is over"))) {
            Ok(response) => {
                call.answered(response.status().as_u16());
                let patience = of(options.between_bytes_timeout);
                Ok(response.map(|body| Got::new(body, call, patience, over.clone()).boxed_unsync()))
            }
            Err(fault) => {
                call.failed(&fault);
                Err(fault)
            }
        }
    }
}

/// With the one form of its origin by which connections are kept.
fn to(mut request: Request<WasiBody>, target: &Target) -> Request<WasiBody> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if let Ok(uri) = format!("{target}{path}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}
