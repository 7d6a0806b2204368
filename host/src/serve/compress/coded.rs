//! A body on its way through an encoder.

use super::accept::Coding;
use super::encoder::Encoder;
use bytes::Bytes;
use http_body::Frame;
use std::io;
use std::task::{Context, Poll};

/// A body's next frame.
pub type Polled = Poll<Option<Result<Frame<Bytes>, anyhow::Error>>>;

/// What is worth a frame of its own while more is ready to be encoded.
const FRAME: usize = 16 << 10;
/// Bytes that are encoded in one go: a thread has other clients, too.
const AT_ONCE: usize = 256 << 10;

/// The encoder of one answer. What an application has given is flushed as soon as it gives no more at once: an iterable
/// that yields slowly arrives as slowly (PEP 3333, "Buffering and Streaming").
pub struct Coded {
    /// None when all is encoded.
    encoder: Option<Encoder>,
    /// Bytes that were written to it and may still be in it.
    unflushed: usize,
    /// Trailers, which come behind the last bytes.
    trailers: Option<Frame<Bytes>>,
}

impl Coded {
    /// # Errors
    /// As for [`Encoder::new`].
    pub fn new(coding: Coding) -> io::Result<Self> {
        Ok(Coded { encoder: Some(Encoder::new(coding)?), unflushed: 0, trailers: None })
    }

    /// Whether its end has been given out.
    pub fn is_over(&self) -> bool {
        self.encoder.is_none() && self.trailers.is_none()
    }

    /// The next encoded frame; `plain` gives those to encode.
    pub fn poll(&mut self, context: &mut Context, mut plain: impl FnMut(&mut Context) -> Polled) -> Polled {
        loop {
            if self.encoder.is_none() {
                return Poll::Ready(self.trailers.take().map(Ok));
            }
            let made = match plain(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.take_in(&data),
                    Err(trailers) => {
                        self.trailers = Some(trailers);
                        self.finish()
                    }
                },
                Poll::Ready(Some(Err(error))) => {
                    self.encoder = None;
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(None) => self.finish(),
                Poll::Pending if self.unflushed > 0 => self.flush(),
                Poll::Pending => return Poll::Pending,
            };
            match made {
                Ok(made) if made.is_empty() => {}
                Ok(made) => return Poll::Ready(Some(Ok(Frame::data(made.into())))),
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
            }
        }
    }

    /// Nothing as long as a longer frame can be made of what follows.
    fn take_in(&mut self, data: &[u8]) -> io::Result<Vec<u8>> {
        let Some(encoder) = &mut self.encoder else { return Ok(vec![]) };
        encoder.write(data)?;
        self.unflushed += data.len();
        if self.unflushed >= AT_ONCE {
            return self.flush();
        }
        Ok(if encoder.waiting() >= FRAME { encoder.take() } else { vec![] })
    }

    fn flush(&mut self) -> io::Result<Vec<u8>> {
        let Some(encoder) = &mut self.encoder else { return Ok(vec![]) };
        self.unflushed = 0;
        encoder.flush()?;
        Ok(encoder.take())
    }

    fn finish(&mut self) -> io::Result<Vec<u8>> {
        self.encoder.take().map_or(Ok(vec![]), Encoder::finish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::compress::encoder::tests::{ALL, decoded};
    use std::collections::VecDeque;
    use std::task::Waker;

    enum Next {
        Data(Vec<u8>),
        Wait,
    }

    /// All frames of a body that gives these, and pauses where it waits.
    fn frames(coding: Coding, next: Vec<Next>) -> Vec<Poll<Vec<u8>>> {
        let (mut coded, mut next) = (Coded::new(coding).unwrap(), VecDeque::from(next));
        let mut frames = vec![];
        loop {
            let polled = coded.poll(&mut Context::from_waker(Waker::noop()), |_| match next.pop_front() {
                Some(Next::Data(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes.into())))),
                Some(Next::Wait) => Poll::Pending,
                None => Poll::Ready(None),
            });
            match polled {
                Poll::Ready(None) => return frames,
                Poll::Ready(Some(frame)) => frames.push(Poll::Ready(frame.unwrap().into_data().unwrap().to_vec())),
                Poll::Pending => frames.push(Poll::Pending),
            }
        }
    }

    #[test]
    fn what_comes_slowly_leaves_at_once() {
        use Next::{Data, Wait};
        for coding in ALL {
            let frames = frames(
                coding,
                vec![Data(b"one ".to_vec()), Data(b"two ".to_vec()), Wait, Wait, Data(b"three".to_vec())],
            );
            let [Poll::Ready(first), Poll::Pending, Poll::Ready(last)] = &frames[..] else {
                panic!("{coding:?}: {frames:?}")
            };
            assert_eq!(decoded(coding, first), b"one two ", "{coding:?}");
            assert_eq!(decoded(coding, &[&first[..], last].concat()), b"one two three", "{coding:?}");
        }
    }

    #[test]
    fn much_is_encoded_in_parts() {
        for coding in ALL {
            let frames = frames(coding, (0..32).map(|_| Next::Data(vec![b'x'; 64 << 10])).collect());
            assert!(frames.len() >= 8 && frames.iter().all(Poll::is_ready), "{coding:?}: {}", frames.len());
        }
    }
}
