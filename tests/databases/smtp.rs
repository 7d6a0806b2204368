//! Mail by smtplib and Flask-Mail.

use super::Served;
use super::servers::Smtp;
use crate::harness::Authority;
use serde_json::json;

#[test]
fn mail_is_sent() {
    let server = Smtp::start(None);
    let served = Served::start("by_smtplib", server.port, None);
    assert_eq!(served.told("sent"), json!({}));
    server.daemon.wait_for("to ['a@example.com', 'b@example.com'] Subject: by smtplib TLS False");
    assert_eq!(served.told("by_flask_mail"), true);
    server.daemon.wait_for("to ['a@example.com'] Subject: by Flask-Mail TLS False");
}

#[test]
fn mail_is_sent_over_tls_after_a_login() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = Smtp::start(Some(&authority));
    let served = Served::start("by_smtplib", server.port, Some(&authority));
    assert_eq!(served.told("sent"), json!({}));
    server.daemon.wait_for("to ['a@example.com', 'b@example.com'] Subject: by smtplib TLS True");
    assert_eq!(served.raised("refused")[0], "SMTPSenderRefused", "without STARTTLS");
    served.fails("SMTPAuthenticationError", ["ConnectionRefusedError", "TimeoutError"]);
}
