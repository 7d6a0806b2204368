//! Where applications are found, how they are described, and what is said of them.

use super::{ask, project, serve};
use crate::harness::{Project, refused};
use serde_json::{Value, json};

const PLACES: &str = "
[applications.shop]
component = 'tenant.wasm'
prefix = '/shop'
[applications.cart]
component = 'tenant.wasm'
prefix = '/shop/cart/'
[applications.blog]
component = 'tenant.wasm'
host = ['Blog.example.org', '*.blog.example.org']
[applications.drafts]
component = 'tenant.wasm'
host = 'drafts.blog.example.org'
prefix = '/new'
";

#[test]
fn the_most_specific_host_and_path_has_the_request() {
    let settings = ["shop", "cart", "blog", "drafts"].iter().fold(PLACES.to_owned(), |all, name| {
        all.replace(
            &format!("[applications.{name}]\n"),
            &format!("[applications.{name}]\nenv = ['TENANT_NAME={name}']\n"),
        )
    });
    let server = serve(&project(&settings), &[]);
    for (host, path, name, mounted) in [
        ("any.example", "/shop", "shop", ["/shop", ""]),
        ("any.example", "/shop/", "shop", ["/shop", "/"]),
        ("any.example", "/shop/a%20b", "shop", ["/shop", "/a b"]),
        ("any.example", "/%73hop/x", "shop", ["/shop", "/x"]),
        ("any.example", "/shop/cart", "cart", ["/shop/cart", ""]),
        ("any.example", "/shop/cart/1", "cart", ["/shop/cart", "/1"]),
        ("any.example", "/shop/carts", "shop", ["/shop", "/carts"]),
        ("blog.example.org", "/", "blog", ["", "/"]),
        ("BLOG.example.org:8000", "/shop", "blog", ["", "/shop"]),
        ("a.b.blog.example.org", "/x", "blog", ["", "/x"]),
        ("drafts.blog.example.org", "/new/1", "drafts", ["/new", "/1"]),
        ("drafts.blog.example.org", "/old", "blog", ["", "/old"]),
    ] {
        let seen = ask(&server, host, path).json();
        assert_eq!(
            (&seen["variables"]["TENANT_NAME"], &seen["mounted"]),
            (&json!(name), &json!(mounted)),
            "{host}{path}"
        );
        assert_eq!(seen["host"], host);
    }
    for path in ["/", "/shopping", "/cart"] {
        let reply = ask(&server, "any.example", path);
        assert_eq!((reply.status, reply.text()), (404, "Not Found\n"), "{path}");
    }
    server.wait_for("wasgi: GET /shopping is below no application's path");
}

#[test]
fn a_host_that_none_is_for_is_misdirected() {
    let settings = "
[applications.blog]
component = 'tenant.wasm'
host = 'blog.example.org'
prefix = '/b'
[applications.wiki]
component = 'tenant.wasm'
host = 'wiki.example.org'
";
    let server = serve(&project(settings), &["--admin", "127.0.0.1:0", "--access-log", "json"]);
    let reply = ask(&server, "other.example.org", "/b");
    assert_eq!((reply.status, reply.text()), (421, "No application is served for this host.\n"));
    assert_eq!(ask(&server, "blog.example.org", "/c").status, 404);
    ask(&server, "blog.example.org", "/b/say").ok();
    assert_eq!(ask(&server, "wiki.example.org", "/b").json()["mounted"], json!(["", "/b"]));
    // What they print, and what is told of their requests, says whose it is.
    server.wait_for("blog ! a word");
    let line = |path: &str, status: u16| -> Value {
        let line = server.wait_for_line(|line| {
            line.starts_with('{')
                && line.contains(&format!("\"{path}\""))
                && line.contains(&format!("\"status\":{status}"))
        });
        serde_json::from_str(&line).unwrap()
    };
    assert_eq!(line("/b/say", 200)["application"], "blog");
    assert_eq!(line("/b", 421)["application"], Value::Null);
    assert_eq!(line("/b", 200)["application"], "wiki");
    let admin = server.admin();
    assert_eq!(admin.get("/readyz"), (200, "ready\nblog: ready\nwiki: ready\n".to_owned()));
    let samples = admin.samples();
    let counted = |labels: &str| samples.get(&format!("wasgi_requests_total{{{labels}}}"));
    let ok = "method=\"GET\",status=\"200\",outcome=\"ok\"";
    assert_eq!(counted(&format!("application=\"blog\",{ok}")), Some(&1.0));
    assert_eq!(counted(&format!("application=\"wiki\",{ok}")), Some(&1.0));
    assert_eq!(counted("method=\"GET\",status=\"421\",outcome=\"refused\""), Some(&1.0));
    assert_eq!(counted("method=\"GET\",status=\"404\",outcome=\"refused\""), Some(&1.0));
    assert_eq!(samples["wasgi_request_cpu_seconds_count{application=\"blog\"}"], 1.0);
    assert_eq!(samples["wasgi_sandboxes_limit{application=\"wiki\"}"], 64.0);
}

#[test]
fn what_takes_too_much_memory_together_is_said() {
    let settings = "
concurrency = 2
[applications.small]
component = 'tenant.wasm'
prefix = '/small'
memory = '64MiB'
[applications.large]
component = 'tenant.wasm'
prefix = '/large'
concurrency = 1000000
";
    let server = serve(&project(settings), &[]);
    server.wait_for("wasgi: small: serving tenant.wasm: tenant:app (function) at /small");
    let small = server.wait_for("wasgi: small: a request takes at most ");
    assert!(small.contains("(64 MiB of linear memory") && small.contains(", 2 at once"), "{small}");
    let total = server.wait_for("wasgi: all applications together take at most ");
    assert!(total.contains("that this machine has: lower memory or concurrency, first of large ("), "{total}");
    assert!(server.wait_for("wasgi: ready on ").contains("(2 applications; Ctrl+C stops)"));
}

#[test]
fn the_settings_of_each_are_shown_with_their_origins() {
    let settings = "
timeout = '7s'
memory = '32MiB'
static-max-age = '60m'
[applications.shop]
component = 'shop.wasm'
prefix = '/shop'
memory = '64MiB'
static = '/shop/static=.'
[applications.shop.env]
TENANT_KEY = 'secret'
[applications.blog]
component = 'blog.wasm'
host = ['blog.example.org']
";
    let project = Project::new(&[("wasgi.toml", settings)]);
    let mut command = project.wasgi(&["config", "serve", "--queue", "5", "--memory", "96MiB", "--bind", "[::1]:0"]);
    command.env("WASGI_TIMEOUT", "9s");
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let squeezed = said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    let (server, applications) =
        squeezed.split_at(squeezed.iter().position(|line| line == "[applications.blog]").unwrap());
    let (blog, shop) =
        applications.split_at(applications.iter().position(|line| line == "[applications.shop]").unwrap());
    for (part, line) in [
        (server, "bind = [\"[::1]:0\"] # command line"),
        (blog, "host = [\"blog.example.org\"]"),
        (blog, "# prefix is not set"),
        (blog, "component = \"blog.wasm\" # wasgi.toml applications.blog"),
        (blog, "memory = \"96MiB\" # command line"),
        (blog, "timeout = \"9s\" # WASGI_TIMEOUT"),
        (blog, "queue = \"5\" # command line"),
        (blog, "# static is not set"),
        (blog, "# static-max-age is not set"),
        (shop, "prefix = \"/shop\""),
        (shop, "memory = \"64MiB\" # wasgi.toml applications.shop"),
        (shop, "env = [\"TENANT_KEY=...\"] # wasgi.toml applications.shop"),
        (shop, "static-max-age = \"60m\" # wasgi.toml"),
    ] {
        assert!(part.iter().any(|found| found == line), "{line}: {part:#?}");
    }
    assert!(!server.iter().any(|line| line.starts_with("memory")), "{server:?}");
    assert!(!blog.iter().chain(shop).any(|line| line.starts_with("bind")), "{applications:?}");
}

#[test]
fn a_faulty_description_is_told() {
    let shop = "[applications.shop]\ncomponent = 'tenant.wasm'\n";
    for (text, why) in [
        ("[applications]", "wasgi.toml: write [applications.NAME], and below it that application's settings"),
        ("applications = 5", "wasgi.toml: write [applications.NAME]"),
        ("[applications.shop]\nprefix = '/a'", "wasgi.toml: applications.shop: name its `component`"),
        (
            "[applications.'a b']\ncomponent = 'x'",
            "applications.a b: an application's name has letters, digits, - and _",
        ),
        (&format!("{shop}time-outs = 5"), "`time-outs` is no setting of an application; is `timeout` meant?"),
        (&format!("{shop}bind = '[::1]:0'"), "applications.shop: `bind` is of the whole server: write it outside of"),
        (&format!("{shop}script-name = '/a'"), "`prefix` is where an application is mounted, and not `script-name`"),
        (&format!("{shop}prefix = 'a'"), "applications.shop: `prefix`: write it with a slash in front: /a"),
        (&format!("{shop}host = 'a b'"), "applications.shop: `host`: \"a b\": "),
        (&format!("{shop}host = '*'"), "`host`: \"*\": name a domain: *.example.com"),
        (&format!("{shop}memory = [1, 2]"), "applications.shop: `memory`: this option has one value"),
        (&format!("{shop}prefix = '/a'\nstatic = '/s=.'"), "`static` /s is not below its `prefix`: write /a/s=DIR"),
        (&format!("component = 'a.wasm'\n{shop}"), "`component` is said, and wasgi.toml has applications, each with a"),
        (
            &format!("script-name = '/a'\n{shop}"),
            "`script-name` is said, and wasgi.toml has applications, each with a `prefix`",
        ),
        (
            &format!("{shop}[applications.blog]\ncomponent = 'b.wasm'"),
            "applications.shop: it is at /, and blog is, too: give one of them another `prefix` or `host`",
        ),
        (
            &format!("{shop}host = ['b.org', 'a.org']\n[applications.blog]\ncomponent = 'b.wasm'\nhost = 'A.org'"),
            "it is at a.org/, and blog is, too",
        ),
        (shop, "wasgi: error: shop: "),
    ] {
        let project = Project::new(&[("wasgi.toml", text)]);
        let message = refused({
            let mut command = project.wasgi(&["serve"]);
            command.args(["--bind", "127.0.0.1:0"]);
            command
        });
        assert!(message.contains(why), "{text}: {message}");
    }
    let project = Project::new(&[("wasgi.toml", shop)]);
    assert!(refused(project.wasgi(&["serve", "app.wasm"])).contains("`component` is said"));
    // What clap refuses is told as ever, and whose value it was.
    let project = Project::new(&[("wasgi.toml", &format!("{shop}memory = 'lots'"))]);
    let output = project.wasgi(&["serve"]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("'lots'") && message.contains("is from wasgi.toml applications.shop."), "{message}");
    let output = project.wasgi(&["serve", "--bogus"]).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("'--bogus'"));
}
