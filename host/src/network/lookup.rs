//! wasi:sockets/ip-name-lookup: names that are granted, and of their addresses those that they may lead to.

use super::gate::Network as Gate;
use super::link::Networked;
use super::sandbox::Known;
use super::streams::now;
use crate::outgoing::fault::{Code, Fault};
use crate::outgoing::origin::Host;
use crate::terminal::console;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::Poll;
use std::vec;
use tokio::task::JoinHandle;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

const LOOKUP: &str = "wasi:sockets/ip-name-lookup@0.2.12";
const STREAM: &str = "resolve-address-stream";

type Found = Result<Vec<IpAddr>, ErrorCode>;
type Answered<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

/// The addresses of a name, once they are there.
enum Lookup {
    Asked(JoinHandle<Found>),
    Answered(Result<vec::IntoIter<IpAddr>, ErrorCode>),
}

impl Lookup {
    fn answer(&mut self, found: Result<Found, tokio::task::JoinError>) {
        let found = found.unwrap_or(Err(ErrorCode::TemporaryResolverFailure));
        *self = Lookup::Answered(found.map(Vec::into_iter));
    }

    fn next(&mut self) -> Result<Option<IpAddr>, ErrorCode> {
        if let Lookup::Asked(asked) = self {
            let Poll::Ready(found) = now(|context| Pin::new(&mut *asked).poll(context)) else {
                return Err(ErrorCode::WouldBlock);
            };
            self.answer(found);
        }
        match self {
            Lookup::Answered(Ok(found)) => Ok(found.next()),
            Lookup::Answered(Err(code)) => Err(*code),
            Lookup::Asked(_) => Err(ErrorCode::WouldBlock),
        }
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        if let Lookup::Asked(asked) = self {
            let found = asked.await;
            self.answer(found);
        }
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        if let Lookup::Asked(asked) = self {
            asked.abort();
        }
    }
}

/// Links the interface.
///
/// # Errors
/// When the linker has it.
pub fn add_to_linker<T: Networked>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut lookup = linker.instance(LOOKUP)?;
    lookup.resource(STREAM, ResourceType::host::<Lookup>(), |mut store, handle| {
        store.data_mut().ctx().table.delete(Resource::<Lookup>::new_own(handle))?;
        Ok(())
    })?;
    lookup.func_wrap("resolve-addresses", |store, (network, name)| resolve(store, &network, name))?;
    lookup.func_wrap(
        "[method]resolve-address-stream.resolve-next-address",
        |mut store: StoreContextMut<'_, T>, (lookup,): (Resource<Lookup>,)| {
            let next = store.data_mut().ctx().table.get_mut(&lookup)?.next();
            Ok((next.map(|found| found.map(IpAddress::from)),))
        },
    )?;
    lookup.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: StoreContextMut<'_, T>,
         (lookup,): (Resource<Lookup>,)|
         -> wasmtime::Result<(Resource<DynPollable>,)> {
            Ok((subscribe(store.data_mut().ctx().table, lookup)?,))
        },
    )
}

fn resolve<T: Networked>(
    mut store: StoreContextMut<'_, T>,
    network: &Resource<Network>,
    name: String,
) -> Answered<Resource<Lookup>> {
    let sandbox = store.data_mut();
    sandbox.ctx().table.get(network)?;
    let Some(net) = sandbox.net() else { return Ok((Err(ErrorCode::AccessDenied),)) };
    let Ok(Host::Name(name)) = Host::parse(&name) else { return Ok((Err(ErrorCode::NameUnresolvable),)) };
    if !net.network().knows(&name) {
        return Ok((Err(ErrorCode::AccessDenied),));
    }
    if !net.looks_up() {
        return Ok((Err(ErrorCode::TemporaryResolverFailure),));
    }
    let (gate, known, request) = (net.network().clone(), net.known().clone(), net.name());
    let asked = tokio::spawn(async move { found(&gate, &known, name, &request).await });
    Ok((Ok(sandbox.ctx().table.push(Lookup::Asked(asked))?),))
}

/// Where a name leads that it may lead to. What else it leads to, the log says.
async fn found(network: &Gate, known: &Known, name: String, request: &str) -> Found {
    let found = network.resolver.resolve(name.clone(), 0).await.map_err(|fault| code_of(&fault))?;
    let (may, may_not): (Vec<_>, Vec<_>) =
        found.iter().map(|place| place.ip()).partition(|address| network.may_lead_to(&name, *address));
    if let (true, Some(first)) = (may.is_empty(), may_not.first()) {
        console::warning(&format!("{request} net: {name} leads to {first}, to which --allow-net lets no name lead"));
        return Err(ErrorCode::PermanentResolverFailure);
    }
    Ok(known.learn(&name, may))
}

fn code_of(fault: &Fault) -> ErrorCode {
    match fault.code {
        Code::NameTimeout => ErrorCode::TemporaryResolverFailure,
        _ => ErrorCode::NameUnresolvable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::resolver::Resolver;
    use crate::parsed::parsed;
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    /// Grants these, and its names lead where a test says, the first time and any further time.
    fn network(grants: &[&str], first: &'static [&str], then: &'static [&str]) -> Gate {
        let options: Vec<_> = grants.iter().flat_map(|&grant| ["--allow-net", grant]).collect();
        let network = Gate::of(&parsed(&options)).unwrap();
        let asked = AtomicUsize::new(0);
        let resolver = Resolver::played(move |_, port| {
            let found = if asked.fetch_add(1, Relaxed) == 0 { first } else { then };
            Ok(found.iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect())
        });
        let mut network = Arc::into_inner(network).unwrap();
        network.resolver = resolver;
        network
    }

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn of_the_addresses_of_a_name_those_are_told_that_it_may_lead_to() {
        let network = network(&["db.example.com:5432"], &["10.0.0.5", "169.254.169.254", "127.0.0.1", "8.8.8.8"], &[]);
        let found = found(&network, &Known::default(), "db.example.com".into(), "-").await;
        assert_eq!(found.unwrap(), addresses(&["10.0.0.5", "8.8.8.8"]));
    }

    #[tokio::test]
    async fn what_a_name_led_to_once_is_what_it_may_be_connected_to() {
        let network = network(&["db.example.com:5432"], &["10.0.0.5"], &["169.254.169.254"]);
        let known = Known::default();
        let place = |address: &str| SocketAddr::new(address.parse().unwrap(), 5432);
        assert!(!network.allows(place("10.0.0.5"), &known.names("10.0.0.5".parse().unwrap())));
        found(&network, &known, "db.example.com".into(), "-").await.unwrap();
        assert!(network.allows(place("10.0.0.5"), &known.names("10.0.0.5".parse().unwrap())));
        let again = found(&network, &known, "db.example.com".into(), "-").await;
        assert_eq!(again, Err(ErrorCode::PermanentResolverFailure));
        assert!(!network.allows(place("169.254.169.254"), &known.names("169.254.169.254".parse().unwrap())));
    }
}
