//! Spans of requests, as a collector of OpenTelemetry's gets them.

use crate::harness::{Reply, Server, wasgi};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
const PATIENCE: Duration = Duration::from_secs(60);

/// Takes what is sent to `/v1/traces`, and gives it to the test.
struct Collector {
    address: SocketAddr,
    spans: Receiver<Value>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, (sender, spans)) = (listener.local_addr().unwrap(), channel());
        thread::spawn(move || listener.incoming().for_each(|stream| take(stream.unwrap(), &sender)));
        Collector { address, spans }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next span of a path.
    fn span(&self, path: &str) -> Value {
        loop {
            let span = self.spans.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no span of {path}"));
            if attribute(&span, "url.path") == &Value::from(path) {
                return span;
            }
        }
    }
}

/// Reads requests until the connection ends.
fn take(stream: TcpStream, sender: &Sender<Value>) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let start = head.len();
            if stream.read_line(&mut head).unwrap() == 0 {
                return;
            }
            let line = head[start..].to_ascii_lowercase();
            length = line.strip_prefix("content-length:").map_or(length, |value| value.trim().parse().unwrap());
        }
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let told: Value = serde_json::from_slice(&body).unwrap();
        let resource = &told["resourceSpans"][0];
        assert_eq!(attribute(&resource["resource"], "service.name"), "wasgi");
        for span in resource["scopeSpans"][0]["spans"].as_array().unwrap() {
            // The test may have seen enough.
            let _ = sender.send(span.clone());
        }
        let reply = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        stream.get_mut().write_all(reply.as_bytes()).unwrap();
    }
}

/// An attribute's value, of whatever kind.
fn attribute<'a>(of: &'a Value, key: &str) -> &'a Value {
    let all = of["attributes"].as_array().unwrap();
    let found = all.iter().find(|attribute| attribute["key"] == key).unwrap_or_else(|| panic!("{key} in {of}"));
    found["value"].as_object().unwrap().values().next().unwrap()
}

fn get(server: &Server, path: &str, flags: &str) -> Reply {
    let request = http::Request::get(server.url(path)).header("traceparent", format!("00-{TRACE}-{PARENT}-{flags}"));
    server.request(request.body(()).unwrap())
}

#[test]
fn a_span_is_between_its_caller_and_the_application() {
    let collector = Collector::start();
    let server = Server::all_apps_with(&["--otlp", &collector.url(), "--forwarded-allow-ips", "127.0.0.1"]);
    // The caller does not record this one.
    get(&server, "/hello", "00").ok();
    let environ = get(&server, "/environs", "01").json();
    let span = collector.span("/environs");
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&TRACE.into(), &PARENT.into()));
    let id = span["spanId"].as_str().unwrap();
    assert_eq!(environ["HTTP_TRACEPARENT"], format!("00-{TRACE}-{id}-01"));
    assert_eq!((&span["name"], attribute(&span, "http.request.method")), (&"GET".into(), &"GET".into()));
    assert_eq!(attribute(&span, "wasgi.outcome"), "ok");
    let number = |value: &Value| value.as_str().map_or_else(|| value.as_u64(), |text| text.parse().ok()).unwrap();
    assert_eq!(number(attribute(&span, "http.response.status_code")), 200);
    let took = number(&span["endTimeUnixNano"]) - number(&span["startTimeUnixNano"]);
    assert!((1..60_000_000_000).contains(&took), "{took} ns");
    assert_eq!(server.get("/raising/call").status, 500);
    let failed = collector.span("/raising/call");
    assert_eq!((number(&failed["status"]["code"]), attribute(&failed, "error.type")), (2, &"error".into()));
    assert!(failed["traceId"] != TRACE, "{failed}");
    assert!(collector.spans.try_iter().all(|span| attribute(&span, "url.path") != "/hello"));
}

/// And the last spans leave before the server does.
#[test]
fn a_collector_that_is_gone_costs_spans_alone() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::run_with("hello.py", &["--otlp", &format!("http://{gone}")]);
    (0..10).for_each(|_| assert_eq!(server.get("/").status, 200));
    server.wait_for(&format!("wasgi: cannot send spans to http://{gone}/v1/traces: "));
    drop(server);
    let collector = Collector::start();
    let mut server = Server::run_with("hello.py", &["--otlp", &collector.url()]);
    server.get("/last").ok();
    server.terminate();
    assert!(server.wait_for_end().success());
    collector.span("/last");
    let message = wasgi(&["run", "hello.py", "--otlp", "https://127.0.0.1:4318"]).output().unwrap();
    assert!(String::from_utf8_lossy(&message.stderr).contains("only http:// is spoken"));
}
