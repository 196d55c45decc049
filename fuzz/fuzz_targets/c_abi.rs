//! The C ABI has the verdict of the Rust API, and writes only the outputs of an accepted token.
//!
//! The input consists of lines: numbers, issuer, audience, scope, JWKS, header, claims; the rest is a certificate. The numbers
//! are bytes, each 0 by default: see `Numbers`. If the JWKS is empty, it is the issuer's. If there is a header, the issuer
//! signs header and claims; otherwise the line of the claims is the token.
#![no_main]

use std::ptr::null;

use certbound::{Certificate, Claim, Error, KeySet, Policy, Thumbprint, Verifier};
use certbound_ffi::{certbound_status::*, *};
use certbound_fuzz::{NOW, jwks, sign};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(8, |byte| *byte == b'\n');
    let numbers = Numbers(lines.next().unwrap_or_default());
    let [issuer, audience, scope, keys, header, claims, certificate] =
        std::array::from_fn(|_| lines.next().unwrap_or_default());
    let keys = if keys.is_empty() { jwks().into_bytes() } else { keys.to_vec() };
    let token = if header.is_empty() { claims.to_vec() } else { sign(header, claims).into_bytes() };

    let [issuer_text, audience_text, scope_text] = [issuer, audience, scope].map(text);
    let policy = certbound_policy {
        size: size_of::<certbound_policy>(),
        issuer: issuer_text,
        audiences: &raw const audience_text,
        audiences_len: usize::from(!audience.is_empty()),
        required_scopes: &raw const scope_text,
        required_scopes_len: usize::from(!scope.is_empty()),
        leeway_seconds: numbers.leeway_seconds(),
        algorithms: 0,
        binding: CERTBOUND_BINDING_REQUIRED,
        token_type: CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN,
        // Preparing would take most of the time, and the target `prepared` covers it.
        tables: CERTBOUND_TABLES_NONE,
    };
    let texts = [issuer, audience, scope].map(|text| match str::from_utf8(text) {
        _ if text.len() > CERTBOUND_POLICY_TEXT_LEN => Err(CERTBOUND_POLICY_TOO_LARGE),
        Ok(text) => Ok(text),
        Err(_) => Err(CERTBOUND_TEXT_NOT_UTF8),
    });
    let too_long = (policy.leeway_seconds > certbound::limits::LEEWAY_SECONDS_MAX).then_some(CERTBOUND_LEEWAY_TOO_LONG);
    let misuse = too_long.or(texts.iter().find_map(|text| text.err()));

    let mut size = usize::MAX;
    let status = unsafe { certbound_verifier_size(&raw const policy, KEYS, &raw mut size) };
    assert_eq!(status, misuse.unwrap_or(CERTBOUND_OK));
    if status != CERTBOUND_OK {
        assert_eq!(size, usize::MAX);
        return;
    }
    let [issuer, audience, scope] = texts.map(|text| text.unwrap_or_default());

    // A verifier in memory of exactly its size, at this offset from an aligned address.
    let mut memory = Guarded::new(numbers.memory_offset(), size);
    let mut verifier = null();
    let status = unsafe {
        certbound_verifier_init(
            memory.start(),
            size,
            &raw const policy,
            keys.as_ptr().cast(),
            keys.len(),
            &raw mut verifier,
        )
    };
    memory.check_outside();
    if !numbers.memory_offset().is_multiple_of(CERTBOUND_ALIGNMENT) {
        assert_eq!(status, CERTBOUND_MISALIGNED_ARGUMENT);
        assert!(verifier.is_null() && memory.is_untouched());
        return;
    }
    let rust_keys = KeySet::<KEYS>::from_jwks(&keys);
    assert_eq!(status, of(rust_keys.as_ref().map(|_| ())));
    let Ok(rust_keys) = rust_keys else {
        assert!(verifier.is_null());
        return;
    };

    // A verdict, with scratch memory of any length.
    let mut scratch = Guarded::new(numbers.scratch_offset(), numbers.scratch_len(token.len()));
    let mut accepted = Guarded::new(0, size_of::<certbound_accepted>());
    let judge = |verifier, scratch: *mut core::ffi::c_void, scratch_len, accepted: *mut core::ffi::c_void| unsafe {
        let (token, certificate) = ((token.as_ptr().cast(), token.len()), (certificate.as_ptr(), certificate.len()));
        let now = NOW.seconds();
        certbound_verify_der(
            verifier,
            token.0,
            token.1,
            certificate.0,
            certificate.1,
            now,
            scratch,
            scratch_len,
            accepted.cast(),
        )
    };
    let status = judge(verifier, scratch.start(), scratch.len, accepted.start());
    scratch.check_outside();
    accepted.check_outside();
    assert_eq!(accepted.is_untouched(), status != CERTBOUND_OK);

    let (audiences, scopes) = ([audience], [scope]);
    let rust_policy = Policy::new(issuer, if audience.is_empty() { &[] } else { &audiences })
        .required_scopes(if scope.is_empty() { &[] } else { &scopes })
        .leeway_seconds(numbers.leeway_seconds());
    let thumbprint = if certificate.is_empty() { Ok(None) } else { thumbprint_of(certificate).map(Some) };
    let mut rust_scratch = vec![0; scratch.len];
    let verdict = thumbprint.and_then(|certificate| {
        let verifier = Verifier::new(rust_policy, &rust_keys);
        verifier.verify(&token, certificate.as_ref(), NOW, &mut rust_scratch)
    });
    assert_eq!(status, of(verdict.as_ref().map(|_| ())));
    if let Ok(token) = verdict {
        let mut claims = certbound_text { data: null(), len: 0 };
        assert_eq!(unsafe { certbound_accepted_claims(accepted.start().cast(), &raw mut claims) }, CERTBOUND_OK);
        let claims = unsafe { std::slice::from_raw_parts(claims.data.cast::<u8>(), claims.len) };
        assert_eq!(claims, token.as_json().as_bytes());

        let path = [text(b"cnf"), text(b"x5t#S256")];
        let mut claim = certbound_claim { kind: 0, text: text(b"") };
        let start = accepted.start().cast();
        let status = unsafe { certbound_accepted_claim_at(start, path.as_ptr(), path.len(), &raw mut claim) };
        assert_eq!(status, CERTBOUND_OK);
        let thumbprint = token.claim_at(&["cnf", "x5t#S256"]);
        assert_eq!(thumbprint, Some(claim_of(claim)));

        let (name, mut elements) = ([text(b"aud")], Vec::<Claim<'_>>::new());
        let context = (&raw mut elements).cast();
        let start = accepted.start().cast();
        let status = unsafe { certbound_accepted_elements_at(start, name.as_ptr(), 1, Some(push), context) };
        let expected = token.elements_at(&["aud"]);
        assert_eq!(status, if expected.is_some() { CERTBOUND_OK } else { CERTBOUND_CLAIM_MISSING });
        assert!(elements.into_iter().eq(expected.into_iter().flatten()));
    }

    // Scratch memory anywhere inside the verifier, up to its last key, is rejected before anything is written there.
    let mut used = usize::MAX;
    let status = unsafe { certbound_verifier_size(&raw const policy, rust_keys.len(), &raw mut used) };
    assert!(status == CERTBOUND_OK && used <= size);
    let (before, inside) = (memory.bytes().to_vec(), numbers.place() % used);
    let start = memory.start().wrapping_byte_add(inside);
    let status = judge(verifier, start, size - inside, accepted.start());
    // A malformed certificate is rejected first, because reading it needs no scratch memory.
    assert!(status == CERTBOUND_OVERLAPPING_ARGUMENTS || thumbprint.is_err_and(|error| status == error.into()));
    assert_eq!(memory.bytes(), before);
});

/// The meaning of the bytes in the first line.
struct Numbers<'input>(&'input [u8]);

impl Numbers<'_> {
    fn number(&self, index: usize) -> usize {
        self.0.get(index).copied().map_or(0, usize::from)
    }

    fn memory_offset(&self) -> usize {
        self.number(0) % 16
    }

    fn scratch_offset(&self) -> usize {
        self.number(1) % 16
    }

    /// The length that the token needs, or any smaller one.
    fn scratch_len(&self, token_len: usize) -> usize {
        let needed = certbound_scratch_len(token_len);
        needed.saturating_sub(self.number(2) * 16 + self.number(3))
    }

    fn leeway_seconds(&self) -> u64 {
        // Up to slightly more than the limit.
        self.number(4) as u64 * 3
    }

    fn place(&self) -> usize {
        self.number(5) * 256 + self.number(6)
    }
}

/// Memory between canaries.
struct Guarded {
    memory: Vec<u64>,
    offset: usize,
    len: usize,
}

impl Guarded {
    const CANARY: u8 = 0xa5;

    fn new(offset: usize, len: usize) -> Self {
        let words = (offset + len).div_ceil(8) + 4;
        Self { memory: vec![u64::from_ne_bytes([Self::CANARY; 8]); words], offset: offset + 16, len }
    }

    fn start(&mut self) -> *mut core::ffi::c_void {
        self.memory.as_mut_ptr().wrapping_byte_add(self.offset).cast()
    }

    fn all(&self) -> &[u8] {
        unsafe { std::slice::from_raw_parts(self.memory.as_ptr().cast(), self.memory.len() * 8) }
    }

    fn bytes(&self) -> &[u8] {
        &self.all()[self.offset..][..self.len]
    }

    fn check_outside(&self) {
        let (before, rest) = self.all().split_at(self.offset);
        assert!(before.iter().chain(&rest[self.len..]).all(|byte| *byte == Self::CANARY));
    }

    fn is_untouched(&self) -> bool {
        self.bytes().iter().all(|byte| *byte == Self::CANARY)
    }
}

fn thumbprint_of(der: &[u8]) -> Result<Thumbprint, Error> {
    Ok(Certificate::from_der(der)?.thumbprint())
}

fn of(verdict: Result<(), &Error>) -> certbound_status {
    verdict.map_or_else(|error| (*error).into(), |()| CERTBOUND_OK)
}

/// A callback for elements, which adds their texts to a list.
unsafe extern "C" fn push(context: *mut core::ffi::c_void, element: certbound_claim) {
    unsafe { &mut *context.cast::<Vec<Claim<'_>>>() }.push(claim_of(element));
}

fn claim_of<'text>(claim: certbound_claim) -> Claim<'text> {
    let text = str::from_utf8(bytes_of(claim.text)).unwrap();
    match claim.kind {
        CERTBOUND_CLAIM_NULL => Claim::Null,
        CERTBOUND_CLAIM_BOOLEAN => Claim::Boolean(text == "true"),
        CERTBOUND_CLAIM_NUMBER => Claim::Number(text),
        CERTBOUND_CLAIM_STRING => Claim::String(text),
        CERTBOUND_CLAIM_ARRAY => Claim::Array(text),
        _ => Claim::Object(text),
    }
}

fn bytes_of<'text>(text: certbound_text) -> &'text [u8] {
    unsafe { std::slice::from_raw_parts(text.data.cast(), text.len) }
}

fn text(bytes: &[u8]) -> certbound_text {
    certbound_text { data: bytes.as_ptr().cast(), len: bytes.len() }
}

const KEYS: usize = 2;
