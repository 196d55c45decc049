//! The policy as C writes it down.

use core::ffi::c_char;

use certbound::{Algorithm, Binding, Error, Geometry, TokenType, limits};

use crate::{
    arguments::{Arguments, ArgumentsWithPolicy},
    certbound_status,
    entry::enter,
};

/// UTF-8 text: `len` bytes, which need no NUL at their end.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_text {
    /// The first byte. May be null where `len` is 0.
    pub data: *const c_char,
    /// How many bytes.
    pub len: usize,
}

impl certbound_text {
    pub(crate) const fn of(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }
}

/// What a resource server demands of a token.
///
/// Zeroed it is as strict as can be, but for the members to be set: `size`, `issuer`, `audiences`, `audiences_len`.
///
/// ```c
/// certbound_text audiences[] = {{"https://api.example", 19}};
/// certbound_policy policy = {0};
/// policy.size = sizeof policy;
/// policy.issuer = (certbound_text) {"https://as.example", 18};
/// policy.audiences = audiences;
/// policy.audiences_len = 1;
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_policy {
    /// `sizeof(certbound_policy)`: tells the library which version of the header the caller was compiled with.
    pub size: usize,
    /// `iss`, compared byte for byte. Empty accepts nothing.
    pub issuer: certbound_text,
    /// Of these, `aud` must name one, compared byte for byte. None accepts nothing.
    pub audiences: *const certbound_text,
    /// How many audiences: at most `CERTBOUND_POLICY_TEXTS`.
    pub audiences_len: usize,
    /// Scopes, all of which the token must have.
    pub required_scopes: *const certbound_text,
    /// How many scopes: at most `CERTBOUND_POLICY_TEXTS`.
    pub required_scopes_len: usize,
    /// By how many seconds this clock and the issuer's may differ: at most 600.
    pub leeway_seconds: u64,
    /// The algorithms allowed, joined by `|`: `CERTBOUND_ALGORITHM_ES256 | …`. 0 allows all there are, none of which is
    /// symmetric.
    pub algorithms: u32,
    /// `CERTBOUND_BINDING_REQUIRED` (0) or `CERTBOUND_BINDING_IF_PRESENT`.
    pub binding: u32,
    /// `CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN` (0) or `CERTBOUND_TOKEN_TYPE_ANY`.
    pub token_type: u32,
    /// How much memory a verifier spends on tables of its keys, to be quicker: `CERTBOUND_TABLES_DEFAULT` (0) to
    /// `CERTBOUND_TABLES_LARGE`. Verdicts do not depend on it.
    pub tables: u32,
}

/// ECDSA with P-256 and SHA-256.
pub const CERTBOUND_ALGORITHM_ES256: u32 = 0x1;
/// ECDSA with P-384 and SHA-384.
pub const CERTBOUND_ALGORITHM_ES384: u32 = 0x2;
/// ECDSA with P-521 and SHA-512.
pub const CERTBOUND_ALGORITHM_ES512: u32 = 0x4;
/// Ed25519.
pub const CERTBOUND_ALGORITHM_EDDSA: u32 = 0x8;
/// RSASSA-PKCS1-v1_5 with SHA-256.
pub const CERTBOUND_ALGORITHM_RS256: u32 = 0x10;
/// RSASSA-PKCS1-v1_5 with SHA-384.
pub const CERTBOUND_ALGORITHM_RS384: u32 = 0x20;
/// RSASSA-PKCS1-v1_5 with SHA-512.
pub const CERTBOUND_ALGORITHM_RS512: u32 = 0x40;
/// RSASSA-PSS with SHA-256.
pub const CERTBOUND_ALGORITHM_PS256: u32 = 0x80;
/// RSASSA-PSS with SHA-384.
pub const CERTBOUND_ALGORITHM_PS384: u32 = 0x100;
/// RSASSA-PSS with SHA-512.
pub const CERTBOUND_ALGORITHM_PS512: u32 = 0x200;

/// A token without a `cnf` is rejected.
pub const CERTBOUND_BINDING_REQUIRED: u32 = 0;
/// A token without a `cnf` passes, as a bearer token that anybody who finds it can use. One with a `cnf` must be bound
/// to this connection's certificate all the same.
pub const CERTBOUND_BINDING_IF_PRESENT: u32 = 1;

/// `typ` must be `at+jwt` (RFC 9068 §4).
pub const CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN: u32 = 0;
/// `typ` may be anything, or missing.
pub const CERTBOUND_TOKEN_TYPE_ANY: u32 = 1;

/// `CERTBOUND_TABLES_MEDIUM`.
pub const CERTBOUND_TABLES_DEFAULT: u32 = 0;
/// No tables, for boards: some 700 bytes for each key, and the slowest.
pub const CERTBOUND_TABLES_NONE: u32 = 1;
/// 4 KiB for a P-256 key, and as much for the curve; 8 KiB for an Ed25519 key. 19 KiB for a P-521 key, and as much for
/// the curve, or 21 KiB each where `size_t` has 32 bits.
pub const CERTBOUND_TABLES_SMALL: u32 = 2;
/// 22 KiB for a P-256 key, and 44 KiB for the curve; 21 KiB for an Ed25519 key. 99 KiB for a P-521 key, and 198 KiB for
/// the curve, or 110 KiB and 220 KiB where `size_t` has 32 bits.
pub const CERTBOUND_TABLES_MEDIUM: u32 = 3;
/// 44 KiB for a P-256 key, and 88 KiB for the curve; 49 KiB for an Ed25519 key. 198 KiB for a P-521 key, and 396 KiB for
/// the curve, or 220 KiB and 440 KiB where `size_t` has 32 bits.
pub const CERTBOUND_TABLES_LARGE: u32 = 4;

/// Most audiences, and most scopes, of a policy.
pub const CERTBOUND_POLICY_TEXTS: usize = 16;
/// Most bytes of an issuer, an audience or a scope.
pub const CERTBOUND_POLICY_TEXT_LEN: usize = 2048;

/// The bit of an algorithm for `certbound_policy.algorithms`, by its name in RFC 7518, such as `"ES256"`.
///
/// `CERTBOUND_ALGORITHM_UNSUPPORTED` for a name that is none, `none` and HMAC among them.
///
/// # Safety
/// `name` points to `name_len` bytes, `algorithm` to a `uint32_t`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_algorithm_from_name(
    name: *const c_char,
    name_len: usize,
    algorithm: *mut u32,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (name, output) = unsafe { (arguments.text(name, name_len)?, arguments.output(algorithm)?) };
        let found =
            Algorithm::from_name(name).and_then(bit).ok_or(certbound_status::CERTBOUND_ALGORITHM_UNSUPPORTED)?;
        output.write(found);
        Ok(())
    })
}

/// The policy of C, checked and with references for pointers.
pub(crate) struct PolicyArguments<'call> {
    pub(crate) issuer: &'call str,
    pub(crate) audiences: Texts<'call>,
    pub(crate) required_scopes: Texts<'call>,
    pub(crate) leeway_seconds: u64,
    pub(crate) algorithms: u32,
    pub(crate) binding: u32,
    pub(crate) token_type: u32,
    pub(crate) tables: u32,
}

/// Texts of a policy, as many as it may have.
///
/// cbindgen:ignore
pub(crate) type Texts<'text> = heapless::Vec<&'text str, CERTBOUND_POLICY_TEXTS>;

impl<'call> PolicyArguments<'call> {
    /// # Safety
    /// `policy` is null, or points to a policy whose texts can be read during `'call`.
    pub(crate) unsafe fn read(
        policy: *const certbound_policy,
        arguments: &mut ArgumentsWithPolicy,
    ) -> Result<Self, certbound_status> {
        // SAFETY: by the caller. Its size is the first member of every version, and is read before the others.
        if *unsafe { arguments.value(policy.cast::<usize>()) }? != size_of::<certbound_policy>() {
            return Err(certbound_status::CERTBOUND_POLICY_SIZE_UNKNOWN);
        }
        // SAFETY: by the caller, all of it, since its size is that.
        let policy = unsafe { arguments.value(policy) }?;
        binding(policy.binding)?;
        token_type(policy.token_type)?;
        geometry(policy.tables)?;
        algorithms(policy.algorithms)?;
        if policy.leeway_seconds > limits::LEEWAY_SECONDS_MAX {
            return Err(Error::LeewayTooLong.into());
        }
        // SAFETY: by the caller, for each of the texts.
        unsafe {
            Ok(Self {
                issuer: text(policy.issuer, arguments)?,
                audiences: texts(policy.audiences, policy.audiences_len, arguments)?,
                required_scopes: texts(policy.required_scopes, policy.required_scopes_len, arguments)?,
                leeway_seconds: policy.leeway_seconds,
                algorithms: policy.algorithms,
                binding: policy.binding,
                token_type: policy.token_type,
                tables: policy.tables,
            })
        }
    }

    /// Bytes of all texts.
    pub(crate) fn texts_len(&self) -> usize {
        self.texts().map(str::len).sum()
    }

    /// Issuer, audiences and scopes, in this order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'call str> {
        [self.issuer].into_iter().chain(self.audiences.iter().copied()).chain(self.required_scopes.iter().copied())
    }
}

/// # Safety
/// The text can be read during `'call`.
unsafe fn text<'call>(
    text: certbound_text,
    arguments: &mut ArgumentsWithPolicy,
) -> Result<&'call str, certbound_status> {
    if text.len > CERTBOUND_POLICY_TEXT_LEN {
        return Err(certbound_status::CERTBOUND_POLICY_TOO_LARGE);
    }
    // SAFETY: by the caller.
    unsafe { arguments.text(text.data, text.len) }
}

/// # Safety
/// The array and its texts can be read during `'call`.
unsafe fn texts<'call>(
    array: *const certbound_text,
    len: usize,
    arguments: &mut ArgumentsWithPolicy,
) -> Result<Texts<'call>, certbound_status> {
    if len > CERTBOUND_POLICY_TEXTS {
        return Err(certbound_status::CERTBOUND_POLICY_TOO_LARGE);
    }
    let mut texts = Texts::new();
    // SAFETY: by the caller.
    for item in unsafe { arguments.values(array, len) }? {
        // SAFETY: by the caller.
        let text = unsafe { text(*item, arguments) }?;
        texts.push(text).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)?;
    }
    Ok(texts)
}

pub(crate) const fn binding(binding: u32) -> Result<Binding, certbound_status> {
    match binding {
        CERTBOUND_BINDING_REQUIRED => Ok(Binding::Required),
        CERTBOUND_BINDING_IF_PRESENT => Ok(Binding::IfPresent),
        _ => Err(certbound_status::CERTBOUND_VALUE_UNKNOWN),
    }
}

pub(crate) const fn token_type(token_type: u32) -> Result<TokenType, certbound_status> {
    match token_type {
        CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN => Ok(TokenType::AccessToken),
        CERTBOUND_TOKEN_TYPE_ANY => Ok(TokenType::Any),
        _ => Err(certbound_status::CERTBOUND_VALUE_UNKNOWN),
    }
}

/// The geometry of the tables; `None` for no tables.
pub(crate) const fn geometry(tables: u32) -> Result<Option<Geometry>, certbound_status> {
    match tables {
        CERTBOUND_TABLES_NONE => Ok(None),
        CERTBOUND_TABLES_SMALL => Ok(Some(Geometry::Small)),
        CERTBOUND_TABLES_DEFAULT | CERTBOUND_TABLES_MEDIUM => Ok(Some(Geometry::Medium)),
        CERTBOUND_TABLES_LARGE => Ok(Some(Geometry::Large)),
        _ => Err(certbound_status::CERTBOUND_VALUE_UNKNOWN),
    }
}

/// The algorithms of a bit set; all for 0.
pub(crate) fn algorithms(bits: u32) -> Result<Algorithms, certbound_status> {
    let known = ALGORITHMS.iter().fold(0, |all, (bit, _)| all | bit);
    if bits & !known != 0 {
        return Err(certbound_status::CERTBOUND_VALUE_UNKNOWN);
    }
    let mut algorithms = Algorithms::new();
    for (bit, algorithm) in ALGORITHMS {
        if bits == 0 || bits & bit != 0 {
            algorithms.push(algorithm).map_err(|_| certbound_status::CERTBOUND_VALUE_UNKNOWN)?;
        }
    }
    Ok(algorithms)
}

fn bit(algorithm: Algorithm) -> Option<u32> {
    ALGORITHMS.iter().find(|(_, of)| *of == algorithm).map(|(bit, _)| *bit)
}

/// cbindgen:ignore
pub(crate) type Algorithms = heapless::Vec<Algorithm, { ALGORITHMS.len() }>;

const ALGORITHMS: [(u32, Algorithm); 10] = [
    (CERTBOUND_ALGORITHM_ES256, Algorithm::ES256),
    (CERTBOUND_ALGORITHM_ES384, Algorithm::ES384),
    (CERTBOUND_ALGORITHM_ES512, Algorithm::ES512),
    (CERTBOUND_ALGORITHM_EDDSA, Algorithm::EdDSA),
    (CERTBOUND_ALGORITHM_RS256, Algorithm::RS256),
    (CERTBOUND_ALGORITHM_RS384, Algorithm::RS384),
    (CERTBOUND_ALGORITHM_RS512, Algorithm::RS512),
    (CERTBOUND_ALGORITHM_PS256, Algorithm::PS256),
    (CERTBOUND_ALGORITHM_PS384, Algorithm::PS384),
    (CERTBOUND_ALGORITHM_PS512, Algorithm::PS512),
];
