//! The readers that run before and after the signature is verified.

use std::hint::black_box;

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::internals::{base64url, json};

use crate::{
    harness::{Contest, Outcome},
    tokens,
};

pub fn base64url(rounds: usize) -> Outcome {
    let text = Base64UrlUnpadded::encode_string(&[0xa5; 800]);
    let (mut ours, mut theirs) = ([0; 800], [0; 800]);
    Contest::new("base64url, 1,067 characters")
        .ours("certbound", || base64url::decode(black_box(text.as_bytes()), &mut ours).unwrap().len())
        .rival("base64ct", || Base64UrlUnpadded::decode(black_box(&text), &mut theirs).unwrap().len())
        .run(rounds)
}

pub fn json(rounds: usize) -> Outcome {
    let claims = tokens::claims(0, 0);
    let name = format!("JSON, the claims of a token, {} bytes", claims.len());
    Contest::new(name)
        .ours("certbound, checked whole", || json::read(black_box(claims.as_bytes())).is_ok())
        .rival("serde_json, to a Value", || serde_json::from_str::<serde_json::Value>(black_box(&claims)).unwrap())
        .rival("serde_json, ignored", || serde_json::from_str::<serde::de::IgnoredAny>(black_box(&claims)).unwrap())
        .run(rounds)
}
