//! TLS between a client and a server inside one sandbox, over memory, because there are no sockets.

use crate::harness::{Project, Server, clients};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;

/// The file name, in a folder of certificates, of rcgen's subject (`openssl x509 -subject_hash`).
const SUBJECT: &str = "3b291c1d";

/// The application's result for a certificate made for this test.
fn seen() -> Value {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = made.cert.pem() + &made.signing_key.serialize_pem();
    let posted = json!({ "certificate": certificate, "hash": SUBJECT });
    Server::all_apps().post("/handshake", posted.to_string()).json()
}

#[test]
fn a_handshake_agrees_on_all_that_it_is_asked_for() {
    let seen = seen();
    for (version, cipher) in [("1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"), ("1.3", "TLS_AES_256_GCM_SHA384")] {
        let expected = json!({
            "said": "in confidence",
            "version": format!("TLSv{version}"),
            "cipher": cipher,
            "alpn": "http/1.1",
            "asked for": "localhost",
            "names": [["DNS", "localhost"]],
            "bound": true,
        });
        assert_eq!(seen[version], expected);
    }
    assert_eq!(seen["random"], 1000);
}

#[test]
fn a_certificate_is_trusted_by_whom_it_is_given_to() {
    let seen = seen();
    assert_eq!(seen["unknown"], "self-signed certificate");
    assert_eq!(seen["other name"], "Hostname mismatch, certificate is not valid for 'elsewhere'.");
    // The system's trust store is empty; SSL_CERT_FILE names another file.
    assert_eq!(seen["trusted"], json!([0, 1]));
    assert_eq!(seen["folder"], "found");
}

const CERTIFI: &str = "
import ssl

import certifi

_CONTEXT = ssl.create_default_context(cafile=certifi.where())


def app(environ, start_response):
    context = ssl.create_default_context(cafile=certifi.where())
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [repr([each.cert_store_stats()['x509_ca'] > 100 for each in (_CONTEXT, context)]).encode()]
";

#[test]
fn the_certificates_of_certifi_are_loaded_at_import_and_in_requests() {
    let project = Project::new(&[("app.py", CERTIFI)]);
    let packages = project.path("packages");
    std::fs::create_dir(&packages).unwrap();
    symlink(clients::fetched("packages").join("certifi"), packages.join("certifi")).unwrap();
    let server = project.run(&["app.py", "--site-packages", packages.to_str().unwrap()]);
    assert_eq!(server.get("/").ok(), "[True, True]");
    assert!(!server.log().contains("warning: "), "{}", server.log());
}
