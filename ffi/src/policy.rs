//! The policy in its C form.

use core::ffi::c_char;

use certbound::{Algorithm, Binding, Error, TokenType, limits};

use crate::{
    arguments::{ArgumentList, Arguments, ArgumentsWithPolicy},
    entry::enter,
    memory::certbound_text,
    status::certbound_status,
    tables::geometry,
};

/// The rules that a resource server applies to tokens.
///
/// All zeros is the strictest policy. Set at least `size`, `issuer`, `audiences` and `audiences_len`:
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
    /// `sizeof(certbound_policy)`, which identifies the version of the header that the caller was compiled with.
    pub size: usize,
    /// The required `iss`, compared byte for byte. If it is empty, every token is rejected, unless the verifier has a list
    /// of issuers (`certbound_verifier_init_with_issuers`).
    pub issuer: certbound_text,
    /// `aud` must contain one of these, compared byte for byte. If there are none, every token is rejected.
    pub audiences: *const certbound_text,
    /// The number of audiences, at most `CERTBOUND_POLICY_TEXTS`.
    pub audiences_len: usize,
    /// `scope` must contain all of these.
    pub required_scopes: *const certbound_text,
    /// The number of required scopes, at most `CERTBOUND_POLICY_TEXTS`.
    pub required_scopes_len: usize,
    /// The clock difference to allow between this server and the issuer, in seconds, at most 600.
    pub leeway_seconds: u64,
    /// The allowed algorithms, joined by `|`: `CERTBOUND_ALGORITHM_ES256 | …`. 0 allows all algorithms that the library
    /// contains; none of them is symmetric.
    pub algorithms: u32,
    /// `CERTBOUND_BINDING_REQUIRED` (0) or `CERTBOUND_BINDING_IF_PRESENT`.
    pub binding: u32,
    /// `CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN` (0), `CERTBOUND_TOKEN_TYPE_JWT` or `CERTBOUND_TOKEN_TYPE_ANY`.
    pub token_type: u32,
    /// The size of the tables that speed up verification: `CERTBOUND_TABLES_DEFAULT` (0) to `CERTBOUND_TABLES_LARGE`. It
    /// does not affect verdicts.
    pub tables: u32,
}

/// ECDSA with P-256 and SHA-256.
#[cfg(feature = "es256")]
pub const CERTBOUND_ALGORITHM_ES256: u32 = 0x1;
/// ECDSA with P-384 and SHA-384.
#[cfg(feature = "es384")]
pub const CERTBOUND_ALGORITHM_ES384: u32 = 0x2;
/// ECDSA with P-521 and SHA-512.
#[cfg(feature = "es512")]
pub const CERTBOUND_ALGORITHM_ES512: u32 = 0x4;
/// EdDSA with Ed25519, under both of its names, `EdDSA` and `Ed25519` (RFC 9864 §2.2).
#[cfg(feature = "eddsa")]
pub const CERTBOUND_ALGORITHM_EDDSA: u32 = 0x8;
/// RSASSA-PKCS1-v1_5 with SHA-256.
#[cfg(feature = "rsa")]
pub const CERTBOUND_ALGORITHM_RS256: u32 = 0x10;
/// RSASSA-PKCS1-v1_5 with SHA-384.
#[cfg(feature = "rsa")]
pub const CERTBOUND_ALGORITHM_RS384: u32 = 0x20;
/// RSASSA-PKCS1-v1_5 with SHA-512.
#[cfg(feature = "rsa")]
pub const CERTBOUND_ALGORITHM_RS512: u32 = 0x40;
/// RSASSA-PSS with SHA-256.
#[cfg(feature = "rsa")]
pub const CERTBOUND_ALGORITHM_PS256: u32 = 0x80;
/// RSASSA-PSS with SHA-384.
#[cfg(feature = "rsa")]
pub const CERTBOUND_ALGORITHM_PS384: u32 = 0x100;
/// RSASSA-PSS with SHA-512.
#[cfg(feature = "rsa")]
pub const CERTBOUND_ALGORITHM_PS512: u32 = 0x200;

/// Tokens without `cnf` are rejected.
pub const CERTBOUND_BINDING_REQUIRED: u32 = 0;
/// Tokens without `cnf` are accepted as bearer tokens, which anyone who obtains them can use. Tokens with `cnf` must still
/// be bound to the client's certificate.
pub const CERTBOUND_BINDING_IF_PRESENT: u32 = 1;

/// `typ` must be `at+jwt` (RFC 9068 §4).
pub const CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN: u32 = 0;
/// `typ` may have any value, or be missing. ID tokens for one of the audiences are then accepted too.
pub const CERTBOUND_TOKEN_TYPE_ANY: u32 = 1;
/// `typ` must be `JWT` or `at+jwt`, or be missing: for issuers that do not follow RFC 9068, such as Keycloak. ID tokens for
/// one of the audiences are then accepted too.
pub const CERTBOUND_TOKEN_TYPE_JWT: u32 = 2;

/// The maximum number of audiences of a policy, and of scopes.
pub const CERTBOUND_POLICY_TEXTS: usize = 16;
/// The maximum number of bytes of an issuer, an audience or a scope.
pub const CERTBOUND_POLICY_TEXT_LEN: usize = 2048;

/// Looks up the bit of an algorithm for `certbound_policy.algorithms`.
///
/// @param name      the name of the algorithm in JOSE, such as `"ES256"`
/// @param name_len  its number of bytes
/// @param algorithm receives the bit, one of `CERTBOUND_ALGORITHM_…`
/// @return `CERTBOUND_ALGORITHM_UNSUPPORTED` for all other names, including `none`, those of HMAC, and those of algorithms that the
///         library lacks
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_algorithm_from_name(
    name: *const c_char,
    name_len: usize,
    algorithm: *mut u32,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (name, output) = unsafe { (arguments.text(name, name_len)?, arguments.output(algorithm)?) };
        let found =
            Algorithm::from_name(name).and_then(bit).ok_or(certbound_status::CERTBOUND_ALGORITHM_UNSUPPORTED)?;
        output.write(found);
        Ok(())
    })
}

/// A policy from C, checked, with references instead of pointers.
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

/// Audiences or scopes of a policy.
///
/// cbindgen:ignore
pub(crate) type Texts<'text> = heapless::Vec<&'text str, CERTBOUND_POLICY_TEXTS>;

impl<'call> PolicyArguments<'call> {
    /// # Safety
    /// `policy` is null, or points to a policy whose texts are valid during `'call`.
    pub(crate) unsafe fn read(
        policy: *const certbound_policy,
        arguments: &mut ArgumentsWithPolicy,
    ) -> Result<Self, certbound_status> {
        // SAFETY: guaranteed by the caller. The size is the first member in every version, and is read before the others.
        if *unsafe { arguments.value(policy.cast::<usize>()) }? != size_of::<certbound_policy>() {
            return Err(certbound_status::CERTBOUND_POLICY_SIZE_UNKNOWN);
        }
        // SAFETY: guaranteed by the caller: the policy has this size.
        let policy = unsafe { arguments.value(policy) }?;
        binding(policy.binding)?;
        token_type(policy.token_type)?;
        geometry(policy.tables)?;
        algorithms(policy.algorithms)?;
        if policy.leeway_seconds > limits::LEEWAY_SECONDS_MAX {
            return Err(Error::LeewayTooLong.into());
        }
        // SAFETY: guaranteed by the caller, for each text.
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

    /// The total length of all texts in bytes.
    pub(crate) fn texts_len(&self) -> usize {
        self.texts().map(str::len).sum()
    }

    /// Issuer, audiences and scopes, in this order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'call str> {
        [self.issuer].into_iter().chain(self.audiences.iter().copied()).chain(self.required_scopes.iter().copied())
    }
}

/// # Safety
/// The text is valid during `'call`.
pub(crate) unsafe fn text<'call, const CAPACITY: usize>(
    text: certbound_text,
    arguments: &mut ArgumentList<CAPACITY>,
) -> Result<&'call str, certbound_status> {
    if text.len > CERTBOUND_POLICY_TEXT_LEN {
        return Err(certbound_status::CERTBOUND_POLICY_TOO_LARGE);
    }
    // SAFETY: guaranteed by the caller.
    unsafe { arguments.text(text.data, text.len) }
}

/// # Safety
/// The array and its texts are valid during `'call`.
unsafe fn texts<'call>(
    array: *const certbound_text,
    len: usize,
    arguments: &mut ArgumentsWithPolicy,
) -> Result<Texts<'call>, certbound_status> {
    if len > CERTBOUND_POLICY_TEXTS {
        return Err(certbound_status::CERTBOUND_POLICY_TOO_LARGE);
    }
    let mut texts = Texts::new();
    // SAFETY: guaranteed by the caller.
    for item in unsafe { arguments.values(array, len) }? {
        // SAFETY: guaranteed by the caller.
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
        CERTBOUND_TOKEN_TYPE_JWT => Ok(TokenType::Jwt),
        _ => Err(certbound_status::CERTBOUND_VALUE_UNKNOWN),
    }
}

/// The algorithms of a bit set; all that this library contains for 0.
pub(crate) fn algorithms(bits: u32) -> Result<Algorithms, certbound_status> {
    if bits & !NAMED != 0 {
        return Err(certbound_status::CERTBOUND_VALUE_UNKNOWN);
    }
    let contained = ALGORITHMS.iter().fold(0, |all, (bit, _)| all | bit);
    if bits & !contained != 0 {
        return Err(certbound_status::CERTBOUND_ALGORITHM_UNSUPPORTED);
    }
    let mut algorithms = Algorithms::new();
    for (bit, algorithm) in ALGORITHMS {
        if bits == 0 || bits & bit != 0 {
            algorithms.push(*algorithm).map_err(|_| certbound_status::CERTBOUND_VALUE_UNKNOWN)?;
        }
    }
    Ok(algorithms)
}

fn bit(algorithm: Algorithm) -> Option<u32> {
    ALGORITHMS.iter().find(|(_, of)| *of == algorithm).map(|(bit, _)| *bit)
}

/// cbindgen:ignore
pub(crate) type Algorithms = heapless::Vec<Algorithm, { ALGORITHMS.len() }>;

/// The bits of all algorithms, whether this library contains them or not.
const NAMED: u32 = 0x3ff;

const ALGORITHMS: &[(u32, Algorithm)] = &[
    #[cfg(feature = "es256")]
    (CERTBOUND_ALGORITHM_ES256, Algorithm::ES256),
    #[cfg(feature = "es384")]
    (CERTBOUND_ALGORITHM_ES384, Algorithm::ES384),
    #[cfg(feature = "es512")]
    (CERTBOUND_ALGORITHM_ES512, Algorithm::ES512),
    #[cfg(feature = "eddsa")]
    (CERTBOUND_ALGORITHM_EDDSA, Algorithm::EdDSA),
    #[cfg(feature = "rsa")]
    (CERTBOUND_ALGORITHM_RS256, Algorithm::RS256),
    #[cfg(feature = "rsa")]
    (CERTBOUND_ALGORITHM_RS384, Algorithm::RS384),
    #[cfg(feature = "rsa")]
    (CERTBOUND_ALGORITHM_RS512, Algorithm::RS512),
    #[cfg(feature = "rsa")]
    (CERTBOUND_ALGORITHM_PS256, Algorithm::PS256),
    #[cfg(feature = "rsa")]
    (CERTBOUND_ALGORITHM_PS384, Algorithm::PS384),
    #[cfg(feature = "rsa")]
    (CERTBOUND_ALGORITHM_PS512, Algorithm::PS512),
];
