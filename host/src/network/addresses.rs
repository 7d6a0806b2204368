//! Which addresses a granted name may lead to.
//!
//! Unlike requests by HTTP, connections go to databases and their kin, which live at private addresses: a name that is
//! granted exactly may lead to one. What is below a domain (`*.example.com`) may not, as a guest chooses which name that is.
//! This machine, its links and services that tell secrets to whoever asks are named by their address.

use crate::outgoing::addresses::is_public;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Services of clouds that answer whoever asks, at addresses that are else public or private: those of Azure and AWS, and of
/// Google over IPv6.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];
/// Ends of names that no public DNS has (RFC 6761, RFC 6762, RFC 8375, and ICANN's of 2024).
const OWN: [&str; 6] = [".localhost", ".local", ".internal", ".test", ".home.arpa", ".lan"];

/// How much a name says of where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// One of many below a domain.
    Below,
    /// The name itself is granted.
    Exact,
    /// And no public DNS has it: it is this network's own.
    Own,
}

impl Trust {
    /// Of a name that is granted exactly.
    pub fn of(name: &str) -> Self {
        let is_own = !name.contains('.') || OWN.iter().any(|end| name.ends_with(end));
        if is_own { Trust::Own } else { Trust::Exact }
    }

    /// Whether such a name may lead there.
    pub fn may_lead_to(self, address: IpAddr) -> bool {
        if METADATA.contains(&address) {
            return false;
        }
        match translated(address) {
            Some(inner) => is_public(inner.into()) && !METADATA.contains(&inner.into()),
            None => {
                is_public(address)
                    || (self >= Trust::Exact && is_private(address))
                    || (self == Trust::Own && is_loopback(address))
            }
        }
    }
}

/// What an address of a NAT64 stands for (RFC 6052, section 2.1): there IPv4 alone is behind it.
fn translated(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V6(address) => match address.segments() {
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
            _ => None,
        },
        IpAddr::V4(_) => None,
    }
}

/// RFC 1918, and RFC 4193.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// One address of each version: the others of 127.0.0.0/8 are named by themselves.
pub fn is_loopback(address: IpAddr) -> bool {
    address == IpAddr::V4(Ipv4Addr::LOCALHOST) || address == IpAddr::V6(Ipv6Addr::LOCALHOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(trust: Trust, address: &str) -> bool {
        trust.may_lead_to(address.parse().unwrap())
    }

    #[test]
    fn a_name_leads_as_far_as_it_is_trusted() {
        for (address, least) in [
            ("8.8.8.8", Some(Trust::Below)),
            ("2606:4700:4700::1111", Some(Trust::Below)),
            ("64:ff9b::808:808", Some(Trust::Below)),
            ("10.0.0.5", Some(Trust::Exact)),
            ("172.16.0.1", Some(Trust::Exact)),
            ("192.168.1.1", Some(Trust::Exact)),
            ("fd00::1", Some(Trust::Exact)),
            ("127.0.0.1", Some(Trust::Own)),
            ("::1", Some(Trust::Own)),
            ("127.0.0.2", None),
            ("0.0.0.0", None),
            ("::", None),
            ("169.254.169.254", None),
            ("fe80::1", None),
            ("100.100.100.200", None),
            ("168.63.129.16", None),
            ("fd00:ec2::254", None),
            ("fd20:ce::254", None),
            ("192.0.0.192", None),
            ("255.255.255.255", None),
            ("224.0.0.1", None),
            ("ff02::1", None),
            ("::ffff:127.0.0.1", None),
            ("::ffff:10.0.0.5", None),
            ("::127.0.0.1", None),
            ("64:ff9b::7f00:1", None),
            ("64:ff9b::a9fe:a9fe", None),
            ("64:ff9b::a83f:8110", None),
            ("64:ff9b::a00:5", None),
            ("64:ff9b:1::a00:5", None),
            ("2002:7f00:1::", None),
            ("2002:a9fe:a9fe::1", None),
            ("2001::1", None),
        ] {
            for trust in [Trust::Below, Trust::Exact, Trust::Own] {
                assert_eq!(leads(trust, address), least.is_some_and(|least| trust >= least), "{trust:?} {address}");
            }
        }
    }

    #[test]
    fn names_that_no_public_dns_has_are_this_networks_own() {
        for (name, trust) in [
            ("db", Trust::Own),
            ("localhost", Trust::Own),
            ("db.internal", Trust::Own),
            ("db.example.com", Trust::Exact),
            ("internal.example.com", Trust::Exact),
        ] {
            assert_eq!(Trust::of(name), trust, "{name}");
        }
    }
}
