//! Clients that ask all the time, and count what they are answered.

use crate::harness::{Connection, Over, wait_until};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::Scope;

/// What a client asks, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub method: &'static str,
    folder: &'static str,
    /// On one connection, as long as the proxy keeps it open.
    keeps: bool,
}

const KINDS: [Kind; 6] = [
    Kind { method: "GET", folder: "/quick/", keeps: true },
    Kind { method: "GET", folder: "/quick/", keeps: false },
    // At any time, a server has such a request in its hands.
    Kind { method: "GET", folder: "/slow/", keeps: true },
    Kind { method: "GET", folder: "/slow/", keeps: true },
    Kind { method: "POST", folder: "/quick/", keeps: true },
    Kind { method: "POST", folder: "/slow/", keeps: true },
];
/// How many clients send what may not be sent twice.
pub const POSTING: usize = 2;

/// A request that was not answered in full, by the application, with 200.
#[derive(Debug, Clone)]
pub struct Lost {
    pub kind: Kind,
    /// What happened to the servers just then.
    pub during: &'static str,
    pub how: String,
}

pub struct Load {
    proxy: SocketAddr,
    is_over: AtomicBool,
    answered: [AtomicUsize; KINDS.len()],
    during: Mutex<&'static str>,
    lost: Mutex<Vec<Lost>>,
}

impl Load {
    pub fn on(proxy: SocketAddr) -> Self {
        let (during, lost) = (Mutex::new("the start"), Mutex::default());
        Load { proxy, is_over: AtomicBool::new(false), answered: Default::default(), during, lost }
    }

    pub fn start<'a>(&'a self, scope: &'a Scope<'a, '_>) {
        for index in 0..KINDS.len() {
            scope.spawn(move || self.ask(index));
        }
    }

    /// Does something to the servers, and waits until each client was answered `times` since.
    pub fn during(&self, what: &'static str, act: impl FnOnce()) {
        *self.during.lock().unwrap() = what;
        act();
        let before = self.counts();
        wait_until("all clients are answered", || {
            self.counts().iter().zip(&before).all(|(now, before)| *now > before + 20)
        });
        println!(
            "{what}: {} requests answered by now, {} lost",
            self.counts().iter().sum::<usize>(),
            self.lost().len()
        );
    }

    /// Ends the load when it is dropped.
    pub fn end(&self) -> Over<'_> {
        Over(&self.is_over)
    }

    pub fn lost(&self) -> Vec<Lost> {
        self.lost.lock().unwrap().clone()
    }

    fn counts(&self) -> [usize; KINDS.len()] {
        self.answered.each_ref().map(|count| count.load(SeqCst))
    }

    fn ask(&self, index: usize) {
        let kind = KINDS[index];
        let mut connection = None;
        for number in 0.. {
            if self.is_over.load(SeqCst) {
                return;
            }
            let open = connection.take().unwrap_or_else(|| Connection::open(self.proxy));
            match answer(open, kind, number) {
                Ok(kept) => {
                    connection = kept;
                    self.answered[index].fetch_add(1, SeqCst);
                }
                Err(how) => {
                    let during = *self.during.lock().unwrap();
                    self.lost.lock().unwrap().push(Lost { kind, during, how });
                }
            }
        }
    }
}

/// What the application says of a request.
pub fn said(proxy: SocketAddr, path: &str) -> String {
    let (head, body, _) = exchange(Connection::open(proxy), ("GET", false), path).expect("a whole answer");
    assert!(head.starts_with("http/1.1 200 "), "{head}{body}");
    body
}

/// Sends a request, and gives the connection back if it can be used again.
fn answer(open: Connection, kind: Kind, number: usize) -> Result<Option<Connection>, String> {
    let path = format!("{}{number}", kind.folder);
    let (head, body, kept) = exchange(open, (kind.method, kind.keeps), &path)?;
    let is_its_own = body.starts_with("version ") && body.contains(&format!(" {path} "));
    match head.starts_with("http/1.1 200 ") && is_its_own {
        true => Ok(kept),
        false => Err(head + &body),
    }
}

/// Head and body of a whole answer to a request of a method, on a connection that is to be kept or not.
fn exchange(
    mut open: Connection,
    (method, keeps): (&str, bool),
    path: &str,
) -> Result<(String, String, Option<Connection>), String> {
    let body = if method == "POST" { "some" } else { "" };
    let connection = if keeps { "keep-alive" } else { "close" };
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: {connection}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    open.try_send(request.as_bytes()).map_err(|error| format!("cannot be sent: {error}"))?;
    let head = open.try_head().ok_or("no head of an answer")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let body = open.try_body(length.ok_or_else(|| format!("no length: {head}"))?).ok_or("no whole body")?;
    let kept = (keeps && !head.contains("connection: close")).then_some(open);
    Ok((head, body, kept))
}
