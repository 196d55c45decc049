//! The manifests of examples/envoy-gateway and examples/istio, as far as they can run without a cluster: they are well-formed, and
//! the filter that they configure runs in Envoy. Their other resources were compared with the schemas by hand.

use serde_json::{Value, json};

use super::lab::{Lab, module_path};

fn resources(manifest: &str) -> Vec<Value> {
    assert!(manifest.contains("has not been run in a cluster"));
    serde_saphyr::from_multiple(manifest).unwrap_or_else(|error| panic!("{error}"))
}

fn of_kind<'resources>(resources: &'resources [Value], kind: &str) -> &'resources Value {
    let mut found = resources.iter().filter(|resource| resource["kind"] == kind);
    found.next().unwrap_or_else(|| panic!("{kind} is missing"))
}

/// Runs the filter in the guide's Envoy. Only paths are changed.
fn runs(change: impl FnOnce(&mut Lab)) {
    let mut lab = Lab::new();
    change(&mut lab);
    // The backend reports these headers.
    let settings = lab.settings().to_string().replace("/keys/jwks.json", "jwks.json");
    *lab.settings() = serde_json::from_str(&settings).unwrap();
    // The routes name the filter of the guide by the same name.
    let envoy = lab.start();
    let answer = envoy.ask_as("client", &[], "/accounts");
    assert!(answer.status == 200 && answer.text.contains("client=server-a "), "{answer:?}");
    let answer = envoy.ask_as("thief", &[], "/accounts");
    assert!(answer.status == 401 && answer.text.contains(r#"Bearer realm="api", error="invalid_token""#), "{answer:?}");
    assert_eq!(envoy.ask(&[], "/accounts").status, 401);
    envoy.logged(r#""client_id":"server-a""#);
}

#[test]
fn the_filter_of_envoy_gateway_runs() {
    let resources = resources(include_str!("../../../../examples/envoy-gateway/certbound.yaml"));
    let module = &of_kind(&resources, "EnvoyProxy")["spec"]["dynamicModules"][0];
    let used = &of_kind(&resources, "EnvoyExtensionPolicy")["spec"]["dynamicModule"][0];
    assert_eq!((&module["name"], &used["filterName"]), (&used["name"], &json!("certbound")));
    let mounted = &of_kind(&resources, "EnvoyProxy")["spec"]["provider"]["kubernetes"]["envoyDeployment"];
    are_mounted(
        &mounted["container"],
        &[module["source"]["local"]["path"].clone(), used["config"]["issuers"][0]["jwks_file"].clone()],
    );
    // Envoy Gateway passes `config` on as JSON.
    runs(|lab| *lab.settings() = used["config"].clone());
    runs_as_text(&used["config"]);
}

/// With a `StringValue` and the absolute path of the module, as Envoy Gateway configures it.
fn runs_as_text(config: &Value) {
    let mut lab = Lab::new();
    let text = config.to_string().replace("/keys/jwks.json", "jwks.json");
    let filter = &mut lab.manager()["http_filters"][0]["typed_config"];
    filter["filter_config"] = json!({"@type": "type.googleapis.com/google.protobuf.StringValue", "value": text});
    filter["dynamic_module_config"] = json!({"module": {"local": {"filename": module_path()}}});
    let envoy = lab.start();
    assert_eq!(envoy.ask_as("client", &[], "/accounts").status, 200);
    assert_eq!(envoy.ask_as("thief", &[], "/accounts").status, 401);
}

#[test]
fn the_filter_of_istio_runs() {
    let resources = resources(include_str!("../../../../examples/istio/certbound.yaml"));
    let patch = &of_kind(&resources, "EnvoyFilter")["spec"]["configPatches"][0]["patch"];
    assert_eq!(patch["operation"], "INSERT_BEFORE");
    let module = &patch["value"]["typed_config"]["dynamic_module_config"]["module"]["local"]["filename"];
    let keys = &patch["value"]["typed_config"]["filter_config"]["value"]["issuers"][0]["jwks_file"];
    let pod = &of_kind(&resources, "Deployment")["spec"]["template"]["spec"];
    are_mounted(&pod["containers"][0], &[module.clone(), keys.clone()]);
    let labels = &of_kind(&resources, "Deployment")["spec"]["template"]["metadata"]["labels"];
    for selector in [
        &of_kind(&resources, "EnvoyFilter")["spec"]["workloadSelector"]["labels"],
        &of_kind(&resources, "Gateway")["spec"]["selector"],
        &of_kind(&resources, "Service")["spec"]["selector"],
    ] {
        assert_eq!(selector["app"], labels["app"]);
    }
    runs(|lab| {
        lab.manager()["http_filters"][0] = patch["value"].clone();
        lab.manager()["http_filters"][0]["typed_config"]["dynamic_module_config"]["module"]["local"]["filename"] =
            json!(module_path());
    });
}

/// Each file is in a folder that the container mounts: a mounted file would never change.
fn are_mounted(container: &Value, files: &[Value]) {
    let mounts = container["volumeMounts"].as_array().unwrap();
    for file in files {
        let folder = file.as_str().unwrap().rsplit_once('/').unwrap().0;
        assert!(mounts.iter().any(|mount| mount["mountPath"] == folder && mount["readOnly"] == true), "{file}");
    }
}
