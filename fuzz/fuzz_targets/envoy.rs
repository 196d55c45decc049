//! The Envoy filter in a fake Envoy: configurations, requests and events in any order. A request passes only with the
//! certificate that the one valid token is bound to, or on a route that is disabled. No hook panics.
//!
//! Each line of the input is a step: a letter, and what it needs.
#![no_main]

use std::rc::Rc;

use certbound_envoy_fake::{Answer, Configuration, Envoy, Request, RouteConfiguration, Version};

const TOKEN: &str = include_str!("../../hosts/envoy/fake/tests/vectors/rs256.jwt");
const CERTIFICATE: &str = "03d66dd08835c1ca3f128cceacd1f31ac94163096b20f445ae84285bc0832d72";

#[derive(Default)]
struct State {
    configurations: Vec<Configuration>,
    route: Option<(Rc<RouteConfiguration>, bool)>,
    headers: Vec<(String, String)>,
    fetches: Vec<(usize, u64)>,
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let envoy = Envoy::new(Version::ALL[input.len() % 3]);
    let mut state = State::default();
    for line in input.lines().take(100) {
        let Some((step, rest)) = line.split_at_checked(1) else { continue };
        match step {
            "c" => state.configurations.extend(envoy.configure(rest)),
            "v" => _ = envoy.validate(rest),
            "r" => {
                let is_off = serde_json::from_str::<serde_json::Value>(rest).is_ok_and(|json| json["enabled"] == false);
                state.route = envoy.configure_route(rest).ok().map(|route| (Rc::new(route), is_off));
            }
            "h" => state.headers.extend(rest.split_once(' ').map(|(name, value)| (name.to_owned(), value.to_owned()))),
            "t" => state.headers.push(("authorization".to_owned(), format!("Bearer {}", TOKEN.trim_end()))),
            "q" => state.send(rest),
            "e" => state.deliver(rest.parse().ok()),
            "a" => state.answer(rest),
            "x" => state.configurations.clear(),
            _ => {}
        }
    }
});

impl State {
    fn send(&mut self, peer: &str) {
        let may_pass = has_certificate(peer) || self.headers.iter().any(|(_, value)| has_certificate(value));
        for configuration in &self.configurations {
            let mut request = Request::new().with_peer(peer);
            for (name, value) in &self.headers {
                request = request.header(name, value);
            }
            let is_off = self.route.as_ref().is_some_and(|(_, is_off)| *is_off);
            if let Some((route, _)) = &self.route {
                request = request.to(route);
            }
            let outcome = configuration.send(request);
            assert!(outcome.verdict().is_err() || is_off || may_pass, "{outcome:?}");
        }
        self.headers.clear();
    }

    fn deliver(&mut self, event: Option<u64>) {
        for (index, configuration) in self.configurations.iter().enumerate() {
            match event {
                Some(event) => configuration.deliver(event),
                None => _ = configuration.deliver_events(),
            }
            self.fetches.extend(configuration.take_fetches().into_iter().map(|fetch| (index, fetch.id)));
        }
    }

    fn answer(&mut self, text: &str) {
        let Some((index, id)) = self.fetches.pop() else { return };
        let Some(configuration) = self.configurations.get(index) else { return };
        match text.split_once(' ') {
            Some((status, body)) => configuration.answer(id, &Answer::Response(status, &[body])),
            None => configuration.answer(id, &Answer::Failure(text.len().try_into().unwrap_or(u32::MAX))),
        }
    }
}

/// Whether the text contains the SHA-256 value of the certificate, however a header may write it.
fn has_certificate(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    digits.to_ascii_lowercase().contains(CERTIFICATE)
}
