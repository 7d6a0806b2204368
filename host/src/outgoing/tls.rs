//! Whom TLS is verified by: the platform's authorities, and those of `--ca-file`.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const HTTP_1_1: &[u8] = b"http/1.1";

/// Reads them.
///
/// # Errors
/// When a file of `--ca-file` has no certificates, or there are none at all.
pub fn connector(files: &[PathBuf]) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    // What of the platform's cannot be read is not trusted; that is no reason to trust nobody.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for file in files {
        add(&mut roots, file)?;
    }
    ensure!(
        !roots.is_empty(),
        "https:// in --allow-http: this machine has no certificates of authorities to verify by; install ca-certificates, or \
         name a file of them with --ca-file"
    );
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<()> {
    let option = || format!("--ca-file {}", file.display());
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.with_context(option)?;
    ensure!(
        !certificates.is_empty(),
        "{}: there is no certificate in it (a PEM file with BEGIN CERTIFICATE is wanted)",
        option()
    );
    for certificate in certificates {
        roots.add(certificate).with_context(option)?;
    }
    Ok(())
}
