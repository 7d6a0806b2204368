//! PostgreSQL behind PgBouncer, which keeps the connections that a sandbox cannot keep.

use super::Served;
use super::servers::{PgBouncer, PostgreSql};
use crate::harness::Authority;
use serde_json::json;

#[test]
fn a_pool_outside_of_the_sandbox_serves_pg8000_and_sqlalchemy() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = PostgreSql::start(None);
    for authority in [None, Some(&authority)] {
        let pool = PgBouncer::start(&server, authority);
        let served = Served::start("by_pg8000", pool.port, authority);
        assert_eq!(served.told("large"), json!([5000, 5_000_000, [[2_000_000]]]));
        served.fails("DatabaseError", ["InterfaceError", "TimeoutError"]);
        let driver = [("DRIVER", "postgresql+pg8000")];
        let served = Served::with("by_sqlalchemy", pool.port, authority, &driver, &[]);
        assert_eq!(served.told("relations"), json!([["Brontë", 2], "kept once", 0]));
        // As many sessions with the server as the pool has at most, for all of these requests.
        assert!(served.told("sessions").as_u64().expect("a number") <= 3);
    }
}

#[test]
fn pg8000_is_told_when_the_pool_dies_in_a_query() {
    let server = PostgreSql::start(None);
    let mut pool = PgBouncer::start(&server, None);
    let served = Served::start("by_pg8000", pool.port, None);
    served.dies(&mut pool.daemon, "InterfaceError");
}
