//! Framing alone, and against hyper's own verdict.

use super::*;

const LIMIT: usize = 64 << 10;

/// Reads in pieces of this size; returns the refusal.
fn refusal(bytes: &[u8], piece: usize) -> Option<Refusal> {
    let mut framing = Framing::new(LIMIT);
    bytes.chunks(piece).find_map(|piece| framing.read(piece).err()).map(|(_, stop)| match stop {
        Stop::Refused(refusal) => refusal,
        Stop::Raw(_) => panic!("no raw target"),
    })
}

#[test]
fn a_refusal_is_the_same_however_the_bytes_come() {
    for (bytes, expected) in [
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", Refusal::BareLf),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n", Refusal::BareLf),
        ("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", Refusal::BareCr),
        ("GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", Refusal::FoldedField),
        ("GET / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n", Refusal::TwoLengths),
        ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", Refusal::BadLength),
        ("GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", Refusal::LengthAndCoding),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: a\r\nTransfer-Encoding: chunked\r\n\r\n", Refusal::TwoCodings),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naa\r\n", Refusal::BadChunk),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: a\r\n\r\n", Refusal::BadTrailer),
    ] {
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(refusal(bytes.as_bytes(), piece), Some(expected), "{bytes:?} by {piece}");
        }
    }
}

/// In what the framing passes, however the bytes come.
#[test]
fn raw_characters_of_a_target_are_encoded_and_others_stay() {
    let sent = "GET /<\"`>?a=<b> HTTP/1.1\r\nA: <\r\n\r\nG<T /<x HTTP/1.1\r\n\r\n";
    let expected = "GET /%3C%22%60%3E?a=%3Cb%3E HTTP/1.1\r\nA: <\r\n\r\nG<T /%3Cx HTTP/1.1\r\n\r\n";
    for piece in [1, 2, 3, 7, 1000] {
        let mut framing = Framing::new(LIMIT);
        let mut passed = vec![];
        for piece in sent.as_bytes().chunks(piece) {
            let mut rest = piece.to_vec();
            while let Err((sound, stop)) = framing.read(&rest) {
                let Stop::Raw(target) = stop else { panic!("{stop:?}") };
                passed.extend(rest.drain(..sound));
                rest = [&rest[..target.start], &encoded(&rest[target.clone()]), &rest[target.end..]].concat();
            }
            passed.extend(rest);
        }
        assert_eq!(String::from_utf8(passed).unwrap(), expected, "by {piece}");
    }
}

#[test]
fn a_line_without_end_is_not_collected_for_ever() {
    let mut framing = Framing::new(100);
    assert_eq!(framing.read(&[b'a'; 101]), Err((0, Stop::Refused(Refusal::TooLong))));
}

#[test]
fn bodies_are_not_read_as_heads() {
    let body = "\n\r \n";
    let request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert_eq!(refusal(request.repeat(2).as_bytes(), 5), None);
    let request = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{body}\r\n0\r\n\r\n");
    assert_eq!(refusal(request.repeat(2).as_bytes(), 5), None);
}

/// Random requests made of pieces that matter for framing, half of them broken. hyper and the framing must agree on the
/// number of requests in what passes, and a refusal must end hyper's connection.
mod against_hyper {
    use super::*;
    use crate::serve::http::client_probe::ClientProbe;
    use crate::serve::http::guard::Guard;
    use crate::serve::http::peer::Peer;
    use crate::serve::limits::Limits;
    use crate::serve::listen::Ends;
    use crate::soak;
    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};
    use hyper::body::Incoming;
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper::{Request, Response};
    use hyper_util::rt::TokioIo;
    use std::convert::Infallible;
    use std::sync::{Arc, Mutex};
    use std::time::Instant;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// A small generator with a fixed seed (Knuth's MMIX constants): each run tries the same requests.
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % limit
        }

        fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
            choices[self.below(choices.len())]
        }
    }

    fn request(random: &mut Random) -> String {
        let end =
            |random: &mut Random| if random.below(40) == 0 { random.of(&["\n", "\r", "\r\r\n", ""]) } else { "\r\n" };
        let mut text = format!("{}{}", random.of(&["GET /", "POST /", "POST /", "\r\nPOST /"]), " HTTP/1.1");
        text.push_str(end(random));
        for _ in 0..random.below(4) {
            text.push_str(random.of(&[
                "Content-Length: 4",
                "Content-Length: 4",
                "Content-Length: 04",
                "Content-Length: 5",
                "Content-Length:",
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: x, Chunked",
                "Transfer-Encoding: x",
                "Content_Length: 9",
                "Host: a",
                "A: b\x00",
                " folded",
                "Content-Length : 4",
            ]));
            text.push_str(end(random));
        }
        text.push_str(end(random));
        for _ in 0..random.below(4) {
            let parts =
                ["4", "04;a", "4 ;a", "4;\x01", "g", "0", "0", "body", "body", "", "", "Content-Length: 4", "a: b"];
            text.push_str(random.of(&parts));
            text.push_str(end(random));
        }
        text
    }

    /// What hyper reads behind a guard: the requests with whole bodies, and whether the last response refuses.
    async fn hyper_reads(bytes: &[u8], guarded: bool) -> (Vec<(String, Bytes)>, String) {
        let (mut client, server) = tokio::io::duplex(1 << 20);
        let whole = Arc::new(Mutex::new(vec![]));
        let read = whole.clone();
        let answer = service_fn(move |request: Request<Incoming>| {
            let read = read.clone();
            async move {
                let fields = format!("{} {:?}", request.method(), request.headers().get("content-length"));
                if let Ok(body) = request.into_body().collect().await {
                    read.lock().unwrap().push((fields, body.to_bytes()));
                }
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
            }
        });
        let limits = Limits::of(&[]);
        let address = "127.0.0.1:1".parse().unwrap();
        let peer = Arc::new(Peer::new(
            Ends { peer: address, local: address, is_unix: false },
            false,
            ClientProbe::default(),
            Arc::default(),
        ));
        let guard = match guarded {
            true => Guard::new(server, peer, b"", &limits),
            false => Guard::open(server, peer, b""),
        };
        client.write_all(bytes).await.unwrap();
        client.shutdown().await.unwrap();
        let _ = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(guard), answer).await;
        let mut answers = String::new();
        let _ = client.read_to_string(&mut answers).await;
        let whole = whole.lock().unwrap().clone();
        (whole, answers)
    }

    #[tokio::test]
    async fn what_passes_is_read_alike_and_what_does_not_is_refused() {
        let mut random = Random(1);
        let (mut passed, mut refused, mut refused_by_hyper) = (0, 0, 0);
        let end = Instant::now() + soak::seconds(0);
        while passed + refused < 20_000 || Instant::now() < end {
            let text: String = (0..1 + random.below(3)).map(|_| request(&mut random)).collect();
            let bytes = text.as_bytes();
            let (guarded, answers) = hyper_reads(bytes, true).await;
            let (alone, _) = hyper_reads(bytes, false).await;
            // The guard only takes requests away, from the first refused one on.
            assert_eq!(guarded[..], alone[..guarded.len()], "{text:?}");
            let mut framing = Framing::new(LIMIT);
            match framing.read(bytes) {
                Ok(()) => {
                    assert_eq!(guarded, alone, "{text:?}");
                    let last = answers.rsplit("HTTP/1.1 ").next().unwrap_or_default();
                    let hyper_refuses =
                        !last.starts_with("200") || guarded.len() < answers.matches("HTTP/1.1 ").count();
                    passed += 1;
                    refused_by_hyper += usize::from(hyper_refuses);
                    assert!(hyper_refuses || guarded.len() as u64 <= framing.heads(), "{text:?}");
                }
                Err((sound, _)) => {
                    refused += 1;
                    // Every request that hyper served was whole before the refused bytes.
                    let (before, _) = hyper_reads(&bytes[..sound], true).await;
                    assert_eq!(guarded, before, "{text:?}");
                }
            }
        }
        println!("{passed} passed (of which hyper refused {refused_by_hyper}), {refused} refused");
        assert!(passed > 1000 && refused > 1000);
    }
}
