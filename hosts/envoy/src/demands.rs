//! What a configuration demands of tokens, in the form that requests use: the core's policy, without copies.

use certbound::{Algorithm, Binding, Policy, TokenType};
use self_cell::self_cell;

use crate::identity::{self, Identity};

/// What the filter, or a route, demands of tokens. A route leaves out what it does not change.
pub(crate) struct Demands {
    texts: TextsCell,
    binding: Option<Binding>,
    token_type: Option<TokenType>,
    algorithms: Option<Vec<Algorithm>>,
    leeway_seconds: u64,
    identity: Identity,
}

/// What [`Demands`] are made of.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) audiences: Option<Vec<String>>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) binding: Option<Binding>,
    pub(crate) token_type: Option<TokenType>,
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    pub(crate) leeway_seconds: u64,
}

struct Texts {
    audiences: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
}

/// The same texts as the core accepts them.
struct Borrowed<'texts> {
    audiences: Option<Vec<&'texts str>>,
    scopes: Option<Vec<&'texts str>>,
}

self_cell!(
    struct TextsCell {
        owner: Texts,
        #[covariant]
        dependent: Borrowed,
    }
);

impl Demands {
    /// `of` distinguishes the demands of filters from those of routes.
    pub(crate) fn new(of: &str, parts: Parts) -> Self {
        let identity = identity_of(of, &parts);
        let texts = Texts { audiences: parts.audiences, scopes: parts.scopes };
        let texts = TextsCell::new(texts, |texts| Borrowed {
            audiences: texts.audiences.as_deref().map(borrow),
            scopes: texts.scopes.as_deref().map(borrow),
        });
        Self {
            texts,
            binding: parts.binding,
            token_type: parts.token_type,
            algorithms: parts.algorithms,
            leeway_seconds: parts.leeway_seconds,
            identity,
        }
    }

    /// The policy of a request to a route, where the filter itself has these demands.
    pub(crate) fn policy<'policy>(&'policy self, route: Option<&'policy Self>) -> Policy<'policy> {
        let texts = self.texts.borrow_dependent();
        let route_texts = route.map(|route| route.texts.borrow_dependent());
        let audiences = route_texts.and_then(|texts| texts.audiences.as_deref()).or(texts.audiences.as_deref());
        let algorithms = route.and_then(|route| route.algorithms.as_deref()).or(self.algorithms.as_deref());
        let binding = route.and_then(|route| route.binding).or(self.binding);
        let token_type = route.and_then(|route| route.token_type).or(self.token_type);
        Policy::for_audiences(audiences.unwrap_or_default())
            .algorithms(algorithms.unwrap_or_default())
            .required_scopes(self.scopes(route))
            .binding(binding.unwrap_or(Binding::Required))
            .token_type(token_type.unwrap_or(TokenType::AccessToken))
            .leeway_seconds(self.leeway_seconds)
    }

    /// The scopes that a request to a route needs.
    pub(crate) fn scopes<'policy>(&'policy self, route: Option<&'policy Self>) -> &'policy [&'policy str] {
        let scopes = route.and_then(|route| route.texts.borrow_dependent().scopes.as_deref());
        scopes.or(self.texts.borrow_dependent().scopes.as_deref()).unwrap_or_default()
    }

    /// Distinguishes the policies of requests.
    pub(crate) fn identity(&self, route: Option<&Self>) -> Identity {
        route.map_or(self.identity, |route| identity::combine(self.identity, route.identity))
    }
}

fn borrow(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// The texts of `Debug` are unambiguous: strings are quoted and escaped in them.
fn identity_of(of: &str, parts: &Parts) -> Identity {
    identity::digest([of, &format!("{parts:?}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(leeway_seconds: u64) -> Demands {
        let texts = |text: &str| Some(vec![text.to_owned()]);
        let algorithms = Some(vec![Algorithm::ES256]);
        let (audiences, scopes) = (texts("https://api.example"), texts("read"));
        Demands::new("filter", Parts { audiences, scopes, algorithms, leeway_seconds, ..Parts::default() })
    }

    #[test]
    fn a_route_replaces_what_it_names_and_keeps_the_rest() {
        let filter = filter(5);
        let scopes = Some(vec!["write".to_owned(), "admin".to_owned()]);
        let route = Demands::new("route", Parts { scopes, binding: Some(Binding::IfPresent), ..Parts::default() });
        assert_eq!(filter.scopes(None), ["read"]);
        assert_eq!(filter.scopes(Some(&route)), ["write", "admin"]);
        let policy = |route| format!("{:?}", filter.policy(route));
        assert_eq!(policy(None).matches("Required").count(), 1, "{}", policy(None));
        let changed = policy(None).replace("Required", "IfPresent").replace(r#"["read"]"#, r#"["write", "admin"]"#);
        assert_eq!(policy(Some(&route)), changed);
    }

    #[test]
    fn whatever_changes_a_policy_changes_its_identity() {
        let route = |parts| Demands::new("route", parts);
        let texts = |text: &str| Some(vec![text.to_owned()]);
        let routes = [
            route(Parts::default()),
            route(Parts { audiences: texts("a"), ..Parts::default() }),
            route(Parts { audiences: texts("b"), ..Parts::default() }),
            route(Parts { scopes: texts("a"), ..Parts::default() }),
            route(Parts { scopes: Some(Vec::new()), ..Parts::default() }),
            route(Parts { binding: Some(Binding::IfPresent), ..Parts::default() }),
            route(Parts { token_type: Some(TokenType::Any), ..Parts::default() }),
            route(Parts { algorithms: Some(vec![Algorithm::ES256]), ..Parts::default() }),
        ];
        let (one, other) = (filter(0), filter(1));
        let mut identities = vec![one.identity(None), other.identity(None)];
        for route in &routes {
            identities.extend([one.identity(Some(route)), other.identity(Some(route))]);
        }
        let len = identities.len();
        identities.sort_unstable();
        identities.dedup();
        assert_eq!(identities.len(), len);
        assert_eq!(filter(0).identity(Some(&routes[1])), one.identity(Some(&routes[1])));
    }
}
