//! `examples/cluster/kubernetes.yaml`: by the schemas of Kubernetes, and by the server that it starts.

use crate::harness::{Project, Server, clients};
use serde_json::Value;
use std::fs;
use std::time::Duration;

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/cluster/kubernetes.yaml");
const GIB: f64 = (1 << 30) as f64;

/// The documents of a file that keeps to the schemas.
fn documents(path: &str) -> Vec<Value> {
    let mut check = clients::python("kubernetes.py");
    check.arg(path);
    let checked: Value = serde_json::from_str(&clients::output(check)).unwrap();
    let versions = checked["versions"].as_array().unwrap();
    println!("valid for Kubernetes {} to {}", versions[0], versions[versions.len() - 1]);
    assert!(versions.len() > 5, "{versions:?}");
    checked["documents"].as_array().unwrap().clone()
}

fn deployment() -> Value {
    documents(MANIFEST).into_iter().find(|document| document["kind"] == "Deployment").expect("one")
}

fn container(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]["containers"][0]
}

/// The value of an option in the arguments.
fn option<'a>(container: &'a Value, name: &str) -> Option<&'a str> {
    let arguments = container["args"].as_array().expect("arguments").iter().filter_map(Value::as_str);
    arguments.filter_map(|word| word.strip_prefix(name)?.strip_prefix('=')).next()
}

/// A server by the manifest's arguments, with addresses and component of this test.
fn served(container: &Value) -> (Project, Server) {
    let project = Project::new(&[("hog.py", include_str!("../apps/hog.py"))]);
    let component = project.build("hog.py");
    let mut command = project.wasgi(&[]);
    for word in container["args"].as_array().unwrap() {
        match word.as_str().unwrap() {
            "/srv/app.wasm" => command.arg(&component),
            "--bind=0.0.0.0:8000" => command.arg("--bind=127.0.0.1:0"),
            "--admin=0.0.0.0:9000" => command.arg("--admin=127.0.0.1:0"),
            other => command.arg(other),
        };
    }
    (project, Server::start_as(command))
}

/// "1.7 GiB", as the server writes sizes, in bytes.
fn gibibytes(text: &str) -> f64 {
    text.strip_suffix(" GiB").expect("GiB").trim().parse::<f64>().unwrap() * GIB
}

#[test]
fn the_server_fits_into_the_pods_memory_and_time() {
    let deployment = deployment();
    let (pod, container) = (&deployment["spec"]["template"]["spec"], container(&deployment));
    let (_project, mut server) = served(container);
    let line = server.wait_for("of unsent answers ");
    let most = gibibytes(line.rsplit("of unsent answers ").next().unwrap());
    let rest = server.footprint().resident as f64 * 1024.0;
    let limit = container["resources"]["limits"]["memory"].as_str().and_then(|limit| limit.strip_suffix("Gi"));
    let limit = limit.expect("in Gi").parse::<f64>().unwrap() * GIB;
    println!("at most {most}, at rest {rest}, limit {limit}");
    assert!(most + rest < limit && limit < 2.0 * most, "{line}: {rest} at rest, {limit} in all");

    let seconds = |text: &str| text.strip_suffix('s').unwrap().parse::<u64>().unwrap();
    assert_eq!(option(container, "--graceful-timeout"), None, "30 s is the default");
    // A second lies between the two.
    let ends = Duration::from_secs(seconds(option(container, "--drain-delay").unwrap()) + 1 + 30);
    assert!(Duration::from_secs(pod["terminationGracePeriodSeconds"].as_u64().unwrap()) > ends);
    server.terminate();
    server.wait_for("wasgi: not ready any more");
    assert_eq!(server.admin().get("/readyz").0, 503);
    server.terminate();
    assert!(server.wait_for_end().success());
}

#[test]
fn each_probe_asks_what_is_there() {
    let deployment = deployment();
    let container = container(&deployment);
    let (_project, server) = served(container);
    let ports = container["ports"].as_array().unwrap();
    let port =
        |name: &str| ports.iter().find(|port| port["name"] == name).map(|port| port["containerPort"].to_string());
    for (name, address) in [("http", "--bind"), ("admin", "--admin")] {
        assert!(option(container, address).unwrap().ends_with(&format!(":{}", port(name).unwrap())));
    }
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let asks = &container[probe]["httpGet"];
        assert_eq!(asks["port"], "admin");
        assert_eq!(server.admin().get(asks["path"].as_str().unwrap()).0, 200, "{probe}");
    }
    assert_eq!(server.get("/caught").ok(), "caught MemoryError");
}

/// What is checked finds what is wrong.
#[test]
fn a_word_that_kubernetes_does_not_know_is_found() {
    let project = Project::new(&[]);
    let wrong = fs::read_to_string(MANIFEST).unwrap().replace("failureThreshold: 3", "failureLimit: 3");
    project.write("wrong.yaml", &wrong);
    let mut check = clients::python("kubernetes.py");
    check.arg(project.path("wrong.yaml"));
    let output = check.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("failureLimit"), "{said}");
}
