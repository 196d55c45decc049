//! The parameters of P-256 (SP 800-186 §3.2.1.3).

use crate::signature::{division::Modulus, integer::Integer};

/// p.
pub(super) const PRIME: Modulus<[i64; 5]> =
    Modulus::new(256, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");

/// n.
pub(super) const GROUP_ORDER: Modulus<[i64; 5]> =
    Modulus::new(256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/// x and y of G.
pub(super) const BASE_POINT: [Integer<[i64; 5]>; 2] = [
    Integer::from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
    Integer::from_hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
];
