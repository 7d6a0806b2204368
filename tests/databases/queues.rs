//! Queues of work on Redis: requests put tasks there, and workers of plain Python beside the server take them.

use super::served::Served;
use super::servers::Redis;
use crate::harness::Authority;
use serde_json::{Value, json};

#[test]
fn workers_beside_take_what_requests_put_into_queues() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let server = Redis::start(&authority);
    let environ = [("PORT", &*server.port.to_string())];
    let Served { wasgi, native } = Served::start("by_queues", &[server.port], &authority, &environ);
    for library in ["celery", "rq", "huey"] {
        let told = wasgi.get(&format!("/put?{library}")).json();
        let task = told.as_str().unwrap_or_else(|| panic!("{library} put nothing: {told}"));
        let result = format!("/result?{library}={task}");
        assert_eq!(wasgi.get(&result).json(), Value::Null, "{library}, before a worker ran");
        assert_eq!(native.get(&format!("/work?{library}={task}")).json(), json!("3 ☂"), "{library}'s worker");
        assert_eq!(wasgi.get(&result).json(), json!("3 ☂"), "{library}, in a request");
    }
}
