//! An accepted token, whose claims may be read later.

use crate::{
    ClaimSet, Confirmation, Error, UnixTime, Verified, base64url, claims::Validity, jose::Compact, scratch::Scratch,
};

/// An accepted token, from the cache or not. Only a verifier can make one.
///
/// ```
/// fn greet(mut token: certbound::Accepted<'_>) -> Result<String, certbound::Error> {
///     Ok(format!("{} until {}", token.claims()?.client_id().unwrap_or("unknown"), token.expires_at()))
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Accepted<'scratch> {
    claims: Claims<'scratch>,
    validity: Validity,
    confirmation: Option<Confirmation>,
}

#[derive(Debug)]
enum Claims<'scratch> {
    Read(ClaimSet<'scratch>),
    /// The scratch memory begins with a copy of the token.
    Unread {
        token_len: usize,
        scratch: &'scratch mut [u8],
    },
}

impl<'scratch> Claims<'scratch> {
    /// Copies a cached token, so that its claims can be read after its memory has been reused.
    ///
    /// It copies the whole token, because splitting it would take longer.
    fn unread(token: &[u8], scratch: &'scratch mut [u8]) -> Result<Self, Error> {
        let copy = scratch.get_mut(..token.len()).ok_or(Error::ScratchTooSmall)?;
        for (place, byte) in copy.iter_mut().zip(token) {
            *place = *byte;
        }
        Ok(Self::Unread { token_len: token.len(), scratch })
    }
}

impl<'scratch> From<Verified<'scratch>> for Accepted<'scratch> {
    fn from(token: Verified<'scratch>) -> Self {
        Self { claims: Claims::Read(*token), validity: token.validity(), confirmation: token.confirmation().copied() }
    }
}

impl<'scratch> Accepted<'scratch> {
    /// A token that was accepted before, whose claims are read when they are asked for.
    #[cfg(feature = "cache")]
    pub(crate) fn cached(
        token: &[u8],
        validity: Validity,
        confirmation: Option<Confirmation>,
        scratch: &'scratch mut [u8],
    ) -> Result<Self, Error> {
        Ok(Self { claims: Claims::unread(token, scratch)?, validity, confirmation })
    }

    #[cfg(feature = "cache")]
    pub(crate) const fn validity(&self) -> Validity {
        self.validity
    }

    /// `exp`, as [`Verified::expires_at`](crate::Verified::expires_at).
    ///
    /// ```
    /// fn seconds_left(token: &certbound::Accepted<'_>, now: certbound::UnixTime) -> u64 {
    ///     token.expires_at().seconds().saturating_sub(now.seconds())
    /// }
    /// ```
    pub const fn expires_at(&self) -> UnixTime {
        self.validity.expires_at
    }

    /// What the token is bound to, as [`Verified::confirmation`](crate::Verified::confirmation).
    ///
    /// ```
    /// fn is_bound(token: &certbound::Accepted<'_>) -> bool {
    ///     token.confirmation().is_some()
    /// }
    /// ```
    pub const fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref()
    }

    /// The claims. Those of a cached token are decoded by the first call.
    ///
    /// # Errors
    /// [`Error::ScratchTooSmall`] for a cached token, if the scratch memory has fewer than
    /// [`scratch_len`](crate::scratch_len) bytes for it.
    ///
    /// ```
    /// fn org(token: &mut certbound::Accepted<'_>) -> Result<bool, certbound::Error> {
    ///     Ok(token.claims()?.claim("org").is_some())
    /// }
    /// ```
    pub fn claims(&mut self) -> Result<ClaimSet<'scratch>, Error> {
        let claims = match &mut self.claims {
            Claims::Read(claims) => *claims,
            Claims::Unread { token_len, scratch } => read_copy(*token_len, core::mem::take(scratch))?,
        };
        self.claims = Claims::Read(claims);
        Ok(claims)
    }
}

/// Reads the claims of the token at the start of `scratch`, and decodes its payload in place.
///
/// With `scratch_len` bytes, one and a half times the token, the rest is enough for the claims' strings: header and decoded
/// payload need at most the token minus a quarter of the payload, and the strings three quarters of the payload.
fn read_copy(token_len: usize, scratch: &mut [u8]) -> Result<ClaimSet<'_>, Error> {
    let token = scratch.get(..token_len).ok_or(Error::ScratchTooSmall)?;
    let (start, len) = Compact::split(token)?.payload_place();
    let (_, scratch) = scratch.split_at_mut_checked(start).ok_or(Error::ScratchTooSmall)?;
    let text = scratch.get_mut(..len).ok_or(Error::ScratchTooSmall)?;
    let decoded_len = base64url::decode_in_place(text).ok_or(Error::PayloadNotBase64url)?.len();
    let (payload, rest) = scratch.split_at_mut_checked(decoded_len).ok_or(Error::ScratchTooSmall)?;
    ClaimSet::read(payload, &mut Scratch::new(rest), Error::ClaimsNotObject)
}
