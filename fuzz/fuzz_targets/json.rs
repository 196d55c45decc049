//! serde_json and our reader read the same values, into any type, except where our reader is stricter by design.
#![no_main]

#[path = "../../tests/support/typed/mod.rs"]
mod typed;

use std::collections::BTreeMap;

use certbound::internals::json::read;
use certbound_fuzz::{STRICTER, is_same, oracle};

libfuzzer_sys::fuzz_target!(|json: &[u8]| match read(json) {
    Ok(ours) => {
        assert!(oracle(json).is_none_or(|theirs| is_same(ours, &theirs)));
        let text = str::from_utf8(json).unwrap();
        typed::agree_on(text, &mut BTreeMap::new());
        typed::hostile::read(text, json.to_vec());
    }
    Err(error) => {
        let theirs = serde_json::from_slice::<serde_json::Value>(json);
        assert!(theirs.is_err() || STRICTER.contains(&error), "{error}");
    }
});
