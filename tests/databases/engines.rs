//! The same drivers on stock wasmtime, which gives a component all connections.

use super::servers::{MariaDb, PASSWORD, PostgreSql, Redis, Smtp, environment};
use crate::harness::{Authority, Project, Server, wasgi};
use serde_json::{Value, json};

/// Builds an application with a network, and serves it by `wasmtime serve`.
fn stock(app: &str, authority: &Authority) -> Server {
    let (project, mut build) = (Project::new(&[]), wasgi(&["build", &format!("{app}.py"), "--network", "--output"]));
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
    let postgresql = PostgreSql::start(&authority);
    check("by_pg8000", "transaction", &authority, [postgresql.port; 2], &json!([["23514"], [3]]));
    let mariadb = MariaDb::start(&authority);
    check("by_pymysql", "transaction", &authority, [mariadb.port; 2], &json!([[4025], ["3"]]));
    let redis = Redis::start(&authority);
    check("by_redis", "large", &authority, [redis.port, redis.tls_port], &json!(5_000_000));
    let (open, closed) = (Smtp::start(None), Smtp::start(Some(&authority)));
    check("by_smtplib", "sent", &authority, [open.port, closed.port], &json!({}));
}

fn check(app: &str, way: &str, authority: &Authority, [plain, tls]: [u16; 2], expected: &Value) {
    let server = stock(app, authority);
    for query in [format!("{plain}"), format!("{tls}&tls")] {
        assert_eq!(server.get(&format!("/{way}?{query}")).json(), *expected, "{app}, {query}");
    }
}
