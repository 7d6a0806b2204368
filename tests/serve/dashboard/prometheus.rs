//! A Prometheus that scrapes one server's admin listener.

use crate::harness::daemon::{Daemon, Folder, command, free_port, unpacked};
use crate::harness::{Admin, wait_until};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::cell::Cell;

/// In milliseconds: one is missed where the server takes longer to answer.
const SCRAPE: u64 = 500;
/// What Grafana looks back for a rate, at least: the last and the first of two scrapes, with two to spare.
const SCRAPES: u64 = 4;

/// The time from one scrape to another, in milliseconds since 1970.
#[derive(Clone, Copy)]
pub struct Window {
    pub from: u64,
    pub to: u64,
}

pub struct Prometheus {
    api: String,
    _daemon: Daemon,
}

impl Prometheus {
    /// By the settings that docs/reference/metrics.md shows, with the address of this server.
    pub fn scraping(admin: &Admin) -> Self {
        let reference = include_str!("../../../docs/reference/metrics.md");
        let shown = reference.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
        let settings = shown.replace("127.0.0.1:9000", &admin.address().to_string());
        assert_ne!(shown, settings);
        let (folder, port) = (Folder::new(None), free_port());
        let file = folder.write("prometheus.yml", &format!("global: {{ scrape_interval: {SCRAPE}ms }}\n{settings}"));
        let mut prometheus = command(&unpacked("usr/bin/prometheus"));
        prometheus.arg(format!("--config.file={file}")).arg(format!("--storage.tsdb.path={}", folder.path("data")));
        prometheus.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let ready = "Server is ready to receive web requests";
        let api = format!("http://127.0.0.1:{port}/api/v1");
        Prometheus { api, _daemon: Daemon::start(prometheus, ready, Signal::SIGTERM, folder) }
    }

    /// The `data` of a page of its API.
    fn get(&self, page: &str, parameters: &[(&str, &str)]) -> Value {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let request = config.new_agent().get(format!("{}/{page}", self.api)).query_pairs(parameters.iter().copied());
        let text = request.call().expect("an answer").body_mut().read_to_string().expect("text");
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(answer["status"], "success", "{parameters:?}: {answer}");
        answer["data"].clone()
    }

    /// The values of a label in the series of a selector.
    pub fn label_values(&self, selector: &str, label: &str) -> Vec<String> {
        let values = self.get(&format!("label/{label}/values"), &[("match[]", selector)]);
        serde_json::from_value(values).expect("texts")
    }

    /// Waits for a scrape in which an expression is true; returns its time.
    pub fn scrape(&self, condition: &str) -> u64 {
        let query = format!("timestamp(wasgi_ready) and on() ({condition})");
        let time = Cell::new(None);
        wait_until(&query, || {
            let found = self.get("query", &[("query", &query)]);
            time.set(found["result"][0]["value"][1].as_str().map(|time| time.parse::<f64>().expect("a number")));
            time.get().is_some()
        });
        (time.get().expect("it was found") * 1e3).round() as u64
    }

    /// The same for the end of a window that Grafana might look at.
    pub fn window(&self, from: u64, condition: &str) -> Window {
        let enough = format!("timestamp(wasgi_ready) >= {}", (from + SCRAPES * SCRAPE) as f64 / 1e3);
        Window { from, to: self.scrape(&format!("({condition}) and on() ({enough})")) }
    }

    /// The series of an expression at the end of the window, each with its labels and value.
    pub fn series(&self, expression: &str, window: Window) -> Vec<(Value, f64)> {
        let [start, end, step] = [window.from, window.to, window.to - window.from].map(|ms| seconds(ms).to_string());
        let parameters = [("query", expression), ("start", &start), ("end", &end), ("step", &step)];
        let found = self.get("query_range", &parameters);
        let last = |series: &Value| {
            let point = series["values"].as_array().and_then(|values| values.last()).expect("a point");
            let is_last = point[0].as_f64() == Some(seconds(window.to));
            is_last.then(|| (series["metric"].clone(), point[1].as_str().expect("text").parse().expect("a number")))
        };
        found["result"].as_array().expect("a list").iter().filter_map(last).collect()
    }
}

fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1e3
}
