//! MariaDB by PyMySQL, by SQLAlchemy over it, and by Django over it.

use super::Served;
use super::servers::MariaDb;
use crate::harness::Authority;
use serde_json::json;

#[test]
fn pymysql_talks_to_mariadb() {
    let server = MariaDb::start(None);
    let served = Served::start("by_pymysql", server.port, None);
    assert_eq!(served.told("secured"), json!(["", "mysql_native_password"]));
    assert_eq!(served.told("types")[0], json!([2, "naïve ☂ 2", 256, "2026-11-29", "1.50"]));
    assert_eq!(served.told("large"), json!([5000, 5_000_000, [2_000_000]]));
    assert_eq!(served.told("transaction"), json!([[4025], ["3"]]));
    assert_eq!(served.told("by_name"), "connected");
    for _ in 0..2 {
        assert_eq!(served.told("left_behind"), json!([null]), "a session is a request's own");
    }
    served.fails("OperationalError", ["OperationalError", "OperationalError"]);
}

#[test]
fn pymysql_talks_to_mariadb_over_tls() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = MariaDb::start(Some(&authority));
    let served = Served::start("by_pymysql", server.port, Some(&authority));
    assert_eq!(served.told("secured"), json!(["TLSv1.3", "mysql_native_password"]));
    assert_eq!(served.told("large"), json!([5000, 5_000_000, [2_000_000]]));
    assert_eq!(served.raised("by_name")[0], "OperationalError", "the certificate is for the address");
    served.fails("OperationalError", ["OperationalError", "OperationalError"]);
}

#[test]
fn sqlalchemy_keeps_models_in_mariadb() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = MariaDb::start(Some(&authority));
    for authority in [None, Some(&authority)] {
        let driver = [("DRIVER", "mysql+pymysql")];
        let served = Served::with("by_sqlalchemy", server.port, authority, &driver, &[]);
        assert_eq!(served.told("relations"), json!([["Brontë", 2], "kept once", 0]));
        served.fails("OperationalError", ["OperationalError", "OperationalError"]);
    }
}

#[test]
fn django_keeps_models_in_mariadb() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = MariaDb::start(Some(&authority));
    for authority in [None, Some(&authority)] {
        let served = Served::with("by_django", server.port, authority, &[("DRIVER", "mysql")], &[]);
        served.keeps_models();
        served.fails("OperationalError", ["OperationalError", "OperationalError"]);
    }
}

#[test]
fn pymysql_is_told_when_mariadb_dies_in_a_query() {
    let mut server = MariaDb::start(None);
    let served = Served::start("by_pymysql", server.port, None);
    served.dies(&mut server.daemon, "OperationalError");
}
