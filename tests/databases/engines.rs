//! The drivers on stock wasmtime, which gives a component all connections.

use super::servers::{MariaDb, PASSWORD, PostgreSql, Redis, Smtp, environment};
use crate::harness::{Authority, Project, Server, wasgi};
use serde_json::json;

/// Serves all drivers by `wasmtime serve`.
fn stock(project: &Project, authority: &Authority) -> Server {
    let mut build = wasgi(&["build", "every.py", "--network", "--output"]);
    let component = project.path("app.wasm");
    build.arg(&component).current_dir(environment().with_file_name("apps")).env("VIRTUAL_ENV", environment());
    assert!(build.status().expect("wasgi runs").success());
    let given = [format!("PASSWORD={PASSWORD}"), format!("CA={}", authority.pem)];
    let mut options = vec!["-S", "inherit-network", "-S", "allow-ip-name-lookup", "-S", "tcp"];
    options.extend(given.iter().flat_map(|given| ["--env", given]));
    Server::wasmtime(&component, &options)
}

#[test]
fn drivers_work_on_stock_wasmtime() {
    let authority = Authority::for_names(&["127.0.0.1"]);
    let (postgresql, mariadb) = (PostgreSql::start(&authority), MariaDb::start(&authority));
    let redis = Redis::start(&authority);
    let (open, closed) = (Smtp::start(None), Smtp::start(Some(&authority)));
    let project = Project::new(&[]);
    let server = stock(&project, &authority);
    for (way, plain, tls, told) in [
        ("pg8000/transaction", postgresql.port, postgresql.port, json!([["23514"], [3]])),
        ("pymysql/transaction", mariadb.port, mariadb.port, json!([[4025], ["3"]])),
        ("redis/large", redis.port, redis.tls_port, json!(5_000_000)),
        ("smtplib/sent", open.port, closed.port, json!({})),
    ] {
        assert_eq!(server.get(&format!("/{way}?{plain}")).json(), told, "{way}");
        assert_eq!(server.get(&format!("/{way}?{tls}&tls")).json(), told, "{way} over TLS");
    }
}
