//! The statuses below 100: success, and errors that do not come from the core.

use core::ffi::CStr;

/// Number, name, what was found, what was expected, and the remedy.
pub(super) const MISUSES: &[(u32, [&CStr; 4])] = &[
    (0, [c"ok", c"the call succeeded", c"nothing else", c"nothing needs to change"]),
    (
        1,
        [
            c"null_argument",
            c"a pointer is null",
            c"a valid pointer; null is allowed only with length 0 or where the documentation says so",
            c"pass a valid pointer",
        ],
    ),
    (
        2,
        [
            c"misaligned_argument",
            c"a pointer is not aligned",
            c"the alignment of its type, or CERTBOUND_ALIGNMENT for keys, verifiers and caches",
            c"align the memory, as malloc does",
        ],
    ),
    (
        3,
        [
            c"overlapping_arguments",
            c"memory that the call writes overlaps another argument",
            c"separate memory for each output and for the scratch memory",
            c"pass separate memory",
        ],
    ),
    (
        4,
        [
            c"length_out_of_range",
            c"a length exceeds the largest possible object",
            c"the number of bytes of the memory",
            c"look for a negative number that was converted to a length",
        ],
    ),
    (
        5,
        [
            c"output_too_small",
            c"the memory for an object is too small",
            c"as many bytes as the size function returns",
            c"pass more memory",
        ],
    ),
    (
        6,
        [
            c"not_initialised",
            c"an object was not initialised, or has been overwritten",
            c"memory that an initialisation function or a verdict has filled",
            c"initialise the object, and check the status of the initialisation",
        ],
    ),
    (
        7,
        [
            c"value_unknown",
            c"an argument has an unknown value",
            c"one of the header's constants",
            c"compare the versions of the header and the library",
        ],
    ),
    (8, [c"text_not_utf8", c"a text is not UTF-8", c"UTF-8", c"convert the text"]),
    (
        9,
        [
            c"policy_too_large",
            c"the policy has too many texts or a text that is too long, or there are too many issuers",
            c"at most CERTBOUND_POLICY_TEXTS audiences, as many scopes, CERTBOUND_ISSUERS issuers, and CERTBOUND_POLICY_TEXT_LEN bytes in each text",
            c"shorten the policy or the list of issuers",
        ],
    ),
    (
        10,
        [
            c"policy_size_unknown",
            c"the policy has a size that the library does not know",
            c"policy.size = sizeof(certbound_policy)",
            c"set the size, or link the library that the header belongs to",
        ],
    ),
    (
        11,
        [
            c"claim_missing",
            c"the token does not have this claim",
            c"a claim of this name",
            c"have the issuer set the claim, or treat it as optional",
        ],
    ),
    (
        12,
        [
            c"out_of_memory",
            c"the host has no memory for the verdict",
            c"memory for the verdict",
            c"give the server more memory, or less work",
        ],
    ),
    (
        13,
        [
            c"tls_failure",
            c"the host's TLS library failed to provide the client's certificate",
            c"the certificate of the connection",
            c"look for an error of the TLS library in the log",
        ],
    ),
    (
        99,
        [
            c"panic",
            c"a defect of the library stopped the call",
            c"a verdict",
            c"report the defect with the input that caused it",
        ],
    ),
];
