//! Every entry, called as C calls it: by raw pointers into memory of the caller's. Made for Miri, which then watches each
//! read and write: `make miri`.

use std::{
    ffi::{CStr, c_char, c_void},
    mem::MaybeUninit,
    ptr::{null, null_mut},
};

use certbound_ffi::{certbound_status::*, *};

// The quick start's token is good until the year 2100, so that nothing has to be signed here, which is slow under Miri.
const JWKS: &str = include_str!("../../examples/quick_start/jwks.json");
const TOKEN: &str = include_str!("../../examples/quick_start/token.jwt");
const INTROSPECTION: &str = include_str!("../../examples/quick_start/introspection.json");
const CLIENT: &str = include_str!("../../examples/quick_start/client.json");
const SERVER_A: &str = include_str!("../../examples/quick_start/server-a.pem");
const X5T_S256: &str = "EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA";
const NOW: u64 = 1_900_000_000;

#[test]
fn a_verifier_judges_from_other_memory_too() {
    let verifier = verifier_memory(JWKS);
    let copy = verifier.clone();
    drop(verifier);

    let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_scratch_len(token().len())];
    let accepted = verify(&copy, token(), Some(&server_a()), &mut scratch).unwrap();
    // It may be copied, as any structure of C's.
    let accepted = Box::new(*accepted);
    look_into(&accepted);
}

#[test]
fn a_verdict_on_a_certificate_is_that_on_its_thumbprint() {
    let verifier = verifier_memory(JWKS);
    let der = der(SERVER_A);
    let mut scratch = vec![0_u8; CERTBOUND_SCRATCH_LEN];
    let mut accepted = filled::<certbound_accepted>();
    // SAFETY: all pointers are of the memory above.
    let status = unsafe {
        certbound_verify_der(
            verifier.as_ptr().cast(),
            token().as_ptr().cast(),
            token().len(),
            der.as_ptr(),
            der.len(),
            NOW,
            scratch.as_mut_ptr().cast(),
            scratch.len(),
            accepted.as_mut_ptr(),
        )
    };
    assert_eq!(status, CERTBOUND_OK);
    // SAFETY: accepted, and so written.
    look_into(unsafe { accepted.assume_init_ref() });
}

#[test]
fn a_rejection_leaves_the_output_as_it_was() {
    let verifier = verifier_memory(JWKS);
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    let stolen = verify(&verifier, token(), Some(&[0; 32]), &mut scratch);
    assert_eq!(stolen.err(), Some(CERTBOUND_CERTIFICATE_MISMATCH));
    for (token, expected) in [
        ("", CERTBOUND_TOKEN_MISSING),
        ("opaque", CERTBOUND_TOKEN_NOT_COMPACT),
        ("e30.e30.", CERTBOUND_ALGORITHM_MISSING),
    ] {
        assert_eq!(verify(&verifier, token, Some(&server_a()), &mut scratch).err(), Some(expected));
    }
    assert_eq!(verify(&verifier, token(), None, &mut []).err(), Some(CERTBOUND_SCRATCH_TOO_SMALL));
}

#[test]
fn what_is_no_verifier_judges_nothing() {
    let len = verifier_memory(JWKS).len();
    let mut scratch = [MaybeUninit::<u8>::uninit(); 64];
    for byte in [0, 0xff, 0xa5] {
        let memory = vec![u64::from_ne_bytes([byte; 8]); len];
        assert_eq!(verify(&memory, token(), None, &mut scratch).err(), Some(CERTBOUND_NOT_INITIALISED));
    }
    // A failed initialisation leaves none behind, where there was one before.
    let mut memory = verifier_memory(JWKS);
    assert_eq!(init(&mut memory, "[]").err(), Some(CERTBOUND_KEY_SET_NOT_OBJECT));
    assert_eq!(verify(&memory, token(), None, &mut scratch).err(), Some(CERTBOUND_NOT_INITIALISED));

    let accepted = [0_u64; 16];
    let mut json = filled::<certbound_text>();
    // SAFETY: both are of the size and alignment wanted.
    let status = unsafe { certbound_accepted_claims(accepted.as_ptr().cast(), json.as_mut_ptr()) };
    assert_eq!(status, CERTBOUND_NOT_INITIALISED);
    assert!(is_as_filled(&json));
}

#[test]
fn memory_to_be_written_overlaps_nothing() {
    let verifier = verifier_memory(JWKS);
    let mut memory = vec![0x55_u64; 2 * CERTBOUND_SCRATCH_LEN / 8];
    let start: *mut u8 = memory.as_mut_ptr().cast();
    let half = CERTBOUND_SCRATCH_LEN;
    let call = |token: usize, sha256: usize, scratch: usize, accepted: usize| {
        // SAFETY: every offset leaves room in the memory for what stands there.
        unsafe {
            certbound_verify(
                verifier.as_ptr().cast(),
                start.add(token).cast(),
                100,
                start.add(sha256),
                NOW,
                start.add(scratch).cast(),
                half / 2,
                start.add(accepted).cast(),
            )
        }
    };
    assert_eq!(call(half, half + 100, 0, half + 136), CERTBOUND_TOKEN_NOT_COMPACT);
    assert_eq!(call(half / 2 - 1, half + 100, 0, half + 136), CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(call(half, half / 2 - 31, 0, half + 136), CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(call(half, half + 100, 0, half + 128), CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(call(half, half + 100, 0, half / 2 - 8), CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(call(half, half + 100, 0, half + 140), CERTBOUND_MISALIGNED_ARGUMENT);
    // What is only read may be the same memory.
    assert_eq!(call(half, half, 0, half + 136), CERTBOUND_TOKEN_NOT_COMPACT);

    // SAFETY: the scratch memory is inside the verifier, which is what is to be noticed before anything is written.
    let status = unsafe {
        let inside = verifier.as_ptr().cast::<u8>().add(verifier.len() * 8 - 1).cast_mut();
        certbound_verify(
            verifier.as_ptr().cast(),
            start.cast(),
            100,
            null(),
            NOW,
            inside.cast(),
            1,
            start.add(half).cast(),
        )
    };
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
}

#[test]
fn lengths_and_nulls_are_checked_before_anything_is_read() {
    let verifier = verifier_memory(JWKS);
    let verifier = verifier.as_ptr().cast::<certbound_verifier>();
    let mut accepted = filled::<certbound_accepted>();
    let mut scratch = [0_u8; 64];
    let (here, dangling) = (scratch.as_mut_ptr().cast::<c_void>(), std::ptr::dangling::<c_char>());
    let output = accepted.as_mut_ptr();
    // SAFETY: what does not point to as much memory as it says is refused for its length or as null.
    unsafe {
        let no_verifier = certbound_verify(null(), dangling, 0, null(), NOW, here, 64, output);
        assert_eq!(no_verifier, CERTBOUND_NULL_ARGUMENT);
        assert_eq!(certbound_verify(verifier, null(), 1, null(), NOW, here, 64, output), CERTBOUND_NULL_ARGUMENT);
        assert_eq!(certbound_verify(verifier, null(), 0, null(), NOW, here, 64, output), CERTBOUND_TOKEN_MISSING);
        assert_eq!(certbound_verify(verifier, dangling, 0, null(), NOW, here, 64, output), CERTBOUND_TOKEN_MISSING);
        assert_eq!(certbound_verify(verifier, null(), 0, null(), NOW, null_mut(), 64, output), CERTBOUND_NULL_ARGUMENT);
        assert_eq!(certbound_verify(verifier, null(), 0, null(), NOW, null_mut(), 0, output), CERTBOUND_TOKEN_MISSING);
        assert_eq!(certbound_verify(verifier, null(), 0, null(), NOW, here, 64, null_mut()), CERTBOUND_NULL_ARGUMENT);
        for len in [usize::MAX, isize::MAX.unsigned_abs() + 1] {
            let status = certbound_verify(verifier, dangling, len, null(), NOW, here, 64, output);
            assert_eq!(status, CERTBOUND_LENGTH_OUT_OF_RANGE);
            let status = certbound_verify(verifier, null(), 0, null(), NOW, here, len, output);
            assert_eq!(status, CERTBOUND_LENGTH_OUT_OF_RANGE);
        }
        let misaligned = verifier.cast::<u8>().add(1).cast();
        let status = certbound_verify(misaligned, null(), 0, null(), NOW, here, 64, output);
        assert_eq!(status, CERTBOUND_MISALIGNED_ARGUMENT);
    }
    assert!(is_as_filled(&accepted));
}

#[test]
fn a_policy_is_read_within_its_size() {
    let audiences = [text("https://api.example")];
    let good = policy(&audiences);
    let size_of = |policy: &certbound_policy| {
        let mut size = usize::MAX;
        // SAFETY: a policy whose texts stand above.
        (unsafe { certbound_verifier_size(policy, 1, &raw mut size) }, size)
    };
    let (status, size) = size_of(&good);
    assert_eq!((status, size % CERTBOUND_ALIGNMENT), (CERTBOUND_OK, 0));

    // An older header's policy is shorter: no more than `size` is read of it.
    let shorter = Box::new(size_of_val(&good) - 8);
    let mut size = usize::MAX;
    // SAFETY: the first member is all there is, and it says so.
    let status = unsafe { certbound_verifier_size((&raw const *shorter).cast(), 1, &raw mut size) };
    assert_eq!((status, size), (CERTBOUND_POLICY_SIZE_UNKNOWN, usize::MAX));

    let long = "a".repeat(CERTBOUND_POLICY_TEXT_LEN + 1);
    let many = [text("a"); CERTBOUND_POLICY_TEXTS + 1];
    let nowhere = [certbound_text { data: null(), len: 1 }];
    let not_utf8 = certbound_text { data: [0xff_u8].as_ptr().cast(), len: 1 };
    type Change<'texts> = &'texts dyn Fn(&mut certbound_policy);
    let changes: [(certbound_status, Change<'_>); 13] = [
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.binding = 2),
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.token_type = 2),
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.tables = 5),
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.algorithms = 0x400),
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.algorithms = u32::MAX),
        (CERTBOUND_TEXT_NOT_UTF8, &|policy| policy.issuer = not_utf8),
        (CERTBOUND_NULL_ARGUMENT, &|policy| policy.audiences = null()),
        (CERTBOUND_NULL_ARGUMENT, &|policy| policy.audiences = nowhere.as_ptr()),
        (CERTBOUND_MISALIGNED_ARGUMENT, &|policy| {
            policy.audiences = policy.audiences.cast::<u8>().wrapping_add(1).cast()
        }),
        (CERTBOUND_POLICY_TOO_LARGE, &|policy| policy.issuer = text(&long)),
        (CERTBOUND_POLICY_TOO_LARGE, &|policy| policy.issuer.len = usize::MAX),
        (CERTBOUND_POLICY_TOO_LARGE, &|policy| policy.required_scopes_len = usize::MAX),
        (CERTBOUND_POLICY_TOO_LARGE, &|policy| {
            (policy.required_scopes, policy.required_scopes_len) = (many.as_ptr(), many.len());
        }),
    ];
    for (expected, change) in changes {
        let mut policy = good;
        change(&mut policy);
        assert_eq!(size_of(&policy), (expected, usize::MAX));
    }
    let mut size = usize::MAX;
    // SAFETY: the policy is good.
    let status = unsafe { certbound_verifier_size(&raw const good, usize::MAX, &raw mut size) };
    assert_eq!((status, size), (CERTBOUND_LENGTH_OUT_OF_RANGE, usize::MAX));

    // As many and as long texts as there may be.
    let (long, many) = (&long[1..], [text(&long[1..]); CERTBOUND_POLICY_TEXTS]);
    let mut policy = policy(&many);
    (policy.issuer, policy.required_scopes, policy.required_scopes_len) = (text(long), many.as_ptr(), many.len());
    assert_eq!(size_of(&policy).0, CERTBOUND_OK);
}

#[test]
fn a_prepared_verifier_judges_the_same_with_and_without_a_cache() {
    let size_for = |jwks: &str, tables: u32| {
        let mut size = usize::MAX;
        let status = with_usual_policy(|policy| {
            // SAFETY: a policy whose texts are there.
            let policy = certbound_policy { tables, ..unsafe { *policy } };
            // SAFETY: a policy, a text, and an output.
            unsafe { certbound_verifier_size_for(&raw const policy, jwks.as_ptr().cast(), jwks.len(), &raw mut size) }
        });
        (status, size)
    };
    assert_eq!(size_for("{}", CERTBOUND_TABLES_SMALL), (CERTBOUND_KEY_SET_KEYS_MISSING, usize::MAX));
    assert_eq!(size_for(JWKS, 5), (CERTBOUND_VALUE_UNKNOWN, usize::MAX));
    let small = size_for(JWKS, CERTBOUND_TABLES_SMALL).1;
    assert!(size_for(JWKS, CERTBOUND_TABLES_NONE).1 < small && small < size_for(JWKS, CERTBOUND_TABLES_DEFAULT).1);

    let init = |memory: &mut [MaybeUninit<u64>], jwks: &str| {
        let mut verifier = null();
        let status = with_usual_policy(|policy| {
            // SAFETY: a policy whose texts are there.
            let policy = certbound_policy { tables: CERTBOUND_TABLES_SMALL, ..unsafe { *policy } };
            let (start, len) = (memory.as_mut_ptr().cast(), memory.len() * 8);
            // SAFETY: memory, a policy, a text, and an output.
            unsafe {
                let output = &raw mut verifier;
                certbound_verifier_init(start, len, &raw const policy, jwks.as_ptr().cast(), jwks.len(), output)
            }
        });
        (status, verifier)
    };
    let mut memory = vec![MaybeUninit::<u64>::uninit(); small / 8];
    assert_eq!(init(&mut memory[..small / 8 - 1], JWKS).0, CERTBOUND_KEY_SET_FULL);
    let (status, verifier) = init(&mut memory, JWKS);
    assert_eq!(status, CERTBOUND_OK);

    let mut slots = vec![MaybeUninit::<u64>::uninit(); certbound_cache_size(4) / 8];
    let mut cache = null_mut();
    // SAFETY: memory, and an output.
    unsafe {
        let (start, len, output) = (slots.as_mut_ptr().cast::<c_void>(), slots.len() * 8, &raw mut cache);
        assert_eq!(certbound_cache_init(start, 8, output), CERTBOUND_OUTPUT_TOO_SMALL);
        assert_eq!(certbound_cache_init(start.byte_add(4), len - 4, output), CERTBOUND_MISALIGNED_ARGUMENT);
        assert_eq!(certbound_cache_init(null_mut(), len, output), CERTBOUND_NULL_ARGUMENT);
        assert!(cache.is_null());
        assert_eq!(certbound_cache_init(start, len, output), CERTBOUND_OK);
    }
    assert_eq!((certbound_cache_size(0) > 0, certbound_cache_size(usize::MAX)), (true, 0));
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    let mut ask = |verifier, cache, sha256: &[u8; 32]| {
        let mut accepted = filled::<certbound_accepted>();
        // SAFETY: all pointers are of the memory above.
        let status = unsafe {
            let (token, len) = (token().as_ptr().cast(), token().len());
            let scratch = (scratch.as_mut_ptr().cast(), scratch.len());
            let output = accepted.as_mut_ptr();
            certbound_verify_cached(verifier, cache, token, len, sha256.as_ptr(), NOW, scratch.0, scratch.1, output)
        };
        if status != CERTBOUND_OK {
            assert!(is_as_filled(&accepted));
            return Err(status);
        }
        // SAFETY: accepted, and so written.
        Ok(unsafe { accepted.assume_init() })
    };
    let counts = |cache| {
        let mut counts = filled::<certbound_cache_statistics>();
        // SAFETY: a cache, and an output, which is then written.
        let counts = unsafe {
            assert_eq!(certbound_cache_count(cache, counts.as_mut_ptr()), CERTBOUND_OK);
            counts.assume_init()
        };
        (counts.capacity, counts.hits, counts.misses)
    };
    // New, and known: looked into before and after its claims are decoded.
    look_into(&ask(verifier, cache, &server_a()).unwrap());
    let mut known = ask(verifier, cache, &server_a()).unwrap();
    look_into(&known);
    // SAFETY: accepted.
    assert_eq!(unsafe { certbound_accepted_decode(&raw mut *known) }, CERTBOUND_OK);
    look_into(&known);
    assert_eq!(ask(verifier, cache, &[0; 32]).err(), Some(CERTBOUND_CERTIFICATE_MISMATCH));
    assert_eq!(counts(cache), (4, 2, 1));

    // The same policy with other keys: what was known is not any more.
    let other = JWKS.replace("\"kid\"", "\"x-kid\"");
    let mut others = vec![MaybeUninit::<u64>::uninit(); size_for(&other, CERTBOUND_TABLES_SMALL).1 / 8];
    let (status, changed) = init(&mut others, &other);
    assert_eq!(status, CERTBOUND_OK);
    assert_eq!(ask(changed, cache, &server_a()).err(), Some(CERTBOUND_KEY_UNKNOWN));
    assert_eq!(counts(cache), (4, 0, 1));

    // SAFETY: what is no cache is refused by its first bytes; a cache may not lie where the verifier does.
    unsafe {
        let mut counts = filled::<certbound_cache_statistics>();
        let zeroed = [0_u64; 16];
        assert_eq!(certbound_cache_count(zeroed.as_ptr().cast(), counts.as_mut_ptr()), CERTBOUND_NOT_INITIALISED);
        assert_eq!(certbound_cache_count(null(), counts.as_mut_ptr()), CERTBOUND_NULL_ARGUMENT);
        assert!(is_as_filled(&counts));
    }
    let mut zeroed = [0_u64; 16];
    assert_eq!(ask(verifier, zeroed.as_mut_ptr().cast(), &server_a()).err(), Some(CERTBOUND_NOT_INITIALISED));
}

#[test]
fn a_verifier_takes_no_more_memory_than_it_is_given() {
    let len = verifier_memory(JWKS).len() * 8;
    let mut memory = vec![MaybeUninit::<u64>::uninit(); len / 8 + 1];
    let start = memory.as_mut_ptr().cast::<u8>();
    let init = |offset: usize, len: usize| {
        let mut verifier = null();
        // SAFETY: the memory has room for this length behind every offset below.
        let status = with_usual_policy(|policy| unsafe {
            let memory = start.add(offset).cast();
            certbound_verifier_init(memory, len, policy, JWKS.as_ptr().cast(), JWKS.len(), &raw mut verifier)
        });
        assert_eq!(verifier.is_null(), status != CERTBOUND_OK);
        status
    };
    assert_eq!(init(0, len), CERTBOUND_OK);
    assert_eq!(init(8, len), CERTBOUND_OK);
    assert_eq!(init(1, len), CERTBOUND_MISALIGNED_ARGUMENT);
    assert_eq!(init(0, len - 1), CERTBOUND_KEY_SET_FULL);
    for len in [0, 1, 8, size_of::<certbound_verifier>() - 1, size_of::<certbound_verifier>()] {
        assert_eq!(init(0, len), CERTBOUND_OUTPUT_TOO_SMALL);
    }
}

#[test]
fn thumbprints_have_three_forms() {
    let der = der(SERVER_A);
    let mut hashed = [0; CERTBOUND_SHA256_LEN];
    let mut x5t_s256 = [0x55; CERTBOUND_X5T_S256_LEN + 1];
    let mut json = [0x55; CERTBOUND_CONFIRMATION_LEN + 1];
    // SAFETY: each pointer has the bytes that its entry wants.
    unsafe {
        assert_eq!(certbound_thumbprint_from_der(der.as_ptr(), der.len(), hashed.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(certbound_thumbprint_compare(hashed.as_ptr(), server_a().as_ptr()), CERTBOUND_OK);
        assert_eq!(certbound_thumbprint_x5t_s256(hashed.as_ptr(), x5t_s256.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(CStr::from_ptr(x5t_s256.as_ptr()).to_str().unwrap(), X5T_S256);
        assert_eq!(certbound_confirmation_json(hashed.as_ptr(), json.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(CStr::from_ptr(json.as_ptr()).to_str().unwrap(), format!(r#"{{"x5t#S256":"{X5T_S256}"}}"#));

        let hex: String = hashed.iter().map(|byte| format!("{byte:02X}")).collect();
        let mut read = [0; CERTBOUND_SHA256_LEN];
        assert_eq!(certbound_thumbprint_from_hex(hex.as_ptr().cast(), hex.len(), read.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(read, hashed);
        let status = certbound_thumbprint_from_hex(hex.as_ptr().cast(), 63, read.as_mut_ptr());
        assert_eq!(status, CERTBOUND_THUMBPRINT_HEX_MALFORMED);
        let status = certbound_thumbprint_from_der(der.as_ptr(), der.len() - 1, read.as_mut_ptr());
        assert_eq!((status, read), (CERTBOUND_DER_MALFORMED, hashed));

        read[31] ^= 1;
        assert_eq!(certbound_thumbprint_compare(hashed.as_ptr(), read.as_ptr()), CERTBOUND_CERTIFICATE_MISMATCH);
        assert_eq!(certbound_thumbprint_compare(hashed.as_ptr(), null()), CERTBOUND_NULL_ARGUMENT);
        // Both forms of output overlap their input.
        let both = x5t_s256.as_mut_ptr();
        assert_eq!(certbound_thumbprint_x5t_s256(both.cast(), both), CERTBOUND_OVERLAPPING_ARGUMENTS);
    }
}

#[test]
fn an_introspection_response_is_judged() {
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_introspection_scratch_len(INTROSPECTION.len())];
    let mut accepted = filled::<certbound_accepted>();
    let mut judge = |binding, certificate: *const u8, accepted: *mut certbound_accepted| {
        let (response, len) = (INTROSPECTION.as_ptr().cast(), INTROSPECTION.len());
        // SAFETY: the pointers are of the memory above, or a certificate's 32 bytes.
        unsafe {
            let scratch = (scratch.as_mut_ptr().cast(), scratch.len());
            certbound_introspection_verify(response, len, binding, certificate, scratch.0, scratch.1, accepted)
        }
    };
    let required = CERTBOUND_BINDING_REQUIRED;
    assert_eq!(judge(required, [0; 32].as_ptr(), accepted.as_mut_ptr()), CERTBOUND_CERTIFICATE_MISMATCH);
    assert_eq!(judge(CERTBOUND_BINDING_IF_PRESENT, null(), accepted.as_mut_ptr()), CERTBOUND_CERTIFICATE_MISSING);
    assert_eq!(judge(2, server_a().as_ptr(), accepted.as_mut_ptr()), CERTBOUND_VALUE_UNKNOWN);
    assert!(is_as_filled(&accepted));
    assert_eq!(judge(required, server_a().as_ptr(), accepted.as_mut_ptr()), CERTBOUND_OK);
    // SAFETY: accepted, and so written.
    let accepted = unsafe { accepted.assume_init_ref() };
    assert_eq!(claim(accepted, "client_id"), Ok((CERTBOUND_CLAIM_STRING, "server-a".to_owned())));
    assert_eq!(claim(accepted, "active"), Ok((CERTBOUND_CLAIM_BOOLEAN, "true".to_owned())));
    let mut expires_at = 0;
    // SAFETY: accepted, and an output.
    let status = unsafe { certbound_accepted_expires_at(accepted, &raw mut expires_at) };
    assert_eq!(status, CERTBOUND_CLAIM_MISSING);
}

#[test]
fn a_client_is_authenticated() {
    let der = der(SERVER_A);
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_client_metadata_scratch_len(CLIENT.len())];
    let mut client_id = filled::<certbound_text>();
    let mut authenticate = |chain, output: *mut certbound_text| {
        // SAFETY: the pointers are of the memory above.
        unsafe {
            let (metadata, scratch_start) = (CLIENT.as_ptr().cast(), scratch.as_mut_ptr().cast());
            let der = (der.as_ptr(), der.len());
            certbound_client_authenticate(
                metadata,
                CLIENT.len(),
                der.0,
                der.1,
                chain,
                scratch_start,
                scratch.len(),
                output,
            )
        }
    };
    assert_eq!(authenticate(CERTBOUND_CHAIN_UNVALIDATED, client_id.as_mut_ptr()), CERTBOUND_CHAIN_NOT_VALIDATED);
    assert_eq!(authenticate(2, client_id.as_mut_ptr()), CERTBOUND_VALUE_UNKNOWN);
    assert!(is_as_filled(&client_id));
    assert_eq!(authenticate(CERTBOUND_CHAIN_VALIDATED, client_id.as_mut_ptr()), CERTBOUND_OK);
    // SAFETY: authenticated, and so written.
    assert_eq!(read(*unsafe { client_id.assume_init() }), "server-a");
}

#[test]
fn a_key_set_is_counted() {
    unsafe extern "C" fn passed_over(context: *mut c_void, index: usize, kid: certbound_text, reason: u32) {
        // SAFETY: the context passed below.
        unsafe { &mut *context.cast::<Vec<_>>() }.push((index, read(kid), reason));
    }
    let mut seen = Vec::<(usize, String, u32)>::new();
    let mut usable = usize::MAX;
    // SAFETY: the context is what the callback takes it for.
    unsafe {
        let (jwks, len, context) = (JWKS.as_ptr().cast(), JWKS.len(), (&raw mut seen).cast());
        assert_eq!(certbound_jwks_count(jwks, len, Some(passed_over), context, &raw mut usable), CERTBOUND_OK);
        assert_eq!(usable, 1);
        assert_eq!(certbound_jwks_count(jwks, len, None, null_mut(), &raw mut usable), CERTBOUND_OK);
        let (jwks, mut usable) = (r#"{"keys":[1]}"#, usize::MAX);
        let status =
            certbound_jwks_count(jwks.as_ptr().cast(), jwks.len(), Some(passed_over), context, &raw mut usable);
        assert_eq!((status, usable), (CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY, usize::MAX));
    }
    let unsupported = (1, "legacy".to_owned(), CERTBOUND_KEY_TYPE_UNSUPPORTED as u32);
    assert_eq!(seen, [unsupported, (0, String::new(), CERTBOUND_KEY_NOT_OBJECT as u32)]);
}

#[test]
fn algorithms_have_names() {
    let bit = |name: &str| {
        let mut bit = 0;
        // SAFETY: a text and an output.
        (unsafe { certbound_algorithm_from_name(name.as_ptr().cast(), name.len(), &raw mut bit) }, bit)
    };
    assert_eq!(bit("ES256"), (CERTBOUND_OK, CERTBOUND_ALGORITHM_ES256));
    assert_eq!(bit("PS512"), (CERTBOUND_OK, CERTBOUND_ALGORITHM_PS512));
    for unsupported in ["", "none", "HS256", "es256"] {
        assert_eq!(bit(unsupported), (CERTBOUND_ALGORITHM_UNSUPPORTED, 0));
    }
}

#[test]
fn the_library_says_which_it_is() {
    assert_eq!(certbound_abi(), CERTBOUND_ABI);
    assert_eq!(constant(certbound_version()), env!("CARGO_PKG_VERSION"));
    assert_eq!(constant(certbound_status_name(605)), "certificate_mismatch");
    for words in [certbound_status_found, certbound_status_wanted, certbound_status_remedy] {
        for status in [0, 1, 605, u32::MAX] {
            assert!(!constant(words(status)).is_empty());
        }
    }
    assert_eq!(constant(certbound_status_bearer_error(605)), "invalid_token");
    assert!(certbound_status_bearer_error(100).is_null());
    assert_eq!([0, 1, 100, 605].map(|status| certbound_status_http_status(status)), [200, 500, 401, 401]);
}

/// What an accepted quick start's token tells.
fn look_into(accepted: &certbound_accepted) {
    assert_eq!(claim(accepted, "sub"), Ok((CERTBOUND_CLAIM_STRING, "server-a".to_owned())));
    assert_eq!(claim(accepted, "exp"), Ok((CERTBOUND_CLAIM_NUMBER, "4102444800".to_owned())));
    assert_eq!(claim(accepted, "cnf").unwrap().0, CERTBOUND_CLAIM_OBJECT);
    assert_eq!(claim(accepted, "absent"), Err(CERTBOUND_CLAIM_MISSING));
    let mut json = filled::<certbound_text>();
    let (mut has, mut has_not, mut expires_at, mut bound) = (false, true, 0, [0; 32]);
    // SAFETY: accepted, texts, and outputs of the right size.
    unsafe {
        assert_eq!(certbound_accepted_claims(accepted, json.as_mut_ptr()), CERTBOUND_OK);
        assert!(read(*json.assume_init()).starts_with(r#"{"iss":"https://as.example""#));
        let scope = "accounts:read";
        let start = scope.as_ptr().cast();
        assert_eq!(certbound_accepted_has_scope(accepted, start, scope.len(), &raw mut has), CERTBOUND_OK);
        assert_eq!(certbound_accepted_has_scope(accepted, start, scope.len() - 1, &raw mut has_not), CERTBOUND_OK);
        assert!(has && !has_not);
        assert_eq!(certbound_accepted_expires_at(accepted, &raw mut expires_at), CERTBOUND_OK);
        assert_eq!(expires_at, 4_102_444_800);
        assert_eq!(certbound_accepted_thumbprint(accepted, bound.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(bound, server_a());
    }
}

fn claim(accepted: &certbound_accepted, name: &str) -> Result<(u32, String), certbound_status> {
    let mut claim = filled::<certbound_claim>();
    // SAFETY: accepted, a text, and an output.
    let status = unsafe { certbound_accepted_claim(accepted, name.as_ptr().cast(), name.len(), claim.as_mut_ptr()) };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&claim));
        return Err(status);
    }
    // SAFETY: written.
    let claim = unsafe { claim.assume_init() };
    Ok((claim.kind, read(claim.text)))
}

fn verify(
    verifier: &[u64],
    token: &str,
    certificate: Option<&[u8; 32]>,
    scratch: &mut [MaybeUninit<u8>],
) -> Result<Box<certbound_accepted>, certbound_status> {
    let mut accepted = filled::<certbound_accepted>();
    // SAFETY: all pointers are of the memory above. What is accepted is looked at while the scratch memory is there.
    let status = unsafe {
        certbound_verify(
            verifier.as_ptr().cast(),
            token.as_ptr().cast(),
            token.len(),
            certificate.map_or(null(), |sha256| sha256.as_ptr()),
            NOW,
            scratch.as_mut_ptr().cast(),
            scratch.len(),
            accepted.as_mut_ptr(),
        )
    };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&accepted));
        return Err(status);
    }
    // SAFETY: accepted, and so written.
    Ok(unsafe { accepted.assume_init() })
}

/// A verifier for the quick start's token, with room for one key.
fn verifier_memory(jwks: &str) -> Vec<u64> {
    let mut size = 0;
    // SAFETY: a policy whose texts are there, and an output.
    let status = with_usual_policy(|policy| unsafe { certbound_verifier_size(policy, 1, &raw mut size) });
    assert_eq!(status, CERTBOUND_OK);
    let mut memory = vec![0x5555_5555_5555_5555; size.div_ceil(8)];
    init(&mut memory, jwks).unwrap();
    memory
}

fn init(memory: &mut [u64], jwks: &str) -> Result<(), certbound_status> {
    let mut verifier = null();
    let (start, len) = (memory.as_mut_ptr(), size_of_val(memory));
    // SAFETY: the memory's own start and length, and a policy whose texts are there.
    let status = with_usual_policy(|policy| unsafe {
        certbound_verifier_init(start.cast(), len, policy, jwks.as_ptr().cast(), jwks.len(), &raw mut verifier)
    });
    if status != CERTBOUND_OK {
        assert!(verifier.is_null());
        return Err(status);
    }
    assert_eq!(verifier.cast::<u64>(), start.cast_const());
    Ok(())
}

/// Its memory is gone afterwards, so that what a verifier needs of it must have been copied.
fn with_usual_policy<T>(then: impl FnOnce(*const certbound_policy) -> T) -> T {
    let texts = ["https://as.example", "https://api.example", "accounts:read"].map(str::to_owned);
    let (audiences, scopes) = (vec![text(&texts[1])], vec![text(&texts[2])]);
    let mut policy = Box::new(policy(&audiences));
    policy.issuer = text(&texts[0]);
    (policy.required_scopes, policy.required_scopes_len) = (scopes.as_ptr(), scopes.len());
    then(&raw const *policy)
}

fn policy(audiences: &[certbound_text]) -> certbound_policy {
    certbound_policy {
        size: size_of::<certbound_policy>(),
        issuer: text("https://as.example"),
        audiences: audiences.as_ptr(),
        audiences_len: audiences.len(),
        required_scopes: null(),
        required_scopes_len: 0,
        leeway_seconds: 0,
        algorithms: 0,
        binding: CERTBOUND_BINDING_REQUIRED,
        token_type: CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN,
        tables: CERTBOUND_TABLES_NONE,
    }
}

fn text(text: &str) -> certbound_text {
    certbound_text { data: text.as_ptr().cast(), len: text.len() }
}

fn read(text: certbound_text) -> String {
    // SAFETY: an entry wrote it, and what it refers to is still there.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast(), text.len) };
    str::from_utf8(bytes).unwrap().to_owned()
}

fn constant(text: *const c_char) -> &'static str {
    // SAFETY: a constant of the library's.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

fn token() -> &'static str {
    TOKEN.trim_end()
}

/// The thumbprint that the quick start's token is bound to.
fn server_a() -> [u8; 32] {
    let mut sha256 = [0; 32];
    // SAFETY: a text, and 32 bytes.
    let status =
        unsafe { certbound_thumbprint_from_x5t_s256(X5T_S256.as_ptr().cast(), X5T_S256.len(), sha256.as_mut_ptr()) };
    assert_eq!(status, CERTBOUND_OK);
    sha256
}

fn der(pem: &str) -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    Base64::decode_vec(&lines).unwrap()
}

/// Memory for an output, filled so that a write is seen; in its place, since a move would lose what is padding.
fn filled<T>() -> Box<MaybeUninit<T>> {
    let mut memory = Box::<T>::new_uninit();
    // SAFETY: as many bytes as a `T` has.
    unsafe { memory.as_mut_ptr().cast::<u8>().write_bytes(FILLING, size_of::<T>()) };
    memory
}

fn is_as_filled<T>(memory: &MaybeUninit<T>) -> bool {
    // SAFETY: every byte was filled, and nothing was written since, or what was has no padding.
    let bytes = unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<u8>(), size_of::<T>()) };
    bytes.iter().all(|byte| *byte == FILLING)
}

const FILLING: u8 = 0x55;
