//! No application sees anything of another: variables, directories, files, whom it may ask, connections to others.

use super::{ask, project, serve};
use crate::harness::Upstream;
use serde_json::json;

#[test]
fn each_has_its_own_grants_and_files() {
    let settings = "
env = ['TENANT_ALL=1']
[applications.shop]
component = 'tenant.wasm'
prefix = '/shop'
dir = './shop:/data'
static = '/shop/static=./shop-files'
[applications.shop.env]
TENANT_SECRET = 'of the shop'
[applications.blog]
component = 'tenant.wasm'
prefix = '/blog'
env-file = 'blog.env'
static = '/blog/static=./blog-files'
[applications.wiki]
component = 'tenant.wasm'
host = 'wiki.example.org'
dir = './wiki:/data:ro'
expose-usage = true
";
    let project = project(settings);
    for (path, text) in [
        ("shop/order.txt", ""),
        ("wiki/page.txt", ""),
        ("shop-files/a.css", "shop"),
        ("blog-files/b.css", "blog"),
        ("blog.env", "TENANT_SECRET=of the blog\n"),
    ] {
        project.write(path, text);
    }
    let server = serve(&project, &[]);
    let seen = |host: &str, path: &str| {
        let seen = ask(&server, host, path).json();
        (seen["variables"].clone(), seen["files"].clone())
    };
    assert_eq!(seen("any", "/shop"), (json!({"TENANT_SECRET": "of the shop"}), json!(["order.txt"])));
    assert_eq!(seen("any", "/blog"), (json!({"TENANT_ALL": "1", "TENANT_SECRET": "of the blog"}), json!(null)));
    assert_eq!(seen("wiki.example.org", "/"), (json!({"TENANT_ALL": "1"}), json!(["page.txt"])));
    assert_eq!(server.get("/shop/static/a.css").ok(), "shop");
    assert_eq!(server.get("/blog/static/b.css").ok(), "blog");
    // What is no file of its own is its own matter, whatever files others have.
    assert_eq!(server.get("/blog/static/a.css").json()["mounted"], json!(["/blog", "/static/a.css"]));
    assert_eq!(ask(&server, "wiki.example.org", "/shop/static/a.css").json()["files"], json!(["page.txt"]));
    assert!(ask(&server, "wiki.example.org", "/").header("wasgi-usage").is_some());
    assert!(server.get("/shop").header("wasgi-usage").is_none());
}

#[test]
fn connections_to_others_are_each_ones_own() {
    let upstream = Upstream::start();
    let origin = upstream.origin();
    let table = |name: &str, more: &str| {
        format!("[applications.{name}]\ncomponent = 'tenant.wasm'\nprefix = '/{name}'\n{more}\n")
    };
    let allowed = format!("allow-http = '{origin}'");
    let settings = [table("shop", &allowed), table("blog", &allowed), table("wiki", "")].concat();
    let server = serve(&project(&settings), &[]);
    let fetch = |name: &str| server.get(&format!("/{name}/fetch?{origin}")).json();
    for _ in 0..3 {
        assert_eq!(fetch("shop"), 200);
    }
    assert_eq!(upstream.accepted(), 1, "it is kept for the next request of the same application");
    assert_eq!(fetch("blog"), 200);
    assert_eq!(upstream.accepted(), 2, "and for none of another");
    assert_eq!(fetch("wiki"), "URLError");
    assert_eq!(upstream.accepted(), 2);
}
