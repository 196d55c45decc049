//! The status of a call: success, a misuse of the interface, or an error of the core.

mod codes;
mod misuses;

use core::ffi::{CStr, c_char};

use certbound::{BearerResponse, Error, ffi_support::c_strings};

pub use self::codes::certbound_status;
use self::misuses::MISUSES;

/// Returns the stable name of a status in snake_case, such as `"ok"` or `"certificate_mismatch"`, or `"status_unknown"`.
/// Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_name(status: u32) -> *const c_char {
    texts(status)[0].as_ptr()
}

/// Returns what was found, for the operator. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_found(status: u32) -> *const c_char {
    texts(status)[1].as_ptr()
}

/// Returns what was expected, for the operator. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_wanted(status: u32) -> *const c_char {
    texts(status)[2].as_ptr()
}

/// Returns what to change, for the operator. Never null.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_remedy(status: u32) -> *const c_char {
    texts(status)[3].as_ptr()
}

/// Returns the HTTP status code of a resource server's response (RFC 6750 §3.1): 401, 400 or 403; 500 if the server is at
/// fault; 503 if it cannot judge the token yet, for `CERTBOUND_KEYS_PENDING`, which no function returns, and for a failed
/// introspection; 200 for `CERTBOUND_OK`. Send `Retry-After` with 503.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_http_status(status: u32) -> u16 {
    if status == certbound_status::CERTBOUND_OK as u32 { 200 } else { bearer_response(status).status() }
}

/// Returns the `error` attribute of the response's challenge (RFC 6750 §3.1), which is all that the client may learn.
///
/// Null if the challenge has no such attribute: for `CERTBOUND_OK`, if the request has no token, and for a response with
/// code 500 or 503, which has no challenge.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_status_bearer_error(status: u32) -> *const c_char {
    if status == certbound_status::CERTBOUND_OK as u32 {
        return core::ptr::null();
    }
    match bearer_response(status) {
        BearerResponse::InvalidRequest => c"invalid_request".as_ptr(),
        BearerResponse::InvalidToken => c"invalid_token".as_ptr(),
        BearerResponse::InsufficientScope => c"insufficient_scope".as_ptr(),
        _ => core::ptr::null(),
    }
}

/// The response to a request. A misuse of the interface is the server's fault.
fn bearer_response(status: u32) -> BearerResponse {
    core_error(status).map_or(BearerResponse::ServerError, Error::bearer_response)
}

fn core_error(status: u32) -> Option<Error> {
    Error::ALL.iter().copied().find(|error| u32::from(error.code()) == status)
}

fn texts(status: u32) -> [&'static CStr; 4] {
    if let Some(error) = core_error(status) {
        return c_strings(error);
    }
    let row = MISUSES.iter().find(|(number, _)| *number == status);
    row.map_or(
        [
            c"status_unknown",
            c"an unknown status",
            c"one of certbound_status",
            c"compare the versions of the header and the library",
        ],
        |(_, texts)| *texts,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_the_core_has_its_number_here() {
        for error in Error::ALL {
            let status = certbound_status::from(*error);
            assert_eq!(status as u32, u32::from(error.code()));
            assert_eq!(format!("{status:?}"), format!("CERTBOUND_{}", error.name().to_uppercase()));
        }
    }

    #[test]
    fn every_misuse_has_its_name() {
        for (number, texts_of_misuse) in MISUSES {
            assert_eq!(texts(*number), *texts_of_misuse);
        }
        for number in 0..100 {
            let unknown = texts(number)[0] == c"status_unknown";
            assert_eq!(unknown, MISUSES.iter().all(|(misuse, _)| *misuse != number), "{number}");
        }
        assert_eq!(texts(u32::MAX)[0], c"status_unknown");
    }

    #[test]
    fn the_response_to_the_client_is_that_of_the_core() {
        for error in Error::ALL {
            let (code, response) = (u32::from(error.code()), error.bearer_response());
            assert_eq!(certbound_status_http_status(code), response.status());
            let text = certbound_status_bearer_error(code);
            // SAFETY: not null, and so one of the constants above.
            let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap());
            assert_eq!(text, response.error());
        }
        assert_eq!((certbound_status_http_status(0), certbound_status_http_status(1)), (200, 500));
        assert!(certbound_status_bearer_error(0).is_null() && certbound_status_bearer_error(1).is_null());
        assert_eq!(certbound_status_http_status(u32::MAX), 500);
    }
}
