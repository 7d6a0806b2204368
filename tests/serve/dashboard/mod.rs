//! Each panel of the Grafana dashboard shows a known load, as a real Prometheus has scraped it.
//!
//! A rate between two scrapes is extrapolated to the ends of the window that is asked for. The windows here begin and
//! end with a scrape, so that nothing is, and figures are exact.

mod board;
mod prometheus;
mod several;

pub use board::Board;

use super::metrics::{crowd, disperse};
use crate::harness::Server;
use board::Choice;
use prometheus::{Prometheus, Window};
use std::collections::BTreeMap;

/// A path, how often it is asked for, and the answer's status.
type Path = (&'static str, usize, u16);

/// 40 in all, of which 11 fail.
const LOAD: [Path; 5] = [
    ("/hello", 25, 200),
    ("/status/404", 4, 404),
    ("/raising/call", 5, 500),
    ("/hog/block", 3, 500),
    ("/leaving/abort", 3, 500),
];
const REFUSED: usize = 6;

/// What a panel shows.
#[derive(Debug)]
enum Known {
    Is(f64),
    /// At least, and at most.
    Between(f64, f64),
}

use Known::{Between, Is};

impl Known {
    fn fits(&self, value: f64) -> bool {
        match *self {
            Is(known) => (value - known).abs() <= known.abs() * 1e-9,
            Between(low, high) => low <= value && value <= high,
        }
    }
}

impl Window {
    /// What a rate is if there were this many.
    fn rate(self, count: usize) -> Known {
        Is(count as f64 * 1e3 / (self.to - self.from) as f64)
    }
}

/// What all panels show at the end of the window; each of their queries shows something.
fn shown(board: &Board, prometheus: &Prometheus, choices: &[Choice], window: Window) -> BTreeMap<String, f64> {
    let series = board.queries().into_iter().flat_map(|query| {
        let expression = board.resolve(&query.expression, choices, window.to - window.from);
        let series = prometheus.series(&expression, window);
        assert!(!series.is_empty(), "no data: {expression}");
        series.into_iter().map(move |(labels, value)| (query.name(&labels), value))
    });
    let mut shown = BTreeMap::new();
    for (name, value) in series {
        assert!(shown.insert(name.clone(), value).is_none(), "two are {name}");
    }
    shown
}

/// Sends the requests of a load, each as often as `times` makes of its number; returns the bytes of the answers.
fn send(server: &Server, load: &[Path], times: impl Fn(usize) -> usize) -> usize {
    let mut bytes = 0;
    for &(path, most, status) in load {
        for _ in 0..times(most) {
            let reply = server.get(path);
            assert_eq!(reply.status, status, "{path}");
            bytes += reply.body.len();
        }
    }
    bytes
}

#[test]
fn every_panel_shows_a_known_load_where_one_application_runs() {
    let limits = ["--concurrency", "1", "--queue", "1", "--connections", "77", "--verify-reset", "1/1"];
    let server = Server::all_apps_with(&[&["--admin", "127.0.0.1:0"], &limits[..]].concat());
    let (admin, board) = (server.admin(), Board::read());
    let prometheus = Prometheus::scraping(&admin);
    // A counter begins with its first request, and Prometheus sees growth from the first scrape on that has it.
    send(&server, &LOAD, |_| 1);
    disperse(crowd(&server, &admin, 1));
    // Seven had a sandbox, and one more showed at the start that the application can be served.
    let before = prometheus.scrape("sum(wasgi_requests_total) == 8 and sum(wasgi_resets_verified_total) == 8");
    let bytes = send(&server, &LOAD, |times| times);
    let crowding = crowd(&server, &admin, REFUSED);
    let (connections, over) = (admin.samples()["wasgi_connections"], 8 + 40 + REFUSED);
    let window = prometheus
        .window(before, &format!("sum(wasgi_requests_total) == {over} and sum(wasgi_resets_verified_total) == 48"));
    let instance = admin.address().to_string();
    let refused = REFUSED * server.get("/hello").body.len();
    let expected = expected(window, bytes + refused, connections, &instance);
    for choice in [&[][..], &[&*instance], &[&*instance, "another"]] {
        let choices = [("instance", choice), ("application", &[])];
        let shown = shown(&board, &prometheus, &choices, window);
        assert_eq!(shown.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (name, known) in &expected {
            assert!(known.fits(shown[name]), "{name}: {} instead of {known:?}", shown[name]);
        }
    }
    assert_eq!(options(&board, &prometheus, "instance"), [&*instance]);
    assert_eq!(options(&board, &prometheus, "application"), [""; 0], "it has no name");
    disperse(crowding);
}

/// The values that a variable offers.
fn options(board: &Board, prometheus: &Prometheus, variable: &str) -> Vec<String> {
    let (selector, label) = board.options(variable);
    prometheus.label_values(&board.resolve(&selector, &[("instance", &[])], 0), &label)
}

/// What the panels show of [`LOAD`] and as many as are refused.
fn expected(window: Window, bytes: usize, connections: f64, instance: &str) -> BTreeMap<String, Known> {
    let rate = |count| window.rate(count);
    let (seconds, memory, pages) = (|| Between(1e-6, 60.0), || Between(1e6, 4e9), || Between(0.0, 1e5));
    let failed = || Is((11 + REFUSED) as f64 / (40 + REFUSED) as f64);
    let panels = [
        ("Requests / ", rate(40 + REFUSED)),
        ("Failed / ", failed()),
        ("Ready / ", Is(1.0)),
        ("Resets that were not complete / ", Is(0.0)),
        ("Requests by status / 200", rate(25)),
        ("Requests by status / 404", rate(4)),
        ("Requests by status / 500", rate(11)),
        ("Requests by status / 503", rate(REFUSED)),
        ("Requests by outcome, without ok / busy", rate(REFUSED)),
        ("Requests by outcome, without ok / error", rate(5)),
        ("Requests by outcome, without ok / memory-cap", rate(3)),
        ("Requests by outcome, without ok / trap", rate(3)),
        ("Time of a request / median", seconds()),
        ("Time of a request / 95 %", seconds()),
        ("Time of a request / 99 %", seconds()),
        ("CPU time of a request / median", seconds()),
        ("CPU time of a request / 99 %", seconds()),
        ("CPU time of a request / mean", seconds()),
        ("Peak of memory of a request / median", memory()),
        ("Peak of memory of a request / 99 %", memory()),
        ("Pages written by a request for the first time / median", pages()),
        ("Pages written by a request for the first time / 99 %", pages()),
        ("Sandboxes and queue / active", Is(1.0)),
        ("Sandboxes and queue / limit", Is(1.0)),
        ("Sandboxes and queue / queued", Is(1.0)),
        ("Sandboxes and queue / limit of the queue", Is(1.0)),
        ("Connections / open", Is(connections)),
        ("Connections / limit", Is(77.0)),
        ("Memory cap reached / requests", rate(3)),
        ("Bytes of answers / ", rate(bytes)),
        ("Resets verified, lines of logs lost, reloads / verified", Is(40.0)),
        ("Resets verified, lines of logs lost, reloads / lost", Is(0.0)),
        ("Resets verified, lines of logs lost, reloads / reloads", Is(0.0)),
        ("Requests of each application / requests", rate(40 + REFUSED)),
        ("Failed, of each application / failed", failed()),
        ("Time of a request, 95 %, of each application / 95 %", seconds()),
        ("CPU time used by sandboxes of each application / processors", Between(1e-6, 100.0)),
        ("Sandboxes and queue of each application / active", Is(1.0)),
        ("Sandboxes and queue of each application / limit", Is(1.0)),
        ("Sandboxes and queue of each application / queued", Is(1.0)),
        ("Memory cap reached, by each application / requests", rate(3)),
    ];
    let server = [("CPU", 1e-6, 100.0), ("resident memory", 1e6, 1e11), ("file descriptors", 3.0, 1e5)];
    let server = server.map(|(what, low, high)| (format!("Server: {what} / {instance}"), Between(low, high)));
    panels.map(|(name, known)| (name.to_owned(), known)).into_iter().chain(server).collect()
}
