//! The attacks, as data: what each of them sends, and what it means if the API accepts or refuses it.

/// Whose certificate a connection presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presents {
    Owner,
    Nothing,
    LookAlike,
    Thief,
}

impl Presents {
    /// Completes the sentence "a connection with …".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Owner => "the owner's certificate",
            Self::Nothing => "no certificate",
            Self::LookAlike => "the look-alike certificate",
            Self::Thief => "the thief's certificate",
        }
    }
}

/// The connection that a request is sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    /// A new one, after a full handshake.
    New,
    /// One that has already carried an accepted request.
    Used,
    /// One that resumes the TLS session of another one.
    Resumed,
}

/// What `Authorization` carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bearer {
    Nothing,
    Token,
    /// The field, two times.
    Twice,
    Forged(Forgery),
    Expired,
    OtherAudience,
}

/// How a token is changed without the issuer's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forgery {
    /// Another payload under the old signature.
    Tampered,
    /// Without its signature.
    Unsigned,
    /// With this `alg`, and without a signature.
    Algorithm(&'static str),
    /// HS256, with the issuer's public key as the secret: its PEM file, or its DER.
    HmacByPem,
    HmacByDer,
}

/// A header in which proxies forward the client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forwarded {
    /// `Client-Cert`.
    Rfc9440,
    /// `X-Forwarded-Client-Cert`.
    Envoy,
    /// `X-SSL-Cert`.
    Nginx,
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) presents: Presents,
    pub(super) on: On,
    pub(super) bearer: Bearer,
    pub(super) forwarded: Option<Forwarded>,
}

/// How the API should answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Accepted,
    Refused,
    /// Either is safe.
    Either,
}

/// Something that is tried, with one request or several that differ in a detail.
#[derive(Debug)]
pub(super) struct Attack {
    /// A stable name, for scripts.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) attempts: &'static [Attempt],
    pub(super) expected: Expected,
    /// What it means if the API accepts one of the requests.
    pub(super) accepted: &'static str,
    /// What it means if the API refuses all of them.
    pub(super) refused: &'static str,
}

/// The request of the owner, without which all others mean nothing.
pub(super) const OWNER: &str = "owner";

/// The request without a token: if it is accepted, the URL is public.
pub(super) const NO_TOKEN: &str = "no_token";

/// The request of the thief without a token: only if that is answered as the owner's is, a refusal of the thief means something.
pub(super) const THIEF_NO_TOKEN: &str = "thief_no_token";

/// The request that shows best whether the binding is checked.
pub(super) const OTHER_CERTIFICATE: &str = "other_certificate";

/// The request without a token on a used connection: if it is accepted, no other request on such a connection means anything.
pub(super) const NO_TOKEN_LATER: &str = "no_token_later";

/// The last request, as the first one: if it is not accepted any more, the last refusals mean nothing.
pub(super) const OWNER_AGAIN: &str = "owner_again";

/// The request that the API accepts if it works at all.
pub(super) const GOOD: Attempt = new(Presents::Owner, Bearer::Token);

/// All attacks, in their order.
pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: OWNER,
        title: "the owner's certificate and token",
        attempts: &[GOOD],
        expected: Expected::Accepted,
        accepted: "the owner can use the token",
        refused: "not even the owner can use the token, so no other refusal means anything",
    },
    Attack {
        name: NO_TOKEN,
        title: "the owner's certificate, no token",
        attempts: &[new(Presents::Owner, Bearer::Nothing)],
        expected: Expected::Refused,
        accepted: "this URL needs no token, so no attack on a token means anything",
        refused: "the URL is protected: only the token opens it",
    },
    Attack {
        name: "no_certificate",
        title: "the stolen token, no certificate",
        attempts: &[new(Presents::Nothing, Bearer::Token)],
        expected: Expected::Refused,
        accepted: "anyone who finds the token can use it: the binding is not checked without a certificate",
        refused: "the token alone is worthless",
    },
    Attack {
        name: "look_alike",
        title: "the stolen token, a self-signed certificate with the owner's names",
        attempts: &[new(Presents::LookAlike, Bearer::Token)],
        expected: Expected::Refused,
        accepted: "the API compares names, or nothing, but not the thumbprint: anyone can make such a certificate",
        refused: "copied names do not help",
    },
    Attack {
        name: THIEF_NO_TOKEN,
        title: "another client's certificate, no token",
        attempts: &[new(Presents::Thief, Bearer::Nothing)],
        expected: Expected::Refused,
        accepted: "any other client gets in without a token",
        refused: "the API asks this client for a token as it asks the owner",
    },
    Attack {
        name: OTHER_CERTIFICATE,
        title: "the stolen token, another client's certificate",
        attempts: &[new(Presents::Thief, Bearer::Token)],
        expected: Expected::Refused,
        accepted: "any client with a certificate of its own can use the tokens of all others: the binding is not checked",
        refused: "the token works with the owner's certificate only",
    },
    Attack {
        name: "forged_client_cert",
        title: "the stolen token, the owner's certificate in a forged Client-Cert",
        attempts: &[forwarded(Presents::Nothing, Forwarded::Rfc9440), forwarded(Presents::Thief, Forwarded::Rfc9440)],
        expected: Expected::Refused,
        accepted: "the API believes a certificate in a header that any client can send; the first proxy must remove Client-Cert",
        refused: "a certificate in Client-Cert (RFC 9440) does not count",
    },
    Attack {
        name: "forged_x_forwarded_client_cert",
        title: "the stolen token, the owner's certificate in a forged X-Forwarded-Client-Cert",
        attempts: &[forwarded(Presents::Nothing, Forwarded::Envoy), forwarded(Presents::Thief, Forwarded::Envoy)],
        expected: Expected::Refused,
        accepted: "the API believes a certificate in a header that any client can send; the first proxy must remove \
                   X-Forwarded-Client-Cert",
        refused: "a certificate in X-Forwarded-Client-Cert (Envoy) does not count",
    },
    Attack {
        name: "forged_x_ssl_cert",
        title: "the stolen token, the owner's certificate in a forged X-SSL-Cert",
        attempts: &[forwarded(Presents::Nothing, Forwarded::Nginx), forwarded(Presents::Thief, Forwarded::Nginx)],
        expected: Expected::Refused,
        accepted: "the API believes a certificate in a header that any client can send; the first proxy must remove X-SSL-Cert",
        refused: "a certificate in X-SSL-Cert (NGINX) does not count",
    },
    Attack {
        name: "owner_resumed",
        title: "the owner's token on a second connection that resumes the owner's TLS session",
        attempts: &[resumed(Presents::Owner)],
        expected: Expected::Either,
        accepted: "a resumed session keeps the owner's certificate (RFC 8446 §2.2), as it should: resuming it needs a secret of \
                   the owner",
        refused: "the API does not know the certificate of a resumed session; this is safe, but an owner may be refused",
    },
    Attack {
        name: "thief_resumed",
        title: "the stolen token on a second connection that resumes the thief's TLS session",
        attempts: &[resumed(Presents::Nothing), resumed(Presents::Thief)],
        expected: Expected::Refused,
        accepted: "on resumed sessions the binding is not checked: a thief connects, and then connects again",
        refused: "resuming a session gives the thief no other certificate",
    },
    Attack {
        name: NO_TOKEN_LATER,
        title: "no token, on a connection that has carried a good request",
        attempts: &[used(Bearer::Nothing)],
        expected: Expected::Refused,
        accepted: "after one good request, the API trusts everything on the connection: behind a proxy that shares \
                   connections, anyone is the owner",
        refused: "each request is judged by itself",
    },
    Attack {
        name: "tampered",
        title: "a token with another exp under the old signature, on such a connection",
        attempts: &[used(Bearer::Forged(Forgery::Tampered))],
        expected: Expected::Refused,
        accepted: "the signature is not checked, or its verdict is reused: a token's owner can write any claim into it",
        refused: "the signature is checked again",
    },
    Attack {
        name: "unsigned",
        title: "the token without its signature, on such a connection",
        attempts: &[used(Bearer::Forged(Forgery::Unsigned))],
        expected: Expected::Refused,
        accepted: "the signature may be left out, so anyone can write tokens",
        refused: "a token without a signature is worthless",
    },
    Attack {
        name: "alg_none",
        title: "the token with alg \"none\" or \"nOnE\" and no signature, on such a connection",
        attempts: &[used(Bearer::Forged(Forgery::Algorithm("none"))), used(Bearer::Forged(Forgery::Algorithm("nOnE")))],
        expected: Expected::Refused,
        accepted: "the token decides that it needs no signature (RFC 8725 §2.1), so anyone can write tokens",
        refused: "the token does not choose its algorithm",
    },
    Attack {
        name: "hmac_public_key",
        title: "a token signed by HMAC with the issuer's public key, on such a connection",
        attempts: &[used(Bearer::Forged(Forgery::HmacByPem)), used(Bearer::Forged(Forgery::HmacByDer))],
        expected: Expected::Refused,
        accepted: "the API takes the public key for the secret of an HMAC (RFC 8725 §2.1), so anyone can write tokens",
        refused: "the public key is no secret for an HMAC",
    },
    Attack {
        name: "expired",
        title: "an expired token of the owner, on such a connection",
        attempts: &[used(Bearer::Expired)],
        expected: Expected::Refused,
        accepted: "tokens work after their exp, so what leaks once is good forever",
        refused: "tokens end with their exp",
    },
    Attack {
        name: "other_audience",
        title: "a token of the owner for another audience, on such a connection",
        attempts: &[used(Bearer::OtherAudience)],
        expected: Expected::Refused,
        accepted: "aud is not checked: a token for any API of this issuer opens this one",
        refused: "tokens for other APIs are worthless here",
    },
    Attack {
        name: "two_tokens",
        title: "two Authorization fields, on such a connection",
        attempts: &[used(Bearer::Twice)],
        expected: Expected::Refused,
        accepted: "a request may have two tokens (RFC 6750 §2): one component may judge the one, and another use the other",
        refused: "a request has one token",
    },
    Attack {
        name: OWNER_AGAIN,
        title: "the owner's certificate and token, on a new connection at the end",
        attempts: &[GOOD],
        expected: Expected::Accepted,
        accepted: "the owner can still use the token, so the refusals before were not an outage",
        refused: "the owner cannot use the token any more (an outage, a rate limit, an expired token), so the refusals since its \
                  last accepted request mean nothing",
    },
];

const fn new(presents: Presents, bearer: Bearer) -> Attempt {
    Attempt { presents, on: On::New, bearer, forwarded: None }
}

const fn forwarded(presents: Presents, header: Forwarded) -> Attempt {
    Attempt { presents, on: On::New, bearer: Bearer::Token, forwarded: Some(header) }
}

const fn resumed(presents: Presents) -> Attempt {
    Attempt { presents, on: On::Resumed, bearer: Bearer::Token, forwarded: None }
}

const fn used(bearer: Bearer) -> Attempt {
    Attempt { presents: Presents::Owner, on: On::Used, bearer, forwarded: None }
}

impl Attempt {
    /// Whether the API must accept it if it works at all.
    pub(super) fn is_good(&self) -> bool {
        self.presents == Presents::Owner && self.bearer == Bearer::Token
    }

    /// Whether it is more than the plain token with this certificate. If that is accepted, this shows nothing more.
    pub(super) fn adds_to_plain_token(&self) -> bool {
        self.bearer == Bearer::Token
            && self.presents != Presents::Owner
            && (self.forwarded.is_some() || self.on == On::Resumed)
    }

    /// The requests that it costs if the API announces each end of a connection, and at most.
    ///
    /// A connection of the thief that ends without an answer is tried again. On a used connection: a good request that prepares
    /// it, and this one, both a second time if that connection ends. Before that, the last used one may have ended already.
    #[cfg(test)]
    const fn requests(&self) -> (usize, usize) {
        match self.on {
            On::New if matches!(self.presents, Presents::Thief) => (1, 2),
            On::New | On::Resumed => (1, 1),
            On::Used => (2, 5),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        super::budget::{REQUESTS, RESERVED},
        *,
    };

    /// The owner's first connection is used again, so that the first request on a used connection needs no other one before it.
    #[test]
    fn all_attacks_fit_into_the_limit_unless_the_api_hangs_up_again_and_again() {
        let attempts = || ATTACKS.iter().flat_map(|attack| attack.attempts).map(Attempt::requests);
        let of_issuer = ["metadata of RFC 8414", "metadata of OpenID Connect", "JWK Set", "token"].len();
        let usual: usize = attempts().map(|(usual, _)| usual).sum();
        assert_eq!(usual - 1 + of_issuer, 39);
        const { assert!(39 <= REQUESTS) };
        // What no longer fits is cut off, which is unclear, and never a refusal.
        let most: usize = attempts().map(|(_, most)| most).sum();
        assert!(most > REQUESTS);
        assert_eq!(ATTACKS.last().map(|attack| (attack.name, attack.attempts.len())), Some((OWNER_AGAIN, RESERVED)));
    }

    #[test]
    fn names_are_unique_and_stable_words() {
        let names: BTreeSet<_> = ATTACKS.iter().map(|attack| attack.name).collect();
        assert_eq!(names.len(), ATTACKS.len());
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
        assert_eq!(ATTACKS[0].name, OWNER);
        assert!(ATTACKS.iter().all(|attack| !attack.attempts.is_empty() && !attack.title.contains("  ")));
        assert!(ATTACKS.iter().all(|attack| !attack.accepted.contains("  ") && !attack.refused.contains("  ")));
    }
}
