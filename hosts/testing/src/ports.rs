//! Free ports for servers that cannot choose ports themselves.

use std::{
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Free ports on loopback, each returned once by this process.
///
/// They are below those that Linux gives to outgoing connections, one of which could take a port before its server does.
pub fn free_ports() -> impl Iterator<Item = u16> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // Two processes at the same time rarely begin near each other.
    let first = process::id() as usize * 64;
    let ports = std::iter::repeat_with(move || {
        PORTS.start + u16::try_from((first + NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS.len()).unwrap()
    });
    ports.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

/// Linux gives ports from 32768 on to outgoing connections.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ports_differ_and_are_free() {
        let mut ports = free_ports();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.next().unwrap())).unwrap();
        let others: BTreeSet<u16> = ports.take(100).collect();
        assert_eq!(others.len(), 100);
        assert!(!others.contains(&taken.local_addr().unwrap().port()));
        assert!(others.iter().all(|port| PORTS.contains(port)));
    }
}
