//! An accepted response is active and bound to the client's certificate, as read by serde_json.
#![no_main]

use certbound::{Binding, Introspection, introspection_scratch_len};
use certbound_fuzz::{client, is_bound_to_client, oracle};

libfuzzer_sys::fuzz_target!(|response: &[u8]| {
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    for binding in [Binding::Required, Binding::IfPresent] {
        let Ok(token) = Introspection::verify(response, binding, Some(&client()), &mut scratch) else { continue };
        assert_eq!(token.confirmation().is_some(), binding == Binding::Required || token.claim("cnf").is_some());
        let Some(claims) = oracle(response) else { return };
        assert_eq!(claims["active"], true);
        assert_eq!(is_bound_to_client(&claims), token.confirmation().is_some());
        assert_eq!(token.confirmation().is_none(), claims.get("cnf").is_none());
    }
});
