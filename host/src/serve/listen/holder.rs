//! Finds the process that listens on a port, as far as `/proc` shows it.

use std::fs;
use std::net::SocketAddr;

/// The state of a socket that listens, in `/proc/net/tcp` (proc_pid_net(5)).
const LISTENS: &str = "0A";

/// The name and number of the process; None if another user's, or nobody visible.
pub fn of(address: SocketAddr) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let inodes = tables.iter().flat_map(|table| table.lines()).filter_map(|line| inode(line, address.port()));
    let sockets: Vec<_> = inodes.map(|inode| format!("socket:[{inode}]")).collect();
    let is_process = |entry: &fs::DirEntry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok());
    let process = fs::read_dir("/proc").ok()?.flatten().filter(is_process).find(|process| {
        let descriptors = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        let mut targets = descriptors.filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
        targets.any(|target| sockets.iter().any(|socket| target.as_os_str() == socket.as_str()))
    })?;
    let name = fs::read_to_string(process.path().join("comm")).ok()?;
    Some(format!("{} (process {})", name.trim(), process.file_name().to_string_lossy()))
}

/// The socket's number in a line of the table, if it listens on the port.
fn inode(line: &str, port: u16) -> Option<&str> {
    let words: Vec<_> = line.split_whitespace().collect();
    let local = words.get(1)?.rsplit_once(':')?.1;
    (*words.get(3)? == LISTENS && u16::from_str_radix(local, 16) == Ok(port)).then(|| words.get(9).copied())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn this_process_is_found_by_its_port() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = of(listener.local_addr().unwrap()).unwrap();
        assert!(found.contains(&format!("(process {})", std::process::id())), "{found}");
    }
}
