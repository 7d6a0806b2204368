//! Hosts that reuse an instance for several requests: the guest detects and reports it, and stays sound.

use crate::harness::{Project, Server};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

const APP: &str = "
import json
import os
import random
import uuid

COUNT = []


def app(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/bomb':
        held = []
        while True:
            held.append('x' * 65536)
    if path == '/raise':
        raise ValueError('as asked for')
    body = environ['wsgi.input'].read()
    COUNT.append(1)
    seen = {'count': len(COUNT), 'once': environ['wsgi.run_once'], 'random': random.random(), 'pid': os.getpid(),
            'uuid': str(uuid.uuid4()), 'body': len(body)}
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps(seen).encode()]
";

const REUSED: [&str; 2] = ["--max-instance-reuse-count", "1000000"];

fn component(options: &[&str]) -> (Project, std::path::PathBuf) {
    let project = Project::new(&[("app.py", APP)]);
    let component = project.build_with("app.py", &[&["--memory", "64MiB"], options].concat());
    (project, component)
}

/// Checks the guarantees of reused instances.
fn check(server: &Server) {
    let seen: Vec<Value> = (0..300).map(|length| server.post("/", &vec![b'x'; length * 100][..]).json()).collect();
    let mut served: HashMap<u64, u64> = HashMap::new();
    for (length, each) in seen.iter().enumerate() {
        assert_eq!(each["body"], length * 100);
        // To the application, an instance is identified by its process id.
        let count = served.entry(each["pid"].as_u64().unwrap()).or_default();
        *count += 1;
        assert_eq!(each["count"], *count, "state is kept");
        assert_eq!(each["once"], *count == 1, "and environ says so; at the first, nobody knows");
    }
    assert!(served.len() < 10, "{} instances for 300 requests", served.len());
    for fresh in ["random", "uuid"] {
        let values: HashSet<_> = seen.iter().map(|each| each[fresh].to_string()).collect();
        assert_eq!(values.len(), seen.len(), "{fresh}");
    }
    for _ in 0..5 {
        let bomb = server.get("/bomb");
        assert_eq!((bomb.status, bomb.text()), (500, "The request reached its memory cap.\n"));
        assert_eq!(server.get("/raise").status, 500);
        assert_eq!(server.get("/").status, 200);
    }
    let told = server.log().matches("uses an instance for several requests").count();
    assert!((1..10).contains(&told), "told once in each instance: {told}");
    assert!(!server.log().contains("the client went away"), "every answer was taken");
}

/// Checks a component that refuses reuse. An engine may retire an idle instance and create another.
fn check_refusal(server: &Server) {
    let replies: Vec<_> = (0..50).map(|_| server.get("/")).collect();
    let (served, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert!(served.iter().all(|reply| reply.json()["count"] == 1));
    assert!(!served.is_empty() && !refused.is_empty(), "{} served, {} refused", served.len(), refused.len());
    for reply in refused {
        assert_eq!((reply.status, reply.text().contains("one request per instance")), (503, true), "{}", reply.text());
    }
}

#[test]
fn an_instance_is_used_again_under_wasmtime() {
    let (_project, component) = component(&[]);
    check(&Server::wasmtime(&component, &REUSED));
}

#[test]
fn an_instance_is_used_again_under_jco() {
    let (_project, component) = component(&[]);
    check(&Server::jco(&component, &[]));
}

#[test]
fn a_component_may_refuse_it() {
    let (_project, component) = component(&["--refuse-reuse"]);
    check_refusal(&Server::wasmtime(&component, &REUSED));
    check_refusal(&Server::jco(&component, &[]));
    let server = Server::serve(&component);
    assert_eq!(
        (server.get("/").json()["count"].clone(), server.get("/").json()["count"].clone()),
        (1.into(), 1.into())
    );
}
