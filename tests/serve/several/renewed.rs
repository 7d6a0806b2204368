//! SIGHUP: each application is exchanged by itself, comes and goes, and one that cannot be served goes on as before.

use super::{ask, component, project, serve};
use crate::harness::{Over, Project, Server, wait_until};
use serde_json::{Value, json};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

fn table(name: &str, more: &str) -> String {
    format!("[applications.{name}]\ncomponent = '{name}.wasm'\nprefix = '/{name}'\n{more}\n")
}

fn describe(project: &Project, tables: &[String]) {
    project.write("wasgi.toml", &tables.concat());
}

fn with_components(tables: &[String], names: &[&str]) -> Project {
    let project = project(&tables.concat());
    for name in names {
        fs::copy(component(), project.path(&format!("{name}.wasm"))).unwrap();
    }
    project
}

/// Asks for a renewal and waits until it is over: the line about all applications is the last.
fn renew(server: &Server) {
    const OVER: &str = "all applications together take at most ";
    let before = server.log().matches(OVER).count();
    server.hang_up();
    server.wait_for_lines(OVER, before + 1);
}

fn key(server: &Server, name: &str) -> Value {
    server.get(&format!("/{name}/")).json()["variables"]["TENANT_KEY"].clone()
}

fn reloads(server: &Server, name: &str) -> f64 {
    server.admin().samples()[&format!("wasgi_reloads_total{{application=\"{name}\"}}")]
}

#[test]
fn each_is_exchanged_by_itself() {
    let first = [table("shop", "env = 'TENANT_KEY=1'"), table("blog", "env-file = 'blog.env'")];
    let project = with_components(&first, &["shop", "blog", "wiki"]);
    project.write("blog.env", "TENANT_KEY=a\n");
    let server = serve(&project, &["--admin", "127.0.0.1:0"]);
    assert_eq!((key(&server, "shop"), key(&server, "blog")), (json!("1"), json!("a")));
    renew(&server);
    assert_eq!((reloads(&server, "shop"), reloads(&server, "blog")), (0.0, 0.0), "nothing has changed");

    describe(&project, &[table("shop", "env = 'TENANT_KEY=2'\nconcurrency = 3"), first[1].clone()]);
    renew(&server);
    server.wait_for("wasgi: shop: serving shop.wasm: tenant:app (function) now");
    assert_eq!((key(&server, "shop"), key(&server, "blog")), (json!("2"), json!("a")));
    assert_eq!((reloads(&server, "shop"), reloads(&server, "blog")), (1.0, 0.0));
    assert_eq!(server.admin().samples()["wasgi_sandboxes_limit{application=\"shop\"}"], 3.0);

    project.write("blog.env", "TENANT_KEY=b\n");
    renew(&server);
    assert_eq!((key(&server, "shop"), key(&server, "blog")), (json!("2"), json!("b")), "a file that it names");
    assert_eq!((reloads(&server, "shop"), reloads(&server, "blog")), (1.0, 1.0));

    fs::write(project.path("shop.wasm"), "no component").unwrap();
    describe(&project, &[table("shop", "env = 'TENANT_KEY=3'"), table("blog", "env = 'TENANT_KEY=c'")]);
    renew(&server);
    server.wait_for("wasgi: error: shop: ");
    server.wait_for("wasgi: shop: still serving the old component");
    assert_eq!((key(&server, "shop"), key(&server, "blog")), (json!("2"), json!("c")));
    let said = "ready\nblog: ready\nshop: ready; its last reload was refused\n";
    assert_eq!(server.admin().get("/readyz"), (200, said.to_owned()));

    fs::copy(component(), project.path("new.wasm")).unwrap();
    fs::rename(project.path("new.wasm"), project.path("shop.wasm")).unwrap();
    renew(&server);
    assert_eq!(key(&server, "shop"), "3");
    assert_eq!(server.admin().get("/readyz"), (200, "ready\nblog: ready\nshop: ready\n".to_owned()));
}

#[test]
fn applications_come_and_go() {
    let first = [table("shop", ""), table("blog", "env = 'TENANT_KEY=a'")];
    let project = with_components(&first, &["shop", "blog", "wiki"]);
    let server = serve(&project, &["--admin", "127.0.0.1:0"]);
    assert_eq!(server.get("/wiki/").status, 404);
    let mut waiting = server.connect();
    waiting.get("/shop/large");
    assert!(waiting.head().starts_with("http/1.1 200 "));
    describe(
        &project,
        &[table("blog", "env = 'TENANT_KEY=a'"), table("wiki", "host = 'wiki.example.org'"), table("none", "")],
    );
    renew(&server);
    server.wait_for("wasgi: shop: not served any more");
    server.wait_for("wasgi: none: not served");
    assert_eq!((server.get("/shop/").status, server.get("/none/").status), (404, 404));
    assert_eq!(waiting.body(24 << 20).len(), 24 << 20, "what had begun finishes");
    assert_eq!(ask(&server, "wiki.example.org", "/wiki/").json()["mounted"], json!(["/wiki", "/"]));
    assert_eq!(key(&server, "blog"), "a");
    let samples = server.admin().samples();
    assert!(!samples.keys().any(|name| name.contains("\"shop\"")));
    assert_eq!(samples["wasgi_reloads_total{application=\"blog\"}"], 0.0);

    // A file that cannot be read changes nothing.
    project.write("wasgi.toml", "[applications.blog");
    server.hang_up();
    server.wait_for("wasgi: still serving as before");
    assert_eq!((key(&server, "blog"), ask(&server, "wiki.example.org", "/wiki/").status), (json!("a"), 200));
    describe(&project, &[table("blog", "memory = 'lots'")]);
    server.hang_up();
    server.wait_for_lines("wasgi: still serving as before", 2);
    server.wait_for("invalid value 'lots' for '--memory <SIZE>'");
    assert_eq!(key(&server, "blog"), "a");
}

#[test]
fn no_request_of_either_fails_while_one_is_exchanged() {
    let tables = |number: usize| {
        [table("shop", &format!("env = 'TENANT_KEY={number}'\nconcurrency = {}", number % 3 + 1)), table("blog", "")]
    };
    let project = with_components(&tables(0), &["shop", "blog"]);
    let server = serve(&project, &[]);
    let is_over = AtomicBool::new(false);
    let asked: usize = thread::scope(|scope| {
        let ask = |name: &'static str| {
            let (server, is_over) = (&server, &is_over);
            scope.spawn(move || {
                let (mut asked, mut client) = (0, server.connect());
                while !is_over.load(SeqCst) {
                    client.get(&format!("/{name}/"));
                    let head = client.head();
                    assert!(head.starts_with("http/1.1 200 "), "{head}");
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    client.body(length.expect("it is known").parse().unwrap());
                    asked += 1;
                }
                asked
            })
        };
        let clients: Vec<_> = ["shop", "blog", "shop", "blog"].into_iter().map(ask).collect();
        let end = Over(&is_over);
        for number in 1..=10 {
            describe(&project, &tables(number));
            renew(&server);
            let tenant = number.to_string();
            wait_until("it is the new one", || key(&server, "shop") == tenant);
        }
        drop(end);
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    println!("10 exchanges of one of two: {asked} requests, none failed");
    assert!(asked > 40);
}

#[test]
fn the_only_application_reads_its_settings_anew_too() {
    let project = project("component = 'tenant.wasm'\nenv = 'TENANT_KEY=1'\n");
    let server = serve(&project, &["--timeout", "20s"]);
    let key = |server: &Server| server.get("/").json()["variables"]["TENANT_KEY"].clone();
    assert_eq!(key(&server), "1");
    project.write(
        "wasgi.toml",
        "component = 'tenant.wasm'\nenv = 'TENANT_KEY=2'\nexpose-usage = true\nkeep-alive = '1s'\n",
    );
    server.hang_up();
    server.wait_for("wasgi: options of the whole server have changed: they take a new start");
    server.wait_for("wasgi: serving tenant.wasm: tenant:app (function) now");
    assert_eq!(key(&server), "2");
    assert!(server.get("/").header("wasgi-usage").is_some());
    project.write("wasgi.toml", "component = 'tenant.wasm'\nenv = ['TENANT_KEY']\n");
    server.hang_up();
    server.wait_for("wasgi: still serving the old component");
    assert_eq!(key(&server), "2");
    // From one to several, and back.
    let several = "[applications.shop]\ncomponent = 'tenant.wasm'\nprefix = '/shop'\n";
    project.write("wasgi.toml", several);
    renew(&server);
    assert_eq!((server.get("/shop/").json()["mounted"].clone(), server.get("/").status), (json!(["/shop", "/"]), 404));
    project.write("wasgi.toml", "component = 'tenant.wasm'\nenv = 'TENANT_KEY=4'\n");
    server.hang_up();
    server.wait_for("wasgi: shop: not served any more");
    assert_eq!(key(&server), "4");
}
