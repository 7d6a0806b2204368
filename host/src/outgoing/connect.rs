//! Connections to others: a name is resolved, its addresses are checked, and only what was checked is connected to.

use super::addresses::is_public;
use super::fault::{self, Code, Fault};
use super::origin::{Host, Scheme, Target};
use super::resolver::Resolver;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

/// Of a name's addresses, so many are tried.
const TRIED: usize = 4;

/// Makes connections. Clones share their limits.
#[derive(Clone)]
pub struct Connector {
    resolver: Resolver,
    /// One for each connection there is, in use or kept.
    places: Arc<Semaphore>,
    /// None where no origin has https.
    tls: Option<TlsConnector>,
    /// For a name's resolution, a connection and a handshake together.
    patience: Duration,
}

impl Connector {
    pub fn new(tls: Option<TlsConnector>, most: usize, patience: Duration) -> Self {
        Connector { resolver: Resolver::default(), places: Arc::new(Semaphore::new(most)), tls, patience }
    }

    /// Whether one more would have to wait.
    pub fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    async fn connect(self, uri: http::Uri) -> Result<TokioIo<Stream>, Fault> {
        let target = Target::of(&uri).map_err(|error| Code::UriInvalid.because(error))?;
        match timeout(self.patience, self.open(&target)).await {
            Ok(stream) => Ok(TokioIo::new(stream?)),
            Err(_) if self.is_full() => Err(Code::LimitReached.because("all connections of this server are in use")),
            Err(_) => Err(Code::ConnectionTimeout.into()),
        }
    }

    async fn open(&self, target: &Target) -> Result<Stream, Fault> {
        let place = self.places.clone().acquire_owned().await.expect("never closed");
        let addresses = self.addresses(target).await?;
        let tcp = first(&addresses).await?;
        let io = match target.scheme {
            Scheme::Http => Io::Plain(tcp),
            Scheme::Https => Io::Tls(Box::new(self.wrap(target, tcp).await?)),
        };
        Ok(Stream { io, _place: place })
    }

    /// Those that may be connected to.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, Fault> {
        let named = match &target.host {
            // Named by itself, so it may be any.
            Host::Address(address) => vec![*address],
            host if host.is_this_machine() => {
                vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
            }
            Host::Name(name) => {
                let found = self.resolver.resolve(name.clone(), target.port).await?;
                let public: Vec<_> = found.iter().map(SocketAddr::ip).filter(|address| is_public(*address)).collect();
                if let (true, Some(first)) = (public.is_empty(), found.first()) {
                    return Err(Code::AddressProhibited.because(format!("{name} is {}", first.ip())));
                }
                public
            }
        };
        Ok(named.into_iter().take(TRIED).map(|address| SocketAddr::new(address, target.port)).collect())
    }

    async fn wrap(&self, target: &Target, tcp: TcpStream) -> Result<TlsStream<TcpStream>, Fault> {
        let tls = self.tls.as_ref().ok_or(Code::Tls)?;
        let name = match &target.host {
            Host::Name(name) => ServerName::try_from(name.clone()).map_err(|error| Code::Tls.because(error))?,
            Host::Address(address) => ServerName::from(*address),
        };
        tls.connect(name, tcp).await.map_err(|error| fault::of_tls(&error))
    }
}

/// The first that takes the connection.
async fn first(addresses: &[SocketAddr]) -> Result<TcpStream, Fault> {
    let mut failed = Fault::from(Code::NameUnknown);
    for address in addresses {
        match TcpStream::connect(address).await {
            // Once more: nothing between the check and the connection may lead elsewhere.
            Ok(stream) if stream.peer_addr().is_ok_and(|peer| peer == *address) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(_) => failed = Code::AddressProhibited.into(),
            Err(error) => failed = fault::of_connect(&error),
        }
    }
    Err(failed)
}

impl tower_service::Service<http::Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Fault>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: http::Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// An open connection, and its place among those that there may be.
pub struct Stream {
    io: Io,
    _place: OwnedSemaphorePermit,
}

enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Io::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write(context, data),
            Io::Tls(stream) => Pin::new(stream).poll_write(context, data),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_flush(context),
            Io::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Io::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    /// One whose names lead where a test says, the first time and any further time; and how often that was asked for.
    fn connector(first: &'static [&str], then: &'static [&str]) -> (Connector, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let lookup = move |_: &str, port| {
            let found = if counted.fetch_add(1, Relaxed) == 0 { first } else { then };
            Ok(found.iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect())
        };
        let connector = Connector::new(None, 8, Duration::from_secs(5));
        (Connector { resolver: Resolver::played(lookup), ..connector }, asked)
    }

    fn target(text: String) -> Target {
        Target::of(&text.parse().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_name_leads_to_no_address_that_is_not_public() {
        for address in ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            let found: &'static [&str] = Box::leak(Box::new([address]));
            let (connector, _) = connector(found, found);
            let target = target(format!("http://name.example:{}/", listener.local_addr().unwrap().port()));
            let fault = connector.open(&target).await.err().unwrap();
            assert_eq!(fault.code, Code::AddressProhibited, "{address}");
            assert!(listener.accept().is_err(), "{address}: nobody connects");
        }
    }

    #[tokio::test]
    async fn what_was_checked_is_what_is_connected_to() {
        let (connector, asked) = connector(&["192.0.1.1", "127.0.0.1"], &["127.0.0.1"]);
        let target = target("http://name.example/".into());
        assert_eq!(connector.addresses(&target).await.unwrap(), [SocketAddr::from(([192, 0, 1, 1], 80))]);
        assert_eq!(asked.load(Relaxed), 1);
        // The next connection asks anew, and is refused by what it hears then.
        assert_eq!(connector.open(&target).await.err().unwrap().code, Code::AddressProhibited);
    }

    #[tokio::test]
    async fn what_is_named_by_itself_is_connected_to_and_nobody_is_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connector, asked) = connector(&[], &[]);
        for host in ["127.0.0.1", "localhost"] {
            assert!(connector.open(&target(format!("http://{host}:{port}/"))).await.is_ok(), "{host}");
        }
        assert_eq!(asked.load(Relaxed), 0);
        assert_eq!(connector.open(&target("http://name.example/".into())).await.err().unwrap().code, Code::NameUnknown);
    }

    #[tokio::test]
    async fn there_are_as_many_connections_as_there_may_be() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri: http::Uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let (connector, _) = connector(&[], &[]);
        let connector = Connector { patience: Duration::from_millis(50), ..connector };
        let mut open = vec![];
        for _ in 0..8 {
            open.push(connector.clone().connect(uri.clone()).await.ok().unwrap());
        }
        let fault = connector.clone().connect(uri.clone()).await.err().unwrap();
        assert_eq!(fault.code, Code::LimitReached);
        open.pop();
        assert!(connector.connect(uri).await.is_ok());
    }
}
