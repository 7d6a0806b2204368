//! HAProxy and nginx, by the very files that people copy.

use super::nodes::Node;
use crate::harness::daemon::{Daemon, Folder, command, free_port, unpacked};
use nix::sys::signal::Signal;
use std::net::SocketAddr;

pub struct Proxy {
    pub address: SocketAddr,
    _daemon: Daemon,
}

impl Proxy {
    pub fn haproxy(nodes: &[Node]) -> Self {
        let (folder, address) = (Folder::new(None), here(free_port()));
        let file = settings(include_str!("../../examples/cluster/haproxy.cfg"), address, nodes);
        let mut haproxy = command(&unpacked("usr/sbin/haproxy"));
        // As Debian's unit starts it.
        haproxy.arg("-W").arg("-f").arg(folder.write("haproxy.cfg", &file));
        Proxy { address, _daemon: Daemon::start(haproxy, "Loading success", Signal::SIGTERM, folder) }
    }

    pub fn nginx(nodes: &[Node]) -> Self {
        let (folder, address) = (Folder::new(None), here(free_port()));
        let site = settings(include_str!("../../examples/cluster/nginx.conf"), address, nodes);
        folder.write("site.conf", &site);
        let kept = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};\n", folder.path(kind)));
        let around = format!(
            "pid {};\nerror_log stderr notice;\nevents {{}}\nhttp {{\naccess_log off;\n{}include {};\n}}\n",
            folder.path("pid"),
            kept.concat(),
            folder.path("site.conf")
        );
        let mut nginx = command(&unpacked("usr/sbin/nginx"));
        nginx.args(["-e", "stderr", "-g", "daemon off;", "-c"]).arg(folder.write("nginx.conf", &around));
        Proxy { address, _daemon: Daemon::start(nginx, "start worker process ", Signal::SIGTERM, folder) }
    }
}

fn here(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// The example with the addresses of this test in the place of its own.
fn settings(example: &str, proxy: SocketAddr, nodes: &[Node]) -> String {
    let exchange = |text: String, from: &str, to: String| {
        assert_eq!(text.matches(from).count(), 1, "{from} in the example");
        text.replace(from, &to)
    };
    let mut text = exchange(example.to_owned(), "127.0.0.1:8080", proxy.to_string());
    for (number, node) in nodes.iter().enumerate() {
        text = exchange(text, &format!("127.0.0.1:800{}", number + 1), node.address.to_string());
        // nginx asks nobody for its health.
        let health = format!("port 900{}", number + 1);
        text = text.replace(&health, &format!("port {}", node.admin.port()));
    }
    text
}
