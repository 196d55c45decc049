//! The core's support for tests, except that `judge` asks the boards too.

#[path = "../../../../tests/support/mod.rs"]
mod core;

use certbound::{Error, Policy, Verified};

pub(crate) use self::core::{
    CERTIFICATE_A, CERTIFICATE_C, Issuer, NOW, base64url, stages, usual_claims, usual_header, usual_policy,
};

use crate::{boards, policy::OwnedSettings};

/// The verdict of the host, after comparing it with that of each board.
pub(crate) fn judge<T>(
    jwks: &str,
    policy: Policy<'_>,
    certificate: Option<&[u8]>,
    token: &str,
    look: impl FnOnce(&Verified<'_>) -> T,
) -> Result<T, Error> {
    let verdict = self::core::judge(jwks, policy, certificate, token, look);
    let expected = verdict.as_ref().map(|_| ()).map_err(|error| error.code());
    boards::expect(expected, &OwnedSettings::of(policy, jwks), certificate, token, NOW);
    verdict
}
