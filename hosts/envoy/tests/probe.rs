//! `certbound probe` finds an Envoy with the filter without weaknesses, and a route without it public.

use certbound_envoy_tests::{
    configuration::{Form, listener, with_listener},
    envoy::Envoy,
    probe::probe,
    stage::Stage,
};
use serde_json::json;

#[test]
fn stolen_tokens_are_worthless() {
    let stage = Stage::new();
    let routes = [("/off", json!({"enabled": false}))];
    let listener = listener(&stage, Form::Text, &stage.settings(json!({"cache_entries": 64})), &routes);
    let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[]));
    let probe_path = |path| probe(&stage, &format!("https://localhost:{}{path}", envoy.address().port()));
    probe_path("/").protected(&[]);

    let probed = probe_path("/off");
    assert_eq!((probed.code, &probed.findings["conclusion"]), (Some(2), &"public".into()), "{:#}", probed.findings);
}
