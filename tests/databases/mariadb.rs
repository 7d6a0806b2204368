//! MariaDB by PyMySQL, by SQLAlchemy over it, and by Django over it.

use super::served::Served;
use super::servers::MariaDb;
use crate::harness::Authority;
use serde_json::json;

const REFUSED: &str = "OperationalError";

#[test]
fn pymysql_talks_to_mariadb() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let mut server = MariaDb::start(&authority);
    let served = Served::start("by_pymysql", &[server.port], &authority, &[]);
    let (plain, tls) = (served.plain(server.port), served.tls(server.port));
    assert_eq!(plain.told("protected"), json!(["", "mysql_native_password"]));
    assert_eq!(tls.told("protected"), json!(["TLSv1.3", "mysql_native_password"]));
    assert_eq!(plain.told("by_name"), "connected");
    assert_eq!(tls.raised("by_name"), REFUSED, "the certificate is for the address");
    for way in [&plain, &tls] {
        assert_eq!(way.told("types")[0], json!([2, "naïve ☂ 2", 256, "2026-11-29", "1.50"]));
        assert_eq!(way.told("large"), json!([5000, 5_000_000, [2_000_000]]));
        assert_eq!(way.told("transaction"), json!([[4025], ["3"]]));
        for _ in 0..2 {
            assert_eq!(way.told("left_behind"), json!([null]), "a session is a request's own");
        }
        way.fails(REFUSED, [REFUSED; 2]);
    }
    plain.dies(&mut server.daemon, REFUSED);
}

#[test]
fn sqlalchemy_keeps_models_in_mariadb() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = MariaDb::start(&authority);
    let served = Served::start("by_sqlalchemy", &[server.port], &authority, &[("DRIVER", "mysql+pymysql")]);
    for way in [served.plain(server.port), served.tls(server.port)] {
        assert_eq!(way.told("relations"), json!([["Brontë", 2], "kept once", 0]));
        way.fails(REFUSED, [REFUSED; 2]);
    }
}

#[test]
fn django_keeps_models_in_mariadb() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = MariaDb::start(&authority);
    let (port, driver) = (server.port.to_string(), ("DRIVER", "mysql"));
    let served = Served::start("by_django", &[server.port], &authority, &[driver, ("PORT", &port)]);
    for way in [served.plain(server.port), served.tls(server.port)] {
        way.keeps_models();
        way.fails(REFUSED, [REFUSED; 2]);
    }
}
