//! Somebody to whom applications send requests: a small server of HTTP/1.1 in this process, on loopback.
//!
//! `/echo` tells what arrived. Further paths misbehave, or take their time, each as [`Upstream::answer`] says.

use super::process::PATIENCE;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Serves until the test's process ends.
pub struct Upstream {
    address: SocketAddr,
    secure: bool,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    accepted: AtomicUsize,
    open: AtomicUsize,
}

/// An authority of this test's own, and a certificate by it for this machine.
pub struct Authority {
    pub pem: String,
    /// The certificate as PEM, and its key, for servers that are programs of their own.
    pub certificate: String,
    pub key: String,
    config: Arc<ServerConfig>,
}

impl Authority {
    /// The certificate is for these names and addresses.
    pub fn for_names(names: &[&str]) -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        // Not the name of what it signs, which would pass for signed by itself.
        params.distinguished_name.push(rcgen::DnType::CommonName, "authority of a test");
        // OpenSSL's strict verification, the default of newer Pythons, refuses it without these.
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
        let key = rcgen::KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a certificate");
        let issuer = rcgen::Issuer::new(params, key);
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let own = rcgen::KeyPair::generate().expect("a key");
        let cert = rcgen::CertificateParams::new(names).and_then(|mut params| {
            params.use_authority_key_identifier_extension = true;
            params.signed_by(&own, &issuer)
        });
        let cert = cert.expect("a certificate");
        let private = PrivateKeyDer::try_from(own.serialize_der()).expect("a key");
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], private)
            .expect("a certificate and its key");
        Authority { pem: root.pem(), certificate: cert.pem(), key: own.serialize_pem(), config: Arc::new(config) }
    }
}

impl Authority {
    /// The server's end of TLS over a connection.
    pub fn accept(&self, tcp: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        StreamOwned::new(ServerConnection::new(self.config.clone()).expect("a session"), tcp)
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A request as it came.
struct Asked {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    length: usize,
}

impl Upstream {
    pub fn start() -> Self {
        Self::serve(None, |stream, connection, _| converse(stream, connection))
    }

    pub fn tls(authority: &Authority) -> Self {
        Self::serve(Some(authority.config.clone()), |stream, connection, _| converse(stream, connection))
    }

    /// One that does as the test says with each connection.
    pub fn raw(act: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::raw_at("127.0.0.1:0", act)
    }

    /// The same at another address of this machine.
    pub fn raw_at(address: &str, act: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::serve_at(address, None, move |_, _, tcp| act(tcp))
    }

    fn serve(
        tls: Option<Arc<ServerConfig>>,
        act: impl Fn(&mut dyn Stream, usize, TcpStream) + Send + Sync + 'static,
    ) -> Self {
        Self::serve_at("127.0.0.1:0", tls, act)
    }

    fn serve_at(
        address: &str,
        tls: Option<Arc<ServerConfig>>,
        act: impl Fn(&mut dyn Stream, usize, TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let (address, counts) = (listener.local_addr().expect("bound"), Arc::new(Counts::default()));
        let (secure, counted, act) = (tls.is_some(), counts.clone(), Arc::new(act));
        thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                let (tls, counts, act) = (tls.clone(), counted.clone(), act.clone());
                let connection = counts.accepted.fetch_add(1, SeqCst) + 1;
                counts.open.fetch_add(1, SeqCst);
                let serve = move || {
                    tcp.set_nodelay(true).expect("a socket");
                    let other = tcp.try_clone().expect("a socket");
                    match tls {
                        None => act(&mut tcp.try_clone().expect("a socket"), connection, other),
                        Some(config) => {
                            let session = ServerConnection::new(config).expect("a session");
                            act(&mut StreamOwned::new(session, tcp), connection, other);
                        }
                    }
                    counts.open.fetch_sub(1, SeqCst);
                };
                thread::Builder::new().stack_size(256 << 10).spawn(serve).expect("a thread");
            }
        });
        Upstream { address, secure, counts }
    }

    /// As `--allow-http` takes it.
    pub fn origin(&self) -> String {
        self.origin_as("127.0.0.1")
    }

    /// The same by another name of this machine.
    pub fn origin_as(&self, name: &str) -> String {
        format!("{}://{name}:{}", if self.secure { "https" } else { "http" }, self.address.port())
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections that have come.
    pub fn accepted(&self) -> usize {
        self.counts.accepted.load(SeqCst)
    }

    /// Those that are there.
    pub fn open(&self) -> usize {
        self.counts.open.load(SeqCst)
    }
}

/// Answers one request after the other.
fn converse(stream: &mut dyn Stream, connection: usize) {
    let mut stream = BufReader::new(stream);
    for number in 1.. {
        let Some(asked) = read(&mut stream) else { return };
        let closes =
            asked.path.starts_with("/close") || asked.headers.get("connection").is_some_and(|it| it == "close");
        if answer(stream.get_mut(), &asked, connection, number).is_err() || closes {
            return;
        }
    }
}

fn read(stream: &mut impl BufRead) -> Option<Asked> {
    let mut lines = vec![];
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let (method, rest) = lines.first()?.split_once(' ')?;
    let (path, _) = rest.split_once(' ')?;
    let headers: BTreeMap<_, _> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = match headers.get("content-length") {
        Some(length) => skip(stream, length.parse().ok()?)?,
        None if headers.contains_key("transfer-encoding") => chunks(stream)?,
        None => 0,
    };
    Some(Asked { method: method.into(), path: path.into(), headers, length })
}

fn skip(stream: &mut impl BufRead, length: usize) -> Option<usize> {
    let copied = std::io::copy(&mut stream.take(length as u64), &mut std::io::sink()).ok()?;
    (copied == length as u64).then_some(length)
}

fn chunks(stream: &mut impl BufRead) -> Option<usize> {
    let mut all = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let size = usize::from_str_radix(line.trim_end(), 16).ok()?;
        all += skip(stream, size)?;
        stream.read_line(&mut line).ok()?;
        if size == 0 {
            return Some(all);
        }
    }
}

fn answer(stream: &mut dyn Write, asked: &Asked, connection: usize, number: usize) -> std::io::Result<()> {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let bytes = || query.parse::<usize>().expect("a number");
    match path {
        "/bucket/key" if asked.method == "PUT" => {
            write!(stream, "HTTP/1.1 200 OK\r\nETag: \"{}\"\r\nContent-Length: 0\r\n\r\n", asked.length)
        }
        "/redirect" => write!(stream, "HTTP/1.1 302 Found\r\nLocation: {query}\r\nContent-Length: 0\r\n\r\n"),
        "/chunked" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            for word in ["one", "two", "three"] {
                write!(stream, "{:x}\r\n{word}\r\n", word.len())?;
            }
            stream.write_all(b"0\r\n\r\n")
        }
        "/close" => stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nto the end"),
        "/large" => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes())?;
            (0..bytes() / 65536).try_for_each(|_| stream.write_all(&[b'x'; 65536]))
        }
        "/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                stream.write_all(b"10000\r\n")?;
                stream.write_all(&[b'x'; 65536])?;
                stream.write_all(b"\r\n")?;
            }
        }
        "/broken" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")?;
            Err(ErrorKind::ConnectionReset.into())
        }
        "/silent" => {
            thread::sleep(PATIENCE);
            Ok(())
        }
        "/slow" => {
            thread::sleep(std::time::Duration::from_millis(bytes() as u64));
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow")
        }
        "/ntlm" => stream.write_all(b"HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"),
        "/smuggle" => stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        ),
        _ => {
            let Asked { method, path, headers, length } = asked;
            let told = json!({ "method": method, "path": path, "headers": headers, "length": length,
                               "connection": connection, "number": number });
            let body = if asked.method == "HEAD" { String::new() } else { told.to_string() };
            let shown = told.to_string().len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {shown}\r\n\r\n{body}")
        }
    }
}
