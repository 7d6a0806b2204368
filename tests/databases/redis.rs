//! Redis by redis-py, and as Flask's extensions and Django use it.

use super::Served;
use super::servers::Redis;
use crate::harness::Authority;
use serde_json::json;

fn check(served: &Served) {
    assert_eq!(served.told("cached"), json!([null, true, "naïve ☂", true, 1]));
    let fields = json!({"a": "1", "b": "two"});
    assert_eq!(served.told("structures"), json!([[0, 5, 2, 41, 42, ["1", "2", "3"], fields], 50]));
    assert_eq!(served.told("large"), json!(5_000_000));
    assert_eq!(served.told("published"), json!([["subscribe", 1], ["message", "told"]]));
    served.fails("AuthenticationError", ["ConnectionError", "TimeoutError"]);
}

#[test]
fn redis_py_talks_to_redis() {
    let server = Redis::start(None);
    check(&Served::start("by_redis", server.port, None));
}

#[test]
fn redis_py_talks_to_redis_over_tls() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = Redis::start(Some(&authority));
    check(&Served::start("by_redis", server.port, Some(&authority)));
}

#[test]
fn flask_keeps_limits_and_sessions_in_redis() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    for authority in [None, Some(&authority)] {
        let server = Redis::start(authority);
        let Served { wasgi, native } = Served::start("by_flask", server.port, authority);
        // The limit is everybody's: what one served counts for the other.
        let statuses = [&wasgi, &native, &wasgi, &native, &wasgi].map(|served| served.get("/limited").status);
        assert_eq!(statuses, [200, 200, 200, 429, 429]);
        let first = wasgi.get("/counted");
        let cookie = first.header("set-cookie").expect("a session").split(';').next().expect("a cookie").to_owned();
        let counted = [&wasgi, &native].map(|served| {
            let request = http::Request::get(served.url("/counted")).header("cookie", &cookie);
            served.request(request.body(()).expect("a sound request")).json()
        });
        assert_eq!(counted, [json!({"count": 2}), json!({"count": 3})]);
    }
}

#[test]
fn django_keeps_its_cache_and_sessions_in_redis() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    for authority in [None, Some(&authority)] {
        let server = Redis::start(authority);
        let served = Served::start("by_django_cache", server.port, authority);
        assert_eq!(served.told("cached"), json!([{"first": 1, "second": {"nested": "☂"}}, 2, false, "no"]));
        assert_eq!(served.told("session"), json!(["Villette"]));
    }
}

#[test]
fn redis_py_is_told_when_redis_dies_in_a_command() {
    let mut server = Redis::start(None);
    let served = Served::start("by_redis", server.port, None);
    served.dies(&mut server.daemon, "ConnectionError");
}
