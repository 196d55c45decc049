//! Keys and JSON texts of the core's data files, on the boards.

use certbound::{Algorithm, Error, KeySet};
use certbound_firmware_tests::{Board, Image, Machine};
use certbound_gateway::{Answer, Cause, Settings};

use crate::support::{CERTIFICATE_A, Issuer, judge, stages, usual_claims, usual_header, usual_policy};

/// A board whose only pinned key is unusable says so, and judges nothing.
#[test]
fn every_key_is_usable_or_not_as_on_the_host() {
    for stage in stages(include_str!("../../../../tests/vectors/stages/keys.txt")) {
        let jwks = format!(r#"{{"keys":[{}]}}"#, stage.input);
        let verdict = KeySet::<8>::from_jwks(jwks.as_bytes()).map(|keys| u8::try_from(keys.len()).unwrap());
        assert_eq!(verdict.is_ok(), stage.verdict == "accepted", "{}", stage.shows);
        let settings = Settings::new("https://as.example", "https://api.example", jwks.as_bytes());
        let expected = match verdict {
            Ok(keys) => Answer::Started { cause: Cause::Power, file: "", line: 0, keys },
            Err(error) => Answer::SettingsUnusable { error: error.code() },
        };
        let mut boards = Machine::ALL.map(|machine| Board::start(machine, Image::Gateway, &settings));
        for board in &mut boards {
            assert_eq!(board.receive(), expected, "{}", stage.shows);
        }
    }
}

/// Each text as a claim, so that host and boards read the same JSON.
#[test]
fn every_json_text_is_read_as_on_the_host() {
    let issuer = Issuer::new();
    for stage in stages(include_str!("../../../../tests/vectors/stages/json.txt")) {
        let claims = usual_claims().with("x", stage.input).json();
        let token = issuer.token(Algorithm::ES256, usual_header().json(), claims);
        // `judge` compares. Inside an object some texts get another verdict than alone.
        let verdict = judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), &token, |_| ());
        let is_json = verdict.map_or_else(|error| error.name().starts_with("json_"), |()| true);
        assert!(is_json || verdict == Err(Error::IssuerMalformed), "{}: {verdict:?}", stage.shows);
    }
}
