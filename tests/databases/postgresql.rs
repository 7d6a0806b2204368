//! PostgreSQL by pg8000, by SQLAlchemy over it, and by Django over it.

use super::Served;
use super::servers::PostgreSql;
use crate::harness::Authority;
use serde_json::json;

#[test]
fn pg8000_talks_to_postgresql() {
    let server = PostgreSql::start(None);
    let served = Served::start("by_pg8000", server.port, None);
    assert_eq!(served.told("secured"), json!([[[false, null]], "SCRAM-SHA-256"]));
    assert_eq!(served.told("types")[0][0], json!([2, "naïve ☂ 2", 256, "2026-11-29"]));
    assert_eq!(served.told("large"), json!([5000, 5_000_000, [[2_000_000]]]));
    assert_eq!(served.told("transaction"), json!([["23514"], [3]]));
    assert_eq!(served.told("by_name"), json!([[1]]));
    for _ in 0..2 {
        assert_eq!(served.told("left_behind"), json!([[null]]), "a session is a request's own");
    }
    served.fails("DatabaseError", ["InterfaceError", "TimeoutError"]);
}

#[test]
fn pg8000_talks_to_postgresql_over_tls() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = PostgreSql::start(Some(&authority));
    let served = Served::start("by_pg8000", server.port, Some(&authority));
    assert_eq!(served.told("secured"), json!([[[true, "TLSv1.3"]], "SCRAM-SHA-256"]));
    assert_eq!(served.told("large"), json!([5000, 5_000_000, [[2_000_000]]]));
    assert_eq!(served.raised("by_name")[0], "SSLCertVerificationError", "the certificate is for the address");
    served.fails("DatabaseError", ["InterfaceError", "TimeoutError"]);
}

#[test]
fn sqlalchemy_keeps_models_in_postgresql() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = PostgreSql::start(Some(&authority));
    for authority in [None, Some(&authority)] {
        let driver = [("DRIVER", "postgresql+pg8000")];
        let served = Served::with("by_sqlalchemy", server.port, authority, &driver, &[]);
        assert_eq!(served.told("relations"), json!([["Brontë", 2], "kept once", 0]));
        served.fails("DatabaseError", ["InterfaceError", "InterfaceError"]);
    }
}

#[test]
fn django_keeps_models_in_postgresql() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = PostgreSql::start(Some(&authority));
    for authority in [None, Some(&authority)] {
        let served = Served::with("by_django", server.port, authority, &[("DRIVER", "postgresql")], &[]);
        served.keeps_models();
        served.fails("DatabaseError", ["InterfaceError", "InterfaceError"]);
    }
}

#[test]
fn pg8000_is_told_when_postgresql_dies_in_a_query() {
    let mut server = PostgreSql::start(None);
    let served = Served::start("by_pg8000", server.port, None);
    served.dies(&mut server.daemon, "InterfaceError");
}
