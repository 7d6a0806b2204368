//! PostgreSQL behind PgBouncer, which keeps the connections that a sandbox cannot keep.

use super::served::Served;
use super::servers::{PgBouncer, PostgreSql};
use crate::harness::Authority;
use serde_json::json;

#[test]
fn a_pool_outside_of_the_sandbox_serves_pg8000_and_sqlalchemy() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = PostgreSql::start(&authority);
    let mut pool = PgBouncer::start(&server, &authority);
    let models = Served::start("by_sqlalchemy", &[pool.port], &authority, &[("DRIVER", "postgresql+pg8000")]);
    for way in [models.plain(pool.port), models.tls(pool.port)] {
        assert_eq!(way.told("relations"), json!([["Brontë", 2], "kept once", 0]));
    }
    // As many sessions with the server as the pool has at most, for all of these requests.
    let sessions = models.wasgi.get(&format!("/sessions?{}", pool.port)).json();
    assert!((1..=3).contains(&sessions.as_u64().expect("a number")), "{sessions}");

    let served = Served::start("by_pg8000", &[pool.port], &authority, &[]);
    for way in [served.plain(pool.port), served.tls(pool.port)] {
        assert_eq!(way.told("large"), json!([5000, 5_000_000, [[2_000_000]]]));
        way.fails("DatabaseError", ["InterfaceError", "TimeoutError"]);
    }
    served.plain(pool.port).dies(&mut pool.daemon, "InterfaceError");
}
