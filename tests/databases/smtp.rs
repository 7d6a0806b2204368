//! Mail by smtplib and Flask-Mail.

use super::served::Served;
use super::servers::Smtp;
use crate::harness::Authority;
use serde_json::json;

#[test]
fn mail_is_sent() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let (open, closed) = (Smtp::start(None), Smtp::start(Some(&authority)));
    let served = Served::start("by_smtplib", &[open.port, closed.port], &authority, &[]);
    let (plain, tls) = (served.plain(open.port), served.tls(closed.port));
    assert_eq!(plain.told("sent"), json!({}));
    open.daemon.wait_for("to ['a@example.com', 'b@example.com'] Subject: by smtplib TLS False");
    assert_eq!(plain.told("by_flask_mail"), json!(null));
    open.daemon.wait_for("to ['a@example.com'] Subject: by Flask-Mail TLS False");

    assert_eq!(tls.told("sent"), json!({}));
    closed.daemon.wait_for("to ['a@example.com', 'b@example.com'] Subject: by smtplib TLS True");
    assert_eq!(tls.raised("without_tls"), "SMTPSenderRefused");
    assert_eq!(tls.raised("by_name"), "SSLCertVerificationError", "the certificate is for the address");
    tls.fails("SMTPAuthenticationError", ["ConnectionRefusedError", "SMTPServerDisconnected"]);
}
