//! The subject that a certificate must have: a distinguished name or an alternative name (RFC 8705 §2.1.2).

use core::net::IpAddr;

use crate::{AlternativeName, Certificate, DistinguishedName, Error, json::Object, scratch::Scratch};

/// The registered `tls_client_auth_…` member.
#[derive(Clone, Copy, Debug)]
pub(super) enum ExpectedSubject<'registration> {
    DistinguishedName(DistinguishedName<'registration>),
    Dns(&'registration str),
    Uri(&'registration str),
    Ip(IpAddr),
    Email(&'registration str),
}

impl<'registration> ExpectedSubject<'registration> {
    /// Reads the one of the five members that a registration has. Members that are null count as absent.
    pub(super) fn from_metadata(
        metadata: Object<'registration>,
        scratch: &mut Scratch<'registration>,
    ) -> Result<Self, Error> {
        let mut registered = MEMBERS.iter().filter_map(|(name, read)| Some((metadata.optional_member(name)?, read)));
        let (value, read) = registered.next().ok_or(Error::SubjectIdentifierMissing)?;
        if registered.next().is_some() {
            return Err(Error::SubjectIdentifierAmbiguous);
        }
        let text = scratch.unescape(value.as_text().ok_or(Error::SubjectIdentifierMalformed)?)?;
        if text.is_empty() || text.contains('\0') {
            return Err(Error::SubjectIdentifierMalformed);
        }
        read(text)
    }

    /// Checks that a certificate has this subject.
    pub(super) fn check(&self, certificate: &Certificate<'_>) -> Result<(), Error> {
        if let Self::DistinguishedName(expected) = self {
            return if certificate.subject().matches(expected) { Ok(()) } else { Err(Error::SubjectMismatch) };
        }
        if certificate.subject_alternative_names().any(|name| self.is_alternative_name(name)) {
            Ok(())
        } else {
            Err(Error::AlternativeNameMismatch)
        }
    }

    /// Compares by the rule for the kind of name. A wildcard in a certificate is compared literally, so it never
    /// matches.
    fn is_alternative_name(&self, found: AlternativeName<'_>) -> bool {
        match (*self, found) {
            // Host names ignore case (RFC 5280 §7.2); URIs and mailboxes do so only in part (§7.4, §7.5).
            (Self::Dns(expected), AlternativeName::Dns(found)) => found.eq_ignore_ascii_case(expected),
            (Self::Uri(expected), AlternativeName::Uri(found)) => found == expected,
            (Self::Ip(expected), AlternativeName::Ip(found)) => found == expected,
            (Self::Email(expected), AlternativeName::Email(found)) => is_same_mailbox(found, expected),
            _ => false,
        }
    }
}

/// Reads the value of a member.
type Read = for<'registration> fn(&'registration str) -> Result<ExpectedSubject<'registration>, Error>;

const MEMBERS: [(&str, Read); 5] = [
    ("tls_client_auth_subject_dn", |text| DistinguishedName::parse(text).map(ExpectedSubject::DistinguishedName)),
    // Names in certificates are ASCII, so no other name could ever match.
    ("tls_client_auth_san_dns", |text| accept(text.is_ascii() && !text.contains('*'), ExpectedSubject::Dns(text))),
    ("tls_client_auth_san_uri", |text| accept(text.is_ascii(), ExpectedSubject::Uri(text))),
    ("tls_client_auth_san_ip", |text| {
        text.parse().map(ExpectedSubject::Ip).map_err(|_| Error::SubjectIdentifierMalformed)
    }),
    ("tls_client_auth_san_email", |text| accept(text.is_ascii() && text.contains('@'), ExpectedSubject::Email(text))),
];

fn accept(is_well_formed: bool, expected: ExpectedSubject<'_>) -> Result<ExpectedSubject<'_>, Error> {
    if is_well_formed { Ok(expected) } else { Err(Error::SubjectIdentifierMalformed) }
}

/// Returns whether the local parts are equal, and the hosts are equal except for case.
fn is_same_mailbox(one: &str, another: &str) -> bool {
    match (split_mailbox(one), split_mailbox(another)) {
        (Some((local, host)), Some((other_local, other_host))) => {
            local == other_local && host.eq_ignore_ascii_case(other_host)
        }
        _ => false,
    }
}

/// Splits a mailbox at its last `@`, since a quoted local part may contain others. The host includes the `@`.
fn split_mailbox(mailbox: &str) -> Option<(&str, &str)> {
    mailbox.split_at_checked(mailbox.bytes().rposition(|byte| byte == b'@')?)
}
