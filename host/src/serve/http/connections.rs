//! The limit on simultaneous connections.
//!
//! A silent connection costs its client nothing. So at the limit, the server closes the connection that has been idle
//! longest. If none is idle, the next connection waits, and further ones in the kernel's queue.

use super::peer::Peer;
use crate::machine;
use crate::serve::admission::Peak;
use anyhow::{Result, ensure};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::Notify;

/// The share of file descriptors for connections; the rest is for what `--dir` grants.
const SHARE: (u64, u64) = (3, 4);
/// A higher default would mean gigabytes: an unfinished head may take 192 KiB.
const MOST: u64 = 8192;
/// What the server itself opens: the listener, the component, the log, the runtime's descriptors.
const RESERVED: u64 = 64;
/// How often a waiting connection checks for room: a client that takes the last of its response makes its connection
/// idle without a notification.
const LOOK: Duration = Duration::from_secs(1);

/// Lives once.
pub struct Connections {
    most: usize,
    seated: Mutex<Seated>,
    /// A connection has closed or become idle.
    pub changed: Arc<Notify>,
}

struct Seated {
    peers: Vec<Arc<Peer>>,
    peak: Peak,
}

/// The limit, from `--connections`.
///
/// # Errors
/// When the process may not have that many file descriptors.
pub fn most(asked: Option<NonZeroU32>) -> Result<usize> {
    most_with(asked, machine::descriptors())
}

fn most_with(asked: Option<NonZeroU32>, descriptors: u64) -> Result<usize> {
    let most = match asked {
        Some(asked) => {
            let needed = u64::from(asked.get()) + RESERVED;
            ensure!(
                needed <= descriptors,
                "--connections {asked} takes {needed} file descriptors, and this process may have {descriptors}: raise \
                 that (`ulimit -n`, LimitNOFILE= of systemd), or ask for fewer"
            );
            asked.get().into()
        }
        None => (descriptors / SHARE.1 * SHARE.0).min(MOST),
    };
    Ok(usize::try_from(most)?.max(1))
}

impl Connections {
    pub fn new(most: usize) -> Arc<Self> {
        let seated = Mutex::new(Seated { peers: vec![], peak: Peak::of_a_crowd() });
        Arc::new(Connections { most, seated, changed: Arc::default() })
    }

    fn seated(&self) -> MutexGuard<'_, Seated> {
        self.seated.lock().expect("no panic while held")
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.seated().peers.len() as u64
    }

    /// The limit.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A seat, at once or when there is room.
    pub async fn seat(self: &Arc<Self>, peer: &Arc<Peer>) -> Seat {
        while !self.try_seat(peer) {
            let changed = self.changed.notified();
            self.make_room();
            let _ = tokio::time::timeout(LOOK, changed).await;
        }
        Seat { connections: self.clone(), peer: peer.clone() }
    }

    fn try_seat(&self, peer: &Arc<Peer>) -> bool {
        let mut seated = self.seated();
        let has_room = seated.peers.len() < self.most;
        if has_room {
            seated.peers.push(peer.clone());
            seated.peak.rises_to(seated.peers.len() as u64);
        }
        has_room
    }

    fn make_room(&self) {
        let seated = self.seated();
        let idle = seated.peers.iter().filter_map(|peer| Some((peer.idle_since()?, peer)));
        if let Some((_, oldest)) = idle.min_by_key(|(since, _)| *since) {
            oldest.leave();
        }
    }

    fn leave(&self, peer: &Arc<Peer>) {
        let mut seated = self.seated();
        if let Some(place) = seated.peers.iter().position(|other| Arc::ptr_eq(other, peer)) {
            seated.peers.swap_remove(place);
            seated.peak.falls_to(seated.peers.len() as u64);
        }
        self.changed.notify_waiters();
    }
}

/// The right to one connection, until dropped.
pub struct Seat {
    connections: Arc<Connections>,
    peer: Arc<Peer>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.leave(&self.peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_quarters_of_the_file_descriptors_are_for_connections() {
        for (descriptors, most) in [(1, 1), (64, 48), (1024, 768), (20_000, 8192), (1 << 30, 8192)] {
            assert_eq!(most_with(None, descriptors).unwrap(), most);
        }
        let asked = |count| most_with(NonZeroU32::new(count), 1024);
        assert_eq!(asked(960).unwrap(), 960);
        assert!(
            asked(961).unwrap_err().to_string().contains("takes 1025 file descriptors, and this process may have 1024")
        );
    }
}
