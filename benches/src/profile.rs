//! Where the time of a first-seen token goes: its parts, each measured alone, beside the whole.

use std::hint::black_box;

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{
    Geometry, KeySet, PreparedKeys, Verifier,
    internals::{
        Header, base64url, json,
        signature::{Hash, Message},
    },
};
use p256::NistP256;

use crate::{
    harness::Contest,
    prepared_ecdsa::{PreparedEcdsa, plain_ecdsa},
    tokens::{Issuer, Tokens, policy, verify},
};

/// The parts, in the order of the contest, and what limits each.
const PARTS: [(&str, &str); 5] = [
    ("base64url of all three parts", "two loads from tables and one operation for two characters"),
    ("the header as JSON", "a test for each eight bytes of a string, and a few branches for each token of JSON"),
    ("the claims as JSON", "the same, and the search for duplicate names"),
    ("SHA-256 of the signed text", "the processor's instructions for it, one block of 64 bytes after the other"),
    ("the signature, without its hash value", "products in the curve's field, see ES256 above"),
];

/// A token, taken apart.
struct Parts {
    encoded: [String; 3],
    header: Vec<u8>,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

impl Parts {
    fn of(token: &str) -> Self {
        let encoded: Vec<_> = token.split('.').map(str::to_owned).collect();
        let decode = |index: usize| Base64UrlUnpadded::decode_vec(&encoded[index]).unwrap();
        let (header, claims, signature) = (decode(0), decode(1), decode(2));
        Self { encoded: encoded.try_into().unwrap(), header, claims, signature }
    }
}

/// Measures an ES256 token and its parts, and prints the share of each.
pub fn first_seen(rounds: usize) {
    let issuer = Issuer::es256();
    let tokens = Tokens::of(&issuer);
    let keys = KeySet::<8>::from_jwks(issuer.jwks().as_bytes()).unwrap();
    let mut tables = vec![0; PreparedKeys::tables_len(&keys, Geometry::Large)];
    let prepared = PreparedKeys::prepare(&keys, Geometry::Large, &mut tables).unwrap();

    let parts: Vec<_> = tokens.iter().map(Parts::of).collect();
    let signed: Vec<_> = tokens.iter().map(|token| token.rsplit_once('.').unwrap().0.as_bytes()).collect();
    let messages: Vec<_> = signed.iter().map(|signed| Message::hashed(signed, Hash::Sha256)).collect();
    let signatures: Vec<_> = messages.iter().zip(&parts).map(|(message, parts)| (message, &parts.signature)).collect();
    let mut memory = vec![0; tokens.len()];
    let key = PreparedEcdsa::of(&plain_ecdsa::<NistP256>(issuer.point()), Geometry::Large);
    let verify_signature = |(message, signature): &(&Message<'_>, &Vec<u8>)| key.verify(message, signature);
    let decode = |parts: &Parts| {
        for encoded in &parts.encoded {
            black_box(base64url::decode(encoded.as_bytes(), &mut memory).unwrap());
        }
    };
    let [base64url, header, claims, sha256, signature] = PARTS.map(|(name, _)| name);
    let outcome = Contest::new("ES256 token, first seen, and its parts")
        .ours("the whole token", tokens.each(verify(Verifier::prepared(policy(), prepared))))
        .ours(base64url, each(&parts, decode))
        .ours(header, each(&parts, |parts| assert!(Header::read(&parts.header).is_ok())))
        .ours(claims, each(&parts, |parts| assert!(json::read(&parts.claims).is_ok())))
        .ours(sha256, each(&signed, |signed| drop(black_box(Message::hashed(signed, Hash::Sha256)))))
        .ours(signature, each(&signatures, verify_signature))
        .run(rounds);
    println!("\n| part | share | limited by |\n|---|---:|---|");
    for ((name, limit), time) in PARTS.iter().zip(&outcome.medians[1..]) {
        println!("| {name} | {:.1} % | {limit} |", 100.0 * time / outcome.medians[0]);
    }
}

/// Works on one of the items per call, for the same reason as [`Tokens::each`].
fn each<'a, Item>(items: &'a [Item], mut work: impl FnMut(&Item) + 'a) -> impl FnMut() + 'a {
    let mut next = 0;
    move || {
        work(black_box(&items[next]));
        next = (next + 1) % items.len();
    }
}
