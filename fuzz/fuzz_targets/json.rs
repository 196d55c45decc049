//! serde_json and the strict reader read the same values, and differ where the design is stricter only.
#![no_main]

use certbound::internals::json::{read, resolve_escapes};
use certbound_fuzz::{STRICTER, is_same, oracle};

libfuzzer_sys::fuzz_target!(|json: &[u8]| match read(json) {
    Ok(ours) => {
        let Some(theirs) = oracle(json) else { return };
        assert!(is_same(ours, &theirs));
        // Without its escapes the text means the same.
        let mut resolved = json.to_vec();
        let length = resolve_escapes(&mut resolved);
        assert!(is_same(read(&resolved[..length]).unwrap(), &theirs));
    }
    Err(error) => {
        let theirs = serde_json::from_slice::<serde_json::Value>(json);
        assert!(theirs.is_err() || STRICTER.contains(&error), "{error}");
    }
});
