//! CCTV's Ed25519 vectors (https://github.com/C2SP/CCTV), from a checkout, and generated ones like them: keys and R of small
//! order, with components of small order, and in second encodings.
//!
//! RFC 8032 lets verifiers disagree about these. Ours is strict: both points must be canonically encoded, neither may have a
//! small order, and S·B = R + k·A must hold without a cofactor.

use std::fs;

use certbound::{Geometry, internals::signature::ed25519::Ed25519Key};
use curve25519_dalek::{
    EdwardsPoint, Scalar,
    constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
    edwards::CompressedEdwardsY,
};
use serde_json::Value;
use sha2::{Digest, Sha512};

use crate::checkout;

#[test]
fn cctv() {
    let Some(folder) = checkout("CERTBOUND_EXTERNAL_CCTV") else { return };
    let text = fs::read(folder.join("ed25519/ed25519vectors.json")).unwrap();
    let vectors: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let mut accepted = 0;
    for vector in &vectors {
        let flags: Vec<_> =
            vector["flags"].as_array().into_iter().flatten().map(|flag| flag.as_str().unwrap()).collect();
        let expected = flags.iter().all(|flag| match *flag {
            "low_order_component_A" | "low_order_component_R" => true,
            "low_order_A" | "low_order_R" | "non_canonical_A" | "non_canonical_R" | "low_order_residue"
            | "reencoded_k" => false,
            other => panic!("unknown flag: {other}"),
        });
        let key = octets(&vector["key"]).try_into().unwrap();
        let verdict = is_accepted(&key, vector["msg"].as_str().unwrap().as_bytes(), &octets(&vector["sig"]));
        assert_eq!(verdict, expected, "{vector}");
        accepted += usize::from(verdict);
    }
    assert!(accepted > 0 && accepted < vectors.len(), "{accepted} of {}", vectors.len());
    println!("CCTV Ed25519: {accepted} accepted, {} rejected, no differences", vectors.len() - accepted);
}

#[test]
fn edge_cases_like_those_of_cctv() {
    let (mut accepted, mut rejected) = (0, 0);
    for key in Point::all() {
        for r in Point::all() {
            // Eight messages, because a residue of small order vanishes for about one hash in eight.
            for message in 0_u8..8 {
                let hash = Sha512::new().chain_update(r.encoded).chain_update(key.encoded).chain_update([message]);
                let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
                let s = r.scalar + k * key.scalar;
                let holds = s * ED25519_BASEPOINT_POINT == r.point() + k * key.point();
                let expected = key.is_usable() && r.is_usable() && holds;
                let signature = [r.encoded, s.to_bytes()].concat();
                assert_eq!(
                    is_accepted(&key.encoded, &[message], &signature),
                    expected,
                    "{key:02x?} {r:02x?} {message}"
                );
                if expected { accepted += 1 } else { rejected += 1 }
            }
        }
    }
    // 8 keys and 8 R of large order, of which all residues vanish with the neutral point and some with the others.
    assert!(accepted > 64 && rejected > 22 * 22 * 8 - 8 * 8 * 8, "{accepted} {rejected}");
}

/// A point in one of its encodings: `scalar` times the base point, perhaps plus a point of small order.
#[derive(Debug)]
struct Point {
    encoded: [u8; 32],
    scalar: Scalar,
}

impl Point {
    /// The eight points of small order, their six second encodings, and a point of large order with each of the eight.
    fn all() -> Vec<Self> {
        let scalar = Scalar::from(0x5eed_u64);
        let small = EIGHT_TORSION.map(|point| Self { encoded: point.compress().0, scalar: Scalar::ZERO });
        let large = EIGHT_TORSION
            .map(|point| Self { encoded: (scalar * ED25519_BASEPOINT_POINT + point).compress().0, scalar });
        let second = SECOND_ENCODINGS.map(|(lowest, middle, highest)| {
            let mut encoded = [middle; 32];
            (encoded[0], encoded[31]) = (lowest, highest);
            Self { encoded, scalar: Scalar::ZERO }
        });
        small.into_iter().chain(second).chain(large).collect()
    }

    fn point(&self) -> EdwardsPoint {
        CompressedEdwardsY(self.encoded).decompress().unwrap()
    }

    /// Whether it has a large order and is in its canonical encoding.
    fn is_usable(&self) -> bool {
        !self.point().is_small_order() && self.point().compress().0 == self.encoded
    }
}

/// The identity and the point of order two, with the sign bit set although x is 0, and y = 0 and y = 1 as p and p + 1. Each is
/// given by its first octet, the octets in between, and its last octet.
const SECOND_ENCODINGS: [(u8, u8, u8); 6] = [
    (0x01, 0x00, 0x80),
    (0xec, 0xff, 0xff),
    (0xed, 0xff, 0x7f),
    (0xed, 0xff, 0xff),
    (0xee, 0xff, 0x7f),
    (0xee, 0xff, 0xff),
];

/// The verdict, after checking that plain and prepared key agree.
fn is_accepted(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = Ed25519Key::from_bytes(key) else { return false };
    let mut table = vec![0; Ed25519Key::table_len(Geometry::Small)];
    key.prepare(Geometry::Small, &mut table).unwrap();
    let verdict = key.verify(message, signature);
    assert_eq!(key.verify_prepared(Geometry::Small, &table, message, signature), verdict);
    verdict.is_ok()
}

fn octets(hexadecimal: &Value) -> Vec<u8> {
    let digits = hexadecimal.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
