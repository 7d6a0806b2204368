//! The same component as a workload of wasmCloud, pulled from a registry, started and stopped over NATS.

use super::lattice::Lattice;
use super::stock::check_cap;
use crate::harness::Project;
use serde_json::json;

const APP: &str = "
import json
import os

import hog

COUNT = []


def app(environ, start_response):
    if environ['PATH_INFO'] != '/':
        return hog.app(environ, start_response)
    COUNT.append(1)
    start_response('200 OK', [('Content-Type', 'application/json')])
    seen = {'count': len(COUNT), 'greeting': os.environ.get('GREETING'), 'pid': os.getpid()}
    return [json.dumps(seen).encode()]
";

#[test]
fn a_workload_serves_with_its_cap_until_it_is_stopped() {
    let project = Project::new(&[("app.py", APP), ("hog.py", include_str!("../apps/hog.py"))]);
    let component = project.build_with("app.py", &["--memory", "64MiB"]);
    let lattice = Lattice::start();
    let image = lattice.push(&component);
    let mut host = lattice.host();
    assert_eq!(host.server.get("/").status, 404, "it has no workload yet");
    assert_eq!(host.start(&image, &json!({"GREETING": "hello"})), "RUNNING");
    let seen: Vec<_> = (0..20).map(|_| host.server.get("/").json()).collect();
    let processes: std::collections::HashSet<_> = seen.iter().map(|each| each["pid"].to_string()).collect();
    assert_eq!(processes.len(), seen.len(), "an instance for each request");
    assert!(seen.iter().all(|each| each["count"] == 1 && each["greeting"] == "hello"), "{seen:?}");
    check_cap("wasmCloud", &host.server);
    assert_eq!(host.status(), "RUNNING");
    host.stop();
    assert_eq!(host.server.get("/").status, 404);
}
