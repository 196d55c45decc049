//! The client certificate in a header, where a trusted proxy terminates TLS in front of Envoy.

use std::net::{IpAddr, SocketAddr};

use certbound::{Error, ForwardedFormat, Thumbprint, forwarded_scratch_len};

/// A header with the client certificate, and the proxies that set it.
#[derive(Clone, Debug)]
pub(crate) struct Forwarded {
    format: ForwardedFormat,
    header: String,
    proxies: Vec<Network>,
}

impl Forwarded {
    /// `header` in lower case.
    pub(crate) const fn new(format: ForwardedFormat, header: String, proxies: Vec<Network>) -> Self {
        Self { format, header, proxies }
    }

    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// Whether the peer of the connection, an address with a port, is one of the proxies. From any other peer, the header
    /// counts for nothing.
    pub(crate) fn trusts(&self, peer: Option<&[u8]>) -> bool {
        let peer = peer.and_then(|peer| str::from_utf8(peer).ok()).and_then(|peer| peer.parse::<SocketAddr>().ok());
        peer.is_some_and(|peer| self.proxies.iter().any(|network| network.contains(peer.ip())))
    }

    /// The thumbprint in this value of the header, of which Envoy counts this many; `None` if the client has no certificate.
    pub(crate) fn certificate(
        &self,
        header: Option<(&[u8], usize)>,
        scratch: &mut [u8],
    ) -> Result<Option<Thumbprint>, Error> {
        let Some((value, count)) = header else { return Ok(None) };
        if count > 1 {
            return Err(Error::ForwardedAmbiguous);
        }
        let value = value.trim_ascii();
        let needed = forwarded_scratch_len(value.len());
        let read = match scratch.get_mut(..needed) {
            Some(scratch) => Thumbprint::from_forwarded(self.format, value, scratch),
            // Longer than any token, as few certificates are. The core rejects values that are too long.
            None => Thumbprint::from_forwarded(self.format, value, &mut vec![0; needed]),
        };
        match read {
            Err(Error::ForwardedMissing) => Ok(None),
            other => other.map(Some),
        }
    }
}

/// Addresses with the same first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix_len: u32,
}

impl Network {
    /// Reads an address, alone or with the length of a prefix: `10.0.0.0/8`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is neither an address nor an address and a prefix, such as 10.0.0.0/8");
        let (address, prefix_len) = text.split_once('/').map_or((text, None), |(address, len)| (address, Some(len)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = bits_of(address);
        let prefix_len = match prefix_len {
            Some(len) if len.bytes().all(|byte| byte.is_ascii_digit()) => len.parse().map_err(|_| wrong())?,
            Some(_) => return Err(wrong()),
            None => bits,
        };
        if prefix_len > bits {
            return Err(wrong());
        }
        let network = Self { address, prefix_len };
        if network.bits_behind_prefix(address) != 0 {
            return Err(format!("{text:?} has bits behind its prefix"));
        }
        Ok(network)
    }

    /// Whether the address is one of them. IPv4 addresses may be mapped to IPv6.
    fn contains(self, address: IpAddr) -> bool {
        let address = if self.address.is_ipv4() { address.to_canonical() } else { address };
        address.is_ipv4() == self.address.is_ipv4() && self.prefix_of(address) == self.prefix_of(self.address)
    }

    fn prefix_of(self, address: IpAddr) -> u128 {
        number_of(address).checked_shr(bits_of(address) - self.prefix_len).unwrap_or(0)
    }

    fn bits_behind_prefix(self, address: IpAddr) -> u128 {
        let behind = 128 - (bits_of(address) - self.prefix_len);
        number_of(address).checked_shl(behind).unwrap_or(0)
    }
}

const fn bits_of(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(proxies: &[&str]) -> Forwarded {
        let proxies = proxies.iter().map(|proxy| Network::parse(proxy).unwrap()).collect();
        Forwarded::new(ForwardedFormat::Xfcc, "x-forwarded-client-cert".to_owned(), proxies)
    }

    #[test]
    fn only_the_listed_peers_are_trusted() {
        let trusts = |proxies: &[&str], peer: &str| forwarded(proxies).trusts(Some(peer.as_bytes()));
        for (proxy, peer) in [
            ("10.0.0.0/8", "10.255.0.1:1"),
            ("10.0.0.5", "10.0.0.5:65535"),
            ("10.0.0.5/32", "[::ffff:10.0.0.5]:80"),
            ("0.0.0.0/0", "192.0.2.1:80"),
            ("2001:db8::/32", "[2001:db8:ffff::1]:80"),
            ("::/0", "[2001:db8::1]:80"),
            ("::1", "[::1]:80"),
        ] {
            assert!(trusts(&["192.0.2.77", proxy], peer), "{proxy} {peer}");
        }
        for (proxy, peer) in [
            ("10.0.0.0/8", "11.0.0.0:80"),
            ("10.0.0.5", "10.0.0.4:80"),
            ("10.0.0.4/31", "10.0.0.6:80"),
            ("0.0.0.0/0", "[2001:db8::1]:80"),
            ("::/0", "10.0.0.1:80"),
            ("2001:db8::/32", "[2001:db9::1]:80"),
            ("10.0.0.5", "10.0.0.5"),
            ("10.0.0.5", "@/run/envoy.sock"),
            ("10.0.0.5", ""),
        ] {
            assert!(!trusts(&[proxy], peer), "{proxy} {peer}");
        }
        assert!(!forwarded(&["0.0.0.0/0"]).trusts(None));
        for wrong in ["", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.1/8", "::1/0", "::/129", "unix:"]
        {
            assert!(Network::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn exactly_one_certificate_is_forwarded_or_none() {
        let forwarded = forwarded(&["10.0.0.5"]);
        let certificate = |header: Option<(&[u8], usize)>, scratch: &mut [u8]| {
            let read = forwarded.certificate(header, scratch)?;
            Ok(read.map(|thumbprint| thumbprint.to_string()))
        };
        let read = |value: &str, count, scratch: &mut [u8]| certificate(Some((value.as_bytes(), count)), scratch);
        let thumbprint = Thumbprint::of_der(b"certificate");
        let hex: String = thumbprint.as_sha256().iter().map(|byte| format!("{byte:02x}")).collect();
        let (value, thumbprint) = (format!(" Hash={hex} "), thumbprint.to_string());
        assert_eq!(read(&value, 1, &mut [0; 256]), Ok(Some(thumbprint.clone())));
        assert_eq!(read(&value, 1, &mut []), Ok(Some(thumbprint)), "with other memory");
        assert_eq!(read(&value, 2, &mut [0; 256]), Err(Error::ForwardedAmbiguous));
        assert_eq!(read(&format!("{value},{value}"), 1, &mut [0; 256]), Err(Error::ForwardedAmbiguous));
        assert_eq!(read("By=a", 1, &mut [0; 256]), Err(Error::ForwardedIncomplete));
        assert_eq!(read(" ", 1, &mut [0; 256]), Ok(None));
        assert_eq!(certificate(None, &mut []), Ok(None));
    }
}
