//! `--tls-cert` and `--tls-key`: HTTPS, and with it HTTP/2 for ordinary clients (ALPN, RFC 7301).

use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// ALPN's name for HTTP/2 over TLS (RFC 9113, section 3.1).
pub const H2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

#[derive(Args, Clone)]
pub struct TlsArgs {
    /// Serve HTTPS: PEM file with the certificate, followed by those that lead to its authority
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's private key, not encrypted
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// Reads the files; None without these options.
///
/// # Errors
/// When a file cannot be read, holds something else, or the two do not belong together.
pub fn acceptor(args: &TlsArgs) -> Result<Option<TlsAcceptor>> {
    let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let (chain, private) = (certificates(cert)?, private_key(key)?);
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .with_context(|| {
            let (cert, key) = (cert.display(), key.display());
            format!("--tls-key {key} is not the key of the certificate in --tls-cert {cert}, or one is unusable")
        })?;
    config.alpn_protocols = vec![H2.to_vec(), HTTP_1_1.to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let option = format!("--tls-cert {}", path.display());
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = read.map_err(explained).with_context(|| option.clone())?;
    if chain.is_empty() {
        bail!("{option}: there is no certificate in it (a PEM file with BEGIN CERTIFICATE is wanted)");
    }
    Ok(chain)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(path).map_err(explained).with_context(|| format!("--tls-key {}", path.display()))
}

fn explained(error: pem::Error) -> anyhow::Error {
    match error {
        pem::Error::Io(error) => anyhow::Error::new(error).context("cannot be read"),
        pem::Error::NoItemsFound => {
            anyhow::anyhow!(
                "there is no private key in it (a PEM file with BEGIN PRIVATE KEY, not encrypted, is wanted)"
            )
        }
        error => anyhow::anyhow!("is not a PEM file: {error}"),
    }
}
