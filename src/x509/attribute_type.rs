//! Attribute types with short names, and the rules that compare their values (RFC 4519 §2, RFC 4514 §3).

use super::{
    matching_rule::MatchingRule,
    object_identifier::{ObjectIdentifier, object_identifier},
};

/// An attribute type with a short name.
#[derive(Debug)]
pub(crate) struct AttributeType {
    pub(crate) identifier: ObjectIdentifier<'static>,
    /// Decides whether two values are equal.
    pub(crate) rule: MatchingRule,
    /// The short names. The first one is used for output.
    names: &'static [&'static str],
}

impl AttributeType {
    /// The type with this object identifier.
    pub(crate) fn of_identifier(identifier: ObjectIdentifier<'_>) -> Option<&'static Self> {
        ATTRIBUTE_TYPES.iter().find(|known| known.identifier == identifier)
    }

    /// The type with this short name, which ignores case (RFC 4512 §1.4).
    pub(crate) fn of_name(name: &str) -> Option<&'static Self> {
        ATTRIBUTE_TYPES.iter().find(|known| known.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// The short name for output.
    pub(crate) fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

/// Defines the table, one type per line.
macro_rules! attribute_types {
    ($($identifier:literal $rule:ident $($name:literal)+;)*) => {
        static ATTRIBUTE_TYPES: &[AttributeType] = &[$(AttributeType {
            identifier: object_identifier!($identifier),
            rule: MatchingRule::$rule,
            names: &[$($name),+],
        }),*];
    };
}

attribute_types! {
    // RFC 4514 §3, which prescribes these names for output
    "2.5.4.3" CaseIgnore "CN" "commonName";
    "2.5.4.7" CaseIgnore "L" "localityName";
    "2.5.4.8" CaseIgnore "ST" "stateOrProvinceName";
    "2.5.4.10" CaseIgnore "O" "organizationName";
    "2.5.4.11" CaseIgnore "OU" "organizationalUnitName";
    "2.5.4.6" CaseIgnore "C" "countryName";
    "2.5.4.9" CaseIgnore "STREET" "streetAddress";
    "0.9.2342.19200300.100.1.25" CaseIgnore "DC" "domainComponent";
    "0.9.2342.19200300.100.1.1" CaseIgnore "UID" "userId";

    // RFC 4519 §2, other types with the equality rule caseIgnoreMatch
    "2.5.4.15" CaseIgnore "businessCategory";
    "2.5.4.13" CaseIgnore "description";
    "2.5.4.27" CaseIgnore "destinationIndicator";
    "2.5.4.46" CaseIgnore "dnQualifier";
    "2.5.4.44" CaseIgnore "generationQualifier";
    "2.5.4.42" CaseIgnore "givenName" "GN";
    "2.5.4.51" CaseIgnore "houseIdentifier";
    "2.5.4.43" CaseIgnore "initials";
    "2.5.4.41" CaseIgnore "name";
    "2.5.4.19" CaseIgnore "physicalDeliveryOfficeName";
    "2.5.4.17" CaseIgnore "postalCode";
    "2.5.4.18" CaseIgnore "postOfficeBox";
    "2.5.4.5" CaseIgnore "serialNumber";
    "2.5.4.4" CaseIgnore "SN" "surname";
    "2.5.4.12" CaseIgnore "title";

    // RFC 4519 §2, types with special rules, which only ignore more than the exact rule does
    "2.5.4.16" Exact "postalAddress";
    "2.5.4.20" Exact "telephoneNumber";
    "2.5.4.24" Exact "x121Address";
    "2.5.4.45" Exact "x500UniqueIdentifier";

    // X.520, common in certificates for natural and legal persons (ETSI EN 319 412)
    "2.5.4.65" CaseIgnore "pseudonym";
    "2.5.4.97" CaseIgnore "organizationIdentifier";

    // RFC 2985 §5.2; RFC 5280 §4.1.2.6 says that emailAddress is not case-sensitive
    "1.2.840.113549.1.9.1" CaseIgnore "emailAddress" "E";
    "1.2.840.113549.1.9.2" CaseIgnore "unstructuredName";

    // RFC 4524 §2.16
    "0.9.2342.19200300.100.1.3" CaseIgnore "mail" "rfc822Mailbox";

    // CA/Browser Forum, Extended Validation Guidelines: the same values as in L, ST and C
    "1.3.6.1.4.1.311.60.2.1.1" CaseIgnore "jurisdictionL" "jurisdictionLocalityName";
    "1.3.6.1.4.1.311.60.2.1.2" CaseIgnore "jurisdictionST" "jurisdictionStateOrProvinceName";
    "1.3.6.1.4.1.311.60.2.1.3" CaseIgnore "jurisdictionC" "jurisdictionCountryName";
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, string::String};

    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        for name in ["CN", "cn", "cOmMoNnAmE"] {
            assert_eq!(AttributeType::of_name(name).unwrap().name(), "CN");
        }
        assert!(AttributeType::of_name("CNN").is_none());
        assert!(AttributeType::of_name("").is_none());
    }

    #[test]
    fn identifiers_are_found() {
        let street = AttributeType::of_identifier(object_identifier!("2.5.4.9")).unwrap();
        assert_eq!(street.name(), "STREET");
        assert!(AttributeType::of_identifier(object_identifier!("2.5.4")).is_none());
    }

    #[test]
    fn names_and_identifiers_are_unique() {
        let mut names = HashSet::<String>::new();
        let mut identifiers = HashSet::<String>::new();
        for known in ATTRIBUTE_TYPES {
            assert!(identifiers.insert(format!("{}", known.identifier)), "{known:?}");
            assert!(known.names.iter().all(|name| names.insert(name.to_lowercase())), "{known:?}");
        }
    }
}
