//! PostgreSQL by pg8000, by SQLAlchemy over it, and by Django over it.

use super::served::Served;
use super::servers::{PATIENCE, PostgreSql};
use crate::harness::Authority;
use serde_json::json;
use std::time::Instant;

#[test]
fn pg8000_talks_to_postgresql() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let mut server = PostgreSql::start(&authority);
    let served = Served::start("by_pg8000", &[server.port], &authority, &[]);
    let (plain, tls) = (served.plain(server.port), served.tls(server.port));
    assert_eq!(plain.told("protected"), json!([[[false, null]], "SCRAM-SHA-256"]));
    assert_eq!(tls.told("protected"), json!([[[true, "TLSv1.3"]], "SCRAM-SHA-256"]));
    assert_eq!(plain.told("by_name"), json!([[1]]));
    assert_eq!(tls.raised("by_name"), "SSLCertVerificationError", "the certificate is for the address");
    for way in [&plain, &tls] {
        assert_eq!(way.told("types")[0][0], json!([2, "naïve ☂ 2", 256, "2026-11-29"]));
        assert_eq!(way.told("large"), json!([5000, 5_000_000, [[2_000_000]]]));
        assert_eq!(way.told("transaction"), json!([["23514"], [3]]));
        for _ in 0..2 {
            assert_eq!(way.told("left_behind"), json!([[null]]), "a session is a request's own");
        }
        way.fails("DatabaseError", ["InterfaceError", "TimeoutError"]);
    }
    plain.dies(&mut server.daemon, "InterfaceError");
}

#[test]
fn a_deadline_ends_a_query_and_its_session() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = PostgreSql::start(&authority);
    let served = Served::with("by_pg8000", &[server.port], &authority, &[], &["--timeout", "2s"]);
    for query in [format!("{}", server.port), format!("{}&tls", server.port)] {
        let asked = Instant::now();
        assert_eq!(served.wasgi.get(&format!("/sleeping?{query}")).status, 504);
        assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
        let asked = Instant::now();
        while served.native.get(&format!("/waiting?{query}")).json() != 0 {
            assert!(asked.elapsed() < PATIENCE, "the server still works for nobody");
        }
    }
}

#[test]
fn sqlalchemy_keeps_models_in_postgresql() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = PostgreSql::start(&authority);
    let served = Served::start("by_sqlalchemy", &[server.port], &authority, &[("DRIVER", "postgresql+pg8000")]);
    for way in [served.plain(server.port), served.tls(server.port)] {
        assert_eq!(way.told("relations"), json!([["Brontë", 2], "kept once", 0]));
        way.fails("ProgrammingError", ["InterfaceError", "TimeoutError"]);
    }
}

#[test]
fn django_keeps_models_in_postgresql() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = PostgreSql::start(&authority);
    let (port, driver) = (server.port.to_string(), ("DRIVER", "postgresql"));
    let served = Served::start("by_django", &[server.port], &authority, &[driver, ("PORT", &port)]);
    for way in [served.plain(server.port), served.tls(server.port)] {
        way.keeps_models();
        way.fails("DatabaseError", ["InterfaceError", "TimeoutError"]);
    }
}
