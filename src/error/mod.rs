//! The reasons for rejecting a token, key, certificate, name or document: one flat enum.
//!
//! `table.rs` has a row for each error: number, name, response and texts. This file defines the enum's methods. It imports
//! [`BearerResponse`] only, and knows nothing of what the errors are about.

use core::{ffi::CStr, fmt};

/// Defines [`Error`] and its methods from the rows of `table.rs`, so that no variant lacks its number, name or texts.
macro_rules! errors {
    ($(
        $code:literal $variant:ident $name:literal $response:ident
            $found:literal, $wanted:literal, $remedy:literal;
    )*) => {
        /// The reason why a token, key, certificate, name or document was rejected.
        ///
        /// A variant names the rule that was broken. Its [number](Self::code) and [name](Self::name) are stable, and
        /// numbers are never reused. The hundreds name the subject: 1 the token's form, 2 JSON,
        /// 3 the JOSE header, 4 key and signature, 5 claims, 6 the binding, 7 certificates and names, 8 key sets,
        /// 9 client authentication, 10 introspection.
        ///
        /// ```
        /// use certbound::Error;
        ///
        /// let error = Error::TokenExpired;
        /// assert_eq!((error.code(), error.name()), (510, "token_expired"));
        /// println!("rejected: {}: {error}", error.name());
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Error {
            $(#[doc = concat!("`", $name, "`: ", $found, ". Expected: ", $wanted, ".")] $variant,)*
        }

        impl Error {
            /// All errors, in the order of their numbers.
            ///
            /// ```
            /// use certbound::Error;
            ///
            /// assert!(Error::ALL.contains(&Error::TokenExpired));
            /// ```
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable number.
            ///
            /// ```
            /// assert_eq!(certbound::Error::TokenExpired.code(), 510);
            /// ```
            pub const fn code(self) -> u16 {
                match self { $(Self::$variant => $code,)* }
            }

            /// The stable name, in snake_case.
            ///
            /// ```
            /// assert_eq!(certbound::Error::TokenExpired.name(), "token_expired");
            /// ```
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// See [`ffi_support::c_strings`](crate::ffi_support::c_strings).
            pub(crate) const fn c_strings(self) -> [&'static core::ffi::CStr; 4] {
                match self {
                    $(Self::$variant => const { [
                        $crate::error::c_string(concat!($name, "\0")),
                        $crate::error::c_string(concat!($found, "\0")),
                        $crate::error::c_string(concat!($wanted, "\0")),
                        $crate::error::c_string(concat!($remedy, "\0")),
                    ] },)*
                }
            }

            /// The response of a resource server that rejects a request for this reason (RFC 6750 §3.1).
            ///
            /// ```
            /// use certbound::{BearerResponse, Error};
            ///
            /// assert_eq!(Error::InsufficientScope.bearer_response(), BearerResponse::InsufficientScope);
            /// ```
            pub const fn bearer_response(self) -> $crate::BearerResponse {
                match self { $(Self::$variant => $crate::BearerResponse::$response,)* }
            }

            /// What was found, for the operator.
            ///
            /// ```
            /// assert_eq!(certbound::Error::TokenExpired.found(), "the token's exp has passed");
            /// ```
            pub const fn found(self) -> &'static str {
                match self { $(Self::$variant => $found,)* }
            }

            /// What was expected, for the operator.
            ///
            /// ```
            /// assert!(certbound::Error::TokenExpired.wanted().contains("exp"));
            /// ```
            pub const fn wanted(self) -> &'static str {
                match self { $(Self::$variant => $wanted,)* }
            }

            /// What to change, for the operator.
            ///
            /// ```
            /// assert!(certbound::Error::TokenExpired.remedy().contains("new token"));
            /// ```
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

mod table;

pub use self::table::Error;

impl fmt::Display for Error {
    /// What was found, what was expected, and the remedy. The name is not included.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; expected {}; {}", self.found(), self.wanted(), self.remedy())
    }
}

impl core::error::Error for Error {}

const fn c_string(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        // A test checks that the texts contain no NUL.
        Err(_) => c"",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, string::String};

    use super::*;

    #[test]
    fn numbers_and_names_are_unique_and_in_order() {
        for pair in Error::ALL.windows(2) {
            assert!(pair[0].code() < pair[1].code(), "{:?}", pair[1]);
        }
        let names: HashSet<_> = Error::ALL.iter().map(|error| error.name()).collect();
        assert_eq!(names.len(), Error::ALL.len());
    }

    #[test]
    fn a_name_is_its_variant_in_snake_case() {
        for error in Error::ALL {
            let camel: String = error.name().split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
            assert_eq!(camel, format!("{error:?}"));
        }
    }

    #[test]
    fn texts_are_present_and_have_no_full_stop() {
        for error in Error::ALL {
            for words in [error.found(), error.wanted(), error.remedy()] {
                assert!(words.len() > 5 && !words.ends_with('.'), "{error:?}: {words}");
            }
        }
    }

    #[test]
    fn c_strings_have_the_same_texts() {
        for error in Error::ALL {
            let words = error.c_strings().map(|text| text.to_str().unwrap());
            assert_eq!(words, [error.name(), error.found(), error.wanted(), error.remedy()]);
        }
    }

    #[test]
    fn responses_follow_rfc_6750() {
        let of = |error: Error| (error.bearer_response().status(), error.bearer_response().error());
        assert_eq!(of(Error::TokenMissing), (401, None));
        assert_eq!(of(Error::TokenExpired), (401, Some("invalid_token")));
        assert_eq!(of(Error::InsufficientScope), (403, Some("insufficient_scope")));
        assert_eq!(of(Error::ScratchTooSmall), (500, None));
    }
}
