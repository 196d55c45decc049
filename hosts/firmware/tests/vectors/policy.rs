//! Settings for a board from the policy of a test.
//!
//! The fields of a policy are private. Its debug text has them all, and the settings are right if the gateway makes a policy
//! with the same text of them.

use certbound::{Algorithm, Policy};
use certbound_gateway::{Loaded, Settings, TypeOfToken};

/// [`Settings`] that own their texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnedSettings {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Vec<String>,
    scopes: Vec<String>,
    binding_if_present: bool,
    token_type: TypeOfToken,
    leeway_seconds: u64,
    jwks: String,
}

impl OwnedSettings {
    /// The settings with this policy and these keys.
    pub(crate) fn of(policy: Policy<'_>, jwks: &str) -> Self {
        let text = format!("{policy:?}");
        let field = |name: &str, next: &str| {
            let (_, rest) = text.split_once(&format!("{name}: ")).unwrap();
            rest.split_once(next).unwrap().0.to_owned()
        };
        let list = |name, next| {
            let list = field(name, next);
            let elements = list.trim_matches(['[', ']']).split(", ").filter(|element| !element.is_empty());
            elements.map(|element| element.trim_matches('"').to_owned()).collect::<Vec<_>>()
        };
        let settings = Self {
            issuer: field("issuer", ", audiences").trim_matches('"').to_owned(),
            audiences: list("audiences", ", algorithms"),
            algorithms: list("algorithms", ", required_scopes").iter().map(|name| name_of(name)).collect(),
            scopes: list("required_scopes", ", binding"),
            binding_if_present: field("binding", ",") == "IfPresent",
            token_type: match field("token_type", ",").as_str() {
                "AccessToken" => TypeOfToken::AccessToken,
                "Jwt" => TypeOfToken::Jwt,
                "Any" => TypeOfToken::Any,
                other => panic!("the gateway does not know the token type {other}"),
            },
            leeway_seconds: field("leeway_seconds", " }").parse().unwrap(),
            jwks: jwks.to_owned(),
        };
        let mut page = vec![0; 32 * 1024];
        let page = settings.borrow().write(&mut page).unwrap();
        assert_eq!(format!("{:?}", Loaded::read(page).unwrap().policy()), text);
        settings
    }

    /// The settings, as they are written into the page.
    pub(crate) fn borrow(&self) -> Settings<'_> {
        Settings {
            issuer: &self.issuer,
            audiences: self.audiences.iter().map(String::as_str).collect(),
            algorithms: self.algorithms.iter().map(String::as_str).collect(),
            scopes: self.scopes.iter().map(String::as_str).collect(),
            binding_if_present: self.binding_if_present,
            token_type: self.token_type,
            leeway_seconds: self.leeway_seconds,
            jwks: self.jwks.as_bytes(),
        }
    }
}

/// The name of the algorithm with this debug text.
fn name_of(debug: &str) -> String {
    let algorithm = Algorithm::ALL.iter().find(|algorithm| format!("{algorithm:?}") == debug).unwrap();
    algorithm.name().to_owned()
}
