//! Accepted tokens, verified or active, and their claims.

mod memory;

use core::ffi::{c_char, c_void};

use certbound::{Claim, Thumbprint, limits};

pub use self::memory::certbound_accepted;
pub(crate) use self::memory::{read, read_claims};
use crate::{arguments::Arguments, entry::enter, memory::certbound_text, status::certbound_status};

/// The value of a claim.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_claim {
    /// The type of the value: `CERTBOUND_CLAIM_NULL` (0) to `CERTBOUND_CLAIM_OBJECT`.
    pub kind: u32,
    /// An unescaped string, or the JSON text of any other value. It lies in the scratch memory.
    pub text: certbound_text,
}

/// The value is `null`.
pub const CERTBOUND_CLAIM_NULL: u32 = 0;
/// The value is `true` or `false`.
pub const CERTBOUND_CLAIM_BOOLEAN: u32 = 1;
/// The value is a number; the text is the number as it appears in the token.
pub const CERTBOUND_CLAIM_NUMBER: u32 = 2;
/// The value is a string; the text is unescaped.
pub const CERTBOUND_CLAIM_STRING: u32 = 3;
/// The value is an array.
pub const CERTBOUND_CLAIM_ARRAY: u32 = 4;
/// The value is an object.
pub const CERTBOUND_CLAIM_OBJECT: u32 = 5;

/// The maximum number of names in the path of a claim. No token is nested deeper.
pub const CERTBOUND_CLAIM_PATH: usize = 16;
const _: () = assert!(CERTBOUND_CLAIM_PATH == limits::JSON_DEPTH);

/// Looks up a claim.
///
/// @param accepted the accepted token
/// @param name     the name of the claim, such as `"sub"` or `"client_id"`
/// @param name_len its number of bytes
/// @param claim    receives the value
/// @return `CERTBOUND_CLAIM_MISSING` if the token has no claim of this name
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_claim(
    accepted: *const certbound_accepted,
    name: *const c_char,
    name_len: usize,
    claim: *mut certbound_claim,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (claims, name, output) = unsafe {
            (read_claims(accepted, &mut arguments)?, arguments.text(name, name_len)?, arguments.output(claim)?)
        };
        output.write(claims.claim(name).and_then(of_core).ok_or(certbound_status::CERTBOUND_CLAIM_MISSING)?);
        Ok(())
    })
}

/// Looks up a claim, or a member of one.
///
/// @param accepted the accepted token
/// @param path     the name of the claim, the name of a member in it, and so on, such as `{{"act", 3}, {"sub", 3}}`
/// @param path_len the number of names
/// @param claim    receives the value
/// @return `CERTBOUND_CLAIM_MISSING` if a name is missing, its holder is not an object, or there are more than
///         `CERTBOUND_CLAIM_PATH` names
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_claim_at(
    accepted: *const certbound_accepted,
    path: *const certbound_text,
    path_len: usize,
    claim: *mut certbound_claim,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (claims, output, path) = unsafe {
            (read_claims(accepted, &mut arguments)?, arguments.output(claim)?, names(path, path_len, &mut arguments)?)
        };
        let claim = claims.claim_at(&path).and_then(of_core);
        output.write(claim.ok_or(certbound_status::CERTBOUND_CLAIM_MISSING)?);
        Ok(())
    })
}

/// A callback for each element of an array. It must return: no `longjmp` and no exception may leave it.
///
/// @param context the pointer that the caller passed beside the callback
/// @param element the element
#[allow(non_camel_case_types)]
pub type certbound_element = Option<unsafe extern "C" fn(context: *mut c_void, element: certbound_claim)>;

/// Reads the elements of an array, in order.
///
/// @param accepted the accepted token
/// @param path     the names that lead to the array, as for `certbound_accepted_claim_at`
/// @param path_len the number of names
/// @param element  called for each element
/// @param context  passed to `element`
/// @return `CERTBOUND_CLAIM_MISSING` if there is no array
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says; `element` must accept `context`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_elements_at(
    accepted: *const certbound_accepted,
    path: *const certbound_text,
    path_len: usize,
    element: certbound_element,
    context: *mut c_void,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (claims, path) =
            unsafe { (read_claims(accepted, &mut arguments)?, names(path, path_len, &mut arguments)?) };
        let report = element.ok_or(certbound_status::CERTBOUND_NULL_ARGUMENT)?;
        let elements = claims.elements_at(&path).ok_or(certbound_status::CERTBOUND_CLAIM_MISSING)?;
        for element in elements.filter_map(of_core) {
            // SAFETY: guaranteed by the caller.
            unsafe { report(context, element) };
        }
        Ok(())
    })
}

/// The names of a path.
///
/// cbindgen:ignore
type Names<'call> = heapless::Vec<&'call str, CERTBOUND_CLAIM_PATH>;

/// Reads a path. `arguments` must already contain the memory that the call writes, because the names are too many for it.
///
/// # Safety
/// `path` is null, or points to `len` names that are valid during `'call`.
unsafe fn names<'call>(
    path: *const certbound_text,
    len: usize,
    arguments: &mut Arguments,
) -> Result<Names<'call>, certbound_status> {
    let mut names = Names::new();
    // SAFETY: guaranteed by the caller.
    for name in unsafe { arguments.values(path, len) }? {
        // SAFETY: guaranteed by the caller, for each name.
        let text = unsafe { Arguments::new().text(name.data, name.len) }?;
        arguments.check_read(name.data.cast(), name.len)?;
        names.push(text).map_err(|_| certbound_status::CERTBOUND_CLAIM_MISSING)?;
    }
    Ok(names)
}

/// The value in its C form; `None` for a kind that this file does not know.
fn of_core(claim: Claim<'_>) -> Option<certbound_claim> {
    let (kind, text) = match claim {
        Claim::Null => (CERTBOUND_CLAIM_NULL, "null"),
        Claim::Boolean(true) => (CERTBOUND_CLAIM_BOOLEAN, "true"),
        Claim::Boolean(false) => (CERTBOUND_CLAIM_BOOLEAN, "false"),
        Claim::Number(text) => (CERTBOUND_CLAIM_NUMBER, text),
        Claim::String(text) => (CERTBOUND_CLAIM_STRING, text),
        Claim::Array(text) => (CERTBOUND_CLAIM_ARRAY, text),
        Claim::Object(text) => (CERTBOUND_CLAIM_OBJECT, text),
        _ => return None,
    };
    Some(certbound_claim { kind, text: certbound_text::of(text) })
}

/// Gets all claims as the JSON text of an object.
///
/// @param accepted the accepted token
/// @param json     receives the text, which lies in the scratch memory
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_claims(
    accepted: *const certbound_accepted,
    json: *mut certbound_text,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (claims, output) = unsafe { (read_claims(accepted, &mut arguments)?, arguments.output(json)?) };
        output.write(certbound_text::of(claims.as_json()));
        Ok(())
    })
}

/// Checks whether the claim `scope` contains a scope (RFC 8693 §4.2).
///
/// @param accepted  the accepted token
/// @param scope     one scope
/// @param scope_len its number of bytes
/// @param has_scope receives the answer
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_has_scope(
    accepted: *const certbound_accepted,
    scope: *const c_char,
    scope_len: usize,
    has_scope: *mut bool,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (claims, scope, output) = unsafe {
            (read_claims(accepted, &mut arguments)?, arguments.text(scope, scope_len)?, arguments.output(has_scope)?)
        };
        output.write(claims.has_scope(scope));
        Ok(())
    })
}

/// Gets the time at which the token expires, from the claim `exp`, without the leeway.
///
/// @param accepted   the accepted token
/// @param expires_at receives the Unix time in seconds, rounded up
/// @return `CERTBOUND_CLAIM_MISSING` if an introspection response has no `exp`
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_expires_at(
    accepted: *const certbound_accepted,
    expires_at: *mut u64,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (accepted, output) = unsafe { (read(accepted, &mut arguments)?, arguments.output(expires_at)?) };
        output.write(accepted.expires_at().ok_or(certbound_status::CERTBOUND_CLAIM_MISSING)?.seconds());
        Ok(())
    })
}

/// Gets the thumbprint of the certificate that the token is bound to.
///
/// @param accepted the accepted token
/// @param sha256   receives 32 bytes
/// @return `CERTBOUND_CLAIM_MISSING` if the token is not bound, which `CERTBOUND_BINDING_IF_PRESENT` allows
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_thumbprint(
    accepted: *const certbound_accepted,
    sha256: *mut u8,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (accepted, output) =
            unsafe { (read(accepted, &mut arguments)?, arguments.output(sha256.cast::<[u8; Thumbprint::LEN]>())?) };
        let bound = accepted.confirmation().ok_or(certbound_status::CERTBOUND_CLAIM_MISSING)?;
        output.write(*bound.thumbprint().as_sha256());
        Ok(())
    })
}

/// Decodes the claims of a token that was accepted from a cache, which otherwise happens when the first claim is read. Call
/// it to learn before that whether decoding succeeds. It has no effect on a token whose claims are already decoded.
///
/// @param accepted the accepted token
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_decode(accepted: *mut certbound_accepted) -> certbound_status {
    enter(|| {
        // SAFETY: guaranteed by the caller.
        unsafe { read_claims(accepted, &mut Arguments::new()) }.map(|_| ())
    })
}
