//! The applications of a server, and which of them a request is for.

use super::admin::Load;
use super::admission::ActiveRequests;
use super::answered::Arrived;
use super::exposure::Exposure;
use super::lasting::Lasting;
use super::limits::Limits;
use super::metrics::AllMetrics;
use super::report::Reports;
use super::route::{Fit, Route, Rule};
use super::service::Service;
use super::setup::Setup;
use super::worst_case::total_line;
use crate::serve::http::peer::{Busy, Peer};
use crate::serve::request::connection_info::{self, ConnectionInfo};
use crate::serve::request::error::RequestError;
use crate::serve::request::owner::Owner;
use crate::serve::request::response_body::GuestBody;
use crate::serve::request::unsent::UnsentAnswers;
use crate::serve::sandbox::factory::Factory;
use http::{HeaderValue, Request, Response, Version, header};
use hyper::body::Incoming;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Lives once; shared by all connections.
pub struct Applications {
    served: RwLock<Served>,
    exposure: Exposure,
    reports: Arc<Reports>,
    metrics: Option<Arc<AllMetrics>>,
    active: Arc<ActiveRequests>,
    /// Of requests that are no application's.
    nobody: Arc<Owner>,
    limits: Limits,
    /// Each HTTP/1 connection ends with its next answer.
    is_leaving: AtomicBool,
}

#[derive(Default)]
struct Served {
    services: Vec<(Route, Arc<Service>)>,
    /// With the place of the service; the most specific rule comes first.
    rules: Vec<(Rule, usize)>,
}

impl Applications {
    /// None yet. `limits` are those of the whole server.
    pub fn new(exposure: Exposure, reports: Arc<Reports>, metrics: Option<Arc<AllMetrics>>, limits: Limits) -> Self {
        let nobody = owner(None, &reports, metrics.as_ref(), &limits);
        let (served, active) = (RwLock::default(), Arc::default());
        Applications {
            served,
            exposure,
            reports,
            metrics,
            active,
            nobody: Arc::new(nobody),
            limits,
            is_leaving: AtomicBool::new(false),
        }
    }

    fn served(&self) -> RwLockReadGuard<'_, Served> {
        self.served.read().expect("no panic while held")
    }

    fn change(&self) -> RwLockWriteGuard<'_, Served> {
        self.served.write().expect("no panic while held")
    }

    /// Serves an application from the next request on, in the place of the one of its name. `most` is the most memory
    /// in bytes that its requests take. Must be called in the serving runtime.
    pub fn serve(&self, setup: &Setup, route: Route, factory: Factory, most: u64) {
        let limits = factory.limits;
        let lasting = match self.find(setup.name.as_ref()) {
            Some(old) => {
                old.lasting.renew(&limits);
                old.lasting.clone()
            }
            None => {
                let owner = owner(setup.name.clone(), &self.reports, self.metrics.as_ref(), &limits);
                Arc::new(Lasting::new(owner, &limits, self.active.clone()))
            }
        };
        lasting.is_stale.store(false, Relaxed);
        let _old = self.change().set(route, Service::new(setup, factory, most, lasting));
    }

    /// From the next request on, sandboxes of the only application come from this factory.
    pub fn replace(&self, factory: Factory) {
        let Some(old) = self.find(None) else { return };
        old.lasting.renew(&old.limits);
        let _old = self.change().set(Route::default(), old.with(factory));
    }

    /// Whether an application goes on as it was, as its exchange was refused.
    pub fn mark(&self, name: Option<&Arc<str>>, is_stale: bool) {
        if let Some(service) = self.find(name) {
            service.lasting.is_stale.store(is_stale, Relaxed);
        }
    }

    /// Serves no others any more; requests that run finish. Returns the names of those that go.
    pub fn keep(&self, names: &[Option<Arc<str>>]) -> Vec<Arc<str>> {
        let gone = self.change().keep(names);
        let names: Vec<_> = gone.iter().filter_map(|service| service.name().cloned()).collect();
        if let Some(metrics) = &self.metrics {
            names.iter().for_each(|name| metrics.forget(name));
        }
        names
    }

    fn find(&self, name: Option<&Arc<str>>) -> Option<Arc<Service>> {
        let served = self.served();
        served.services.iter().map(|(_, service)| service).find(|service| service.name() == name).cloned()
    }

    fn all(&self) -> Vec<Arc<Service>> {
        self.served().services.iter().map(|(_, service)| service.clone()).collect()
    }

    /// What there is to do just now, for each application.
    pub fn loads(&self) -> Vec<Load> {
        self.all().iter().map(|service| service.load()).collect()
    }

    /// What all take together at most, if there are several.
    pub fn total_line(&self) -> Option<String> {
        let services = self.all();
        total_line(services.iter().filter_map(|service| Some((&**service.name()?, service.most))))
    }

    /// Where answers wait that are no application's.
    pub fn answers(&self) -> &UnsentAnswers {
        &self.nobody.answers
    }

    /// Whether connections begin with what a proxy says of its client.
    pub fn is_proxied(&self) -> bool {
        self.exposure.proxied
    }

    /// Whether the socket's other end is a trusted proxy.
    pub fn trusts(&self, peer: &Peer) -> bool {
        self.exposure.trusts(peer)
    }

    /// From now on, answers of HTTP/1 say that they are the last one of their connection.
    pub fn leave(&self) {
        self.is_leaving.store(true, Relaxed);
    }

    /// Waits until no sandbox is left.
    pub async fn idle(&self) {
        for service in self.all() {
            service.lasting.idle().await;
        }
    }

    /// Responds to one request; every error becomes a response, too.
    pub async fn answer(
        &self,
        mut request: Request<Incoming>,
        peer: &Peer,
        busy: Busy,
    ) -> Result<Response<GuestBody>, Infallible> {
        let mut origin = ConnectionInfo::of(&request, peer);
        let settled = origin.settle(&mut request, peer, self.exposure.proxies_of(peer));
        let ids = self.exposure.ids(&request, peer);
        let is_http1 = request.version() < Version::HTTP_2;
        let found = self.served().find(&request, settled);
        let arrived = Arrived { request, origin, ids };
        let mut response = match found {
            Ok((service, wrong)) => service.answer(arrived, wrong, peer, busy).await,
            Err(error) => arrived.refuse(error, &self.nobody, self.limits.body, peer, busy),
        };
        if is_http1 && self.is_leaving.load(Relaxed) {
            response.headers_mut().insert(header::CONNECTION, CLOSE);
        }
        Ok(response)
    }
}

fn owner(name: Option<Arc<str>>, reports: &Arc<Reports>, metrics: Option<&Arc<AllMetrics>>, limits: &Limits) -> Owner {
    let metrics = metrics.map(|metrics| metrics.of(name.as_ref()));
    Owner { name, reports: reports.clone(), metrics, answers: UnsentAnswers::new(limits) }
}

impl Served {
    /// In the place of the one of its name, if there is one; returns that.
    fn set(&mut self, route: Route, service: Service) -> Option<Arc<Service>> {
        let place = self.services.iter().position(|(_, old)| old.name() == service.name());
        self.services.push((route, Arc::new(service)));
        let old = place.map(|place| self.services.swap_remove(place).1);
        self.order();
        old
    }

    /// Returns those that go.
    fn keep(&mut self, names: &[Option<Arc<str>>]) -> Vec<Arc<Service>> {
        let is_kept = |service: &Service| names.iter().any(|name| name.as_ref() == service.name());
        let gone = self.services.extract_if(.., |(_, service)| !is_kept(service)).map(|(_, service)| service).collect();
        self.order();
        gone
    }

    fn order(&mut self) {
        let rules = self
            .services
            .iter()
            .enumerate()
            .flat_map(|(place, (route, _))| route.rules().map(move |rule| (rule, place)));
        self.rules = rules.collect();
        self.rules.sort_by_key(|(rule, _)| rule.order());
    }

    /// Whose a request is, and what is wrong with it already.
    ///
    /// # Errors
    /// When it is no application's.
    fn find<B>(
        &self,
        request: &Request<B>,
        settled: Result<(), RequestError>,
    ) -> Result<(Arc<Service>, Option<RequestError>), RequestError> {
        if let [(_, only)] = &*self.services
            && only.name().is_none()
        {
            return Ok((only.clone(), settled.err()));
        }
        settled?;
        let host = connection_info::host(request);
        // RFC 9110, section 15.5.20: 421 where no application is for that host.
        let mut error = RequestError::Misdirected;
        for (rule, place) in &self.rules {
            match rule.fit(host, request) {
                Fit::Fits => return Ok((self.services[*place].1.clone(), None)),
                Fit::OtherPath => error = RequestError::NotMounted,
                Fit::OtherHost => {}
            }
        }
        Err(error)
    }
}
