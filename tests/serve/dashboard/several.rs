//! Where several applications run: their own panels, and all panels for those that are chosen.

use super::prometheus::Prometheus;
use super::{Board, Is, Path, options, send, shown};
use crate::serve::several::{project, serve};

const SETTINGS: &str = "
[applications.shop]
component = 'tenant.wasm'
prefix = '/shop'
[applications.blog]
component = 'tenant.wasm'
prefix = '/blog'
concurrency = 3
queue = 5
";
const LOAD: [Path; 4] = [("/shop", 9, 200), ("/shop/hog", 2, 500), ("/blog", 7, 200), ("/else", 4, 404)];

#[test]
fn panels_tell_applications_apart_and_show_those_that_are_chosen() {
    let server = serve(&project(SETTINGS), &["--admin", "127.0.0.1:0"]);
    let board = Board::read();
    let prometheus = Prometheus::scraping(&server.admin());
    send(&server, &LOAD, |_| 1);
    let before = prometheus.scrape("sum(wasgi_requests_total) == 4");
    send(&server, &LOAD, |times| times);
    let window = prometheus.window(before, "sum(wasgi_requests_total) == 26");
    assert_eq!(options(&board, &prometheus, "application"), ["blog", "shop"]);

    let rate = |count| window.rate(count);
    let everywhere = [
        ("Requests / ", rate(22)),
        ("Failed / ", Is(2.0 / 22.0)),
        ("Requests by status / 404", rate(4)),
        ("Requests of each application / requests shop", rate(11)),
        ("Requests of each application / requests blog", rate(7)),
        ("Requests of each application / requests", rate(4)),
        ("Failed, of each application / failed shop", Is(2.0 / 11.0)),
        ("Failed, of each application / failed blog", Is(0.0)),
        ("Failed, of each application / failed", Is(0.0)),
        ("Sandboxes and queue of each application / limit blog", Is(3.0)),
        ("Memory cap reached, by each application / requests shop", rate(2)),
        ("Memory cap reached, by each application / requests blog", rate(0)),
    ];
    let both = [
        ("Requests / ", rate(18)),
        ("Failed / ", Is(2.0 / 18.0)),
        ("Requests of each application / requests shop", rate(11)),
        ("Requests of each application / requests blog", rate(7)),
    ];
    let shop = [
        ("Requests / ", rate(11)),
        ("Failed / ", Is(2.0 / 11.0)),
        ("Memory cap reached / requests", rate(2)),
        ("Requests of each application / requests shop", rate(11)),
    ];
    for (chosen, known) in [(&[][..], &everywhere[..]), (&["shop", "blog"], &both), (&["shop"], &shop)] {
        let shown = shown(&board, &prometheus, &[("instance", &[]), ("application", chosen)], window);
        for (name, known) in known {
            assert!(known.fits(shown[*name]), "{chosen:?}: {name}: {} instead of {known:?}", shown[*name]);
        }
        let others = shown.keys().filter(|name| name.contains("of each application / ") && !chosen.is_empty());
        let is_chosen = |name: &String| chosen.iter().any(|application| name.ends_with(application));
        assert_eq!(others.filter(|name| !is_chosen(name)).collect::<Vec<_>>(), [""; 0], "{chosen:?}");
    }
}
