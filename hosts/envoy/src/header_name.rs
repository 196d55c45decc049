//! Names of headers: which of them may carry claims, and which a backend may take for the same.

/// Whether this is the name of a header (RFC 9110 §5.1).
pub(crate) fn is_header(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// Whether this is the name of a header without a meaning for Envoy's handling of the request.
pub(crate) fn is_free(name: &str) -> bool {
    let begins_like = |prefix: &str| name.get(..prefix.len()).is_some_and(|start| look_alike(start, prefix));
    is_header(name) && !TAKEN.iter().any(|taken| look_alike(name, taken)) && !begins_like("x-envoy-")
}

/// Whether a backend may take one name for the other. Many make variables of headers (RFC 3875 §4.1.18), in which `x-sub`
/// and `x_sub` are both `HTTP_X_SUB`; some do the same to other characters.
pub(crate) fn look_alike(one: impl AsRef<[u8]>, other: impl AsRef<[u8]>) -> bool {
    let variable = |byte: &u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_uppercase() } else { b'_' };
    one.as_ref().iter().map(variable).eq(other.as_ref().iter().map(variable))
}

const TAKEN: [&str; 16] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-proto",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_look_alike_if_they_become_the_same_variable() {
        for other in ["x-user-id", "x_user_id", "x_user-id", "x.user-id", "X-User-Id"] {
            assert!(look_alike("x-user-id", other), "{other}");
        }
        for other in ["", "x-user-i", "x-user-id2", "x-user--id", "xuserid", "x-user-ib"] {
            assert!(!look_alike("x-user-id", other), "{other}");
        }
    }

    #[test]
    fn headers_with_a_meaning_are_not_free() {
        for free in ["x-sub", "x_sub", "x-forwarded-user", "te2", "x-envoy"] {
            assert!(is_free(free), "{free}");
        }
        for taken in ["", ":path", "x sub", "ä", "host", "Host", "content_length", "x_envoy_retry-on", "x-envoy-a"] {
            assert!(!is_free(taken), "{taken}");
        }
    }
}
