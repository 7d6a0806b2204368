//! Redis by redis-py, and as Flask's extensions and Django use it.

use super::served::Served;
use super::servers::Redis;
use crate::harness::{Authority, Server};
use serde_json::json;

#[test]
fn redis_py_talks_to_redis() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let mut server = Redis::start(&authority);
    let served = Served::start("by_redis", &[server.port, server.tls_port], &authority, &[]);
    let (plain, tls) = (served.plain(server.port), served.tls(server.tls_port));
    assert_eq!(tls.raised("by_name"), "ConnectionError", "the certificate is for the address");
    for way in [&plain, &tls] {
        assert_eq!(way.told("cached"), json!([null, true, "naïve ☂", true, 1]));
        let fields = json!({"a": "1", "b": "two"});
        assert_eq!(way.told("structures"), json!([[5, 2, 41, 42, ["1", "2", "3"], fields], 50]));
        assert_eq!(way.told("large"), json!(5_000_000));
        assert_eq!(way.told("published"), json!([["subscribe", 1], ["message", "told"]]));
        way.fails("AuthenticationError", ["ConnectionError", "TimeoutError"]);
    }
    plain.dies(&mut server.daemon, "ConnectionError");
}

/// Serves an application with a scheme of its own at import, as it makes its store there.
fn check(app: &str, act: impl Fn(&Served, u16)) {
    let authority = Authority::for_names(&["127.0.0.1"]);
    for tls in [false, true] {
        let server = Redis::start(&authority);
        let (scheme, port) = if tls { ("rediss", server.tls_port) } else { ("redis", server.port) };
        let environ = [("SCHEME", scheme), ("PORT", &port.to_string())];
        act(&Served::start(app, &[port], &authority, &environ), port);
    }
}

#[test]
fn flask_keeps_limits_and_sessions_in_redis() {
    check("by_flask", |Served { wasgi, native }, _| {
        // The limit is everybody's: what one served counts for the other.
        let statuses = [wasgi, native, wasgi, native, wasgi].map(|served| served.get("/limited").status);
        assert_eq!(statuses, [200, 200, 200, 429, 429]);
        let first = wasgi.get("/counted");
        let cookie = first.header("set-cookie").expect("a session").split(';').next().expect("a cookie");
        assert_eq!([wasgi, native].map(|served| count(served, cookie)), [json!({"count": 2}), json!({"count": 3})]);
    });
}

fn count(served: &Server, cookie: &str) -> serde_json::Value {
    let request = http::Request::get(served.url("/counted")).header("cookie", cookie);
    served.request(request.body(()).expect("a sound request")).json()
}

#[test]
fn django_keeps_its_cache_and_sessions_in_redis() {
    check("by_django_cache", |served, port| {
        let way = served.plain(port);
        assert_eq!(way.told("cached"), json!([{"first": 1, "second": {"nested": "☂"}}, 2, false, "no"]));
        assert_eq!(way.told("session"), json!(["Villette"]));
    });
}
