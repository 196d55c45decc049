//! The report of `--report`, in a browser: complete, self-contained, and readable in every window.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use http::{Request, Response};
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    pki::Clients,
    server::{Handler, Peer, Server},
    support::{HEADER, claims, run},
    weak_api::{Manner, WeakApi, Weakness},
    world::{Findings, World},
};

/// What an API may say to attack the reader: markup, and control characters with one byte or two (C0 and C1).
const HOSTILE: &str = "Bearer <script>alert(1)</script>\u{9b}31m";

#[test]
fn the_report_is_rendered_without_errors_and_loads_nothing() {
    let world = World::new();
    let api = world.api(Some(Weakness::TrustsClientCert), &[Manner::Challenges(HOSTILE)]);
    let (url, report) = (api.url("/accounts"), world.files.path("report.html"));
    let claims = claims(&world.owner.certificate);
    let claims =
        format!(r#"{{"<script>alert(2)</script>\u001b[31m\u009b31m": 1, {}"#, claims.strip_prefix('{').unwrap());
    let token = world.files.write("hostile.jwt", world.issuer.sign(HEADER, &claims));
    let arguments = world.all(&url).into_iter().map(|argument| if argument == world.token { &token } else { argument });
    let arguments: Vec<_> = arguments.chain(["--report", report.as_str()]).collect();
    let findings = Findings::of(&arguments);
    assert_eq!(findings.code, 1);
    assert_eq!(fs::metadata(&report).unwrap().permissions().mode() & 0o777, 0o644);
    // JSON escapes by itself, and exactly once.
    assert_eq!(findings.json["token"]["claims"][0], "<script>alert(2)</script>\u{1b}[31m\u{9b}31m");
    let answer = findings.attack("no_token")["requests"][0]["answer"].as_str().unwrap();
    assert_eq!(answer, format!("401 Unauthorized, WWW-Authenticate: {HOSTILE}"));
    // On a terminal and in the report, nothing is left that acts.
    let text = run(&arguments).stdout;
    assert!(text.contains(r#""<script>alert(2)</script>\u001b[31m\u009b31m""#), "{text}");
    let html = fs::read_to_string(&report).unwrap();
    for text in [text.as_str(), &html] {
        assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
    }

    let mut browser = Browser::start();
    browser.open(&format!("file://{report}"));
    let text = browser.evaluate("document.body.innerText");
    let text = text.as_str().unwrap();
    for words in [
        "✗ Weaknesses were found",
        "One thing that should be refused was accepted: forged_client_cert.",
        concat!("certbound ", env!("CARGO_PKG_VERSION")),
        "O=Example \\<Ltd\\> & Söhne,CN=owner",
        findings.json["token"]["sha256"].as_str().unwrap(),
        "19 as they should be, 1 wrong; ",
        r"<script>alert(2)</script>\u001b[31m\u009b31m",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    // One row for each attack, in order, with its mark.
    let rows = browser.evaluate(
        "[...document.querySelectorAll('ol > li')].map(row => [row.id, row.querySelector('.mark').innerText, row.querySelector('p').innerText])",
    );
    let attacks = findings.json["attacks"].as_array().unwrap();
    assert_eq!(rows.as_array().unwrap().len(), attacks.len());
    for (row, attack) in rows.as_array().unwrap().iter().zip(attacks) {
        let mark = if attack["good"] == true { "✓" } else { "✗" };
        let verdict = format!("{mark} {}", attack["verdict"].as_str().unwrap());
        assert_eq!(*row, json!([attack["name"], verdict, attack["meaning"]]));
    }
    // The requests are there, without the token.
    let requests =
        browser.evaluate("[...document.querySelectorAll('#forged_client_cert pre')].map(one => one.textContent)");
    assert_eq!(requests.as_array().unwrap().len(), 2);
    let request = requests[0].as_str().unwrap();
    assert!(request.starts_with("GET /accounts\nhost: 127.0.0.1:"), "{request}");
    assert!(
        request.ends_with("\nauthorization: Bearer (the token)\nclient-cert: (the owner's certificate)"),
        "{request}"
    );

    let answer = browser.evaluate("document.querySelector('#no_token summary').textContent");
    assert_eq!(answer, r"401 Unauthorized, WWW-Authenticate: Bearer <script>alert(1)</script>\u009b31m");

    let urls: Vec<_> = browser.events.iter().filter(|(name, _)| name == "Network.requestWillBeSent").collect();
    assert_eq!(urls.len(), 1, "{urls:?}");
    let complaints = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Network.loadingFailed"];
    let complaints: Vec<_> = browser.events.iter().filter(|(name, _)| complaints.contains(&name.as_str())).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    // What a browser would block is not there in the first place.
    let active =
        browser.evaluate("document.querySelectorAll('script, link, img, iframe, object, form, a[href]').length");
    assert_eq!(active, 0);
}

/// The colours of text and page, and the largest distance that something reaches beyond the window.
const LAYOUT: &str = "(() => {
    const rows = [...document.querySelectorAll('.mark, .verdict, dd, dt, p, h1, summary')];
    return {
        overflow: Math.max(document.documentElement.scrollWidth - window.innerWidth,
            ...rows.map(row => row.getBoundingClientRect().right - window.innerWidth)),
        page: getComputedStyle(document.body).backgroundColor,
        text: rows.map(row => getComputedStyle(row).color),
    };
})()";

#[test]
fn the_report_is_readable_in_every_window() {
    let world = World::new();
    let (mut browser, report) = (Browser::start(), world.files.path("report.html"));
    // All marks: good, bad, left out.
    let api = world.api(Some(Weakness::IgnoresBinding), &[]);
    let url = api.url(&format!("/accounts/{}", "long-segment".repeat(30)));
    run(&[&world.least(&url)[..], &["--report", &report]].concat());
    for width in [320, 640, 1600] {
        for scheme in ["light", "dark"] {
            let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500});
            browser.call("Emulation.setDeviceMetricsOverride", size);
            let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.call("Emulation.setEmulatedMedia", scheme.clone());
            browser.open(&format!("file://{report}"));
            browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)");
            let layout = browser.evaluate(LAYOUT);
            assert!(layout["overflow"].as_f64().unwrap() <= 0.0, "{width}: {layout}");
            let page = luminance(&layout["page"]);
            for color in layout["text"].as_array().unwrap() {
                // WCAG 2.2, success criterion 1.4.3.
                let contrast = contrast(page, luminance(color));
                assert!(contrast >= 4.5, "{color} on {} has the contrast {contrast}, in {scheme}", layout["page"]);
            }
        }
    }
}

/// The relative luminance of a colour such as `rgb(1, 2, 3)` (WCAG 2.2).
fn luminance(color: &Value) -> f64 {
    let numbers = color.as_str().unwrap().trim_start_matches("rgb(").trim_end_matches(')');
    let part = |text: &str| {
        let part = text.trim().parse::<f64>().unwrap() / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    numbers.split(',').zip([0.2126, 0.7152, 0.0722]).map(|(text, weight)| part(text) * weight).sum()
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// An API whose first answer removes the folder of the report.
struct Removes(WeakApi, PathBuf);

impl Handler for Removes {
    fn handle(&self, peer: &Peer, request: &Request<Bytes>) -> Option<Response<String>> {
        let _ = fs::remove_dir_all(&self.1);
        self.0.handle(peer, request)
    }
}

#[test]
fn the_result_is_printed_even_if_its_report_cannot_be_written() {
    let world = World::new();
    for (weakness, code, conclusion, words) in [
        (None, 2, "protected", &["error: --report "][..]),
        (Some(Weakness::AcceptsUnsigned), 1, "vulnerable", &["warning: --report ", "rejected: vulnerable: "]),
        (Some(Weakness::IsPublic), 2, "public", &["warning: --report ", "error: The URL answers without a token"]),
    ] {
        let folder = PathBuf::from(world.files.path("reports"));
        fs::create_dir(&folder).unwrap();
        let report = folder.join("report.html").to_str().unwrap().to_owned();
        let api = Removes(world.handler(weakness, &[]), folder);
        let api = Server::start(world.authority.mutual(Clients::Any, &["h2"]), api);
        let url = api.url("/accounts");
        let findings = Findings::of(&[&world.all(&url)[..], &["--report", &report]].concat());
        assert_eq!((findings.code, &findings.json["conclusion"]), (code, &conclusion.into()));
        let lines: Vec<_> = findings.stderr.lines().collect();
        assert_eq!(lines.len(), words.len(), "{lines:?}");
        assert!(lines.iter().zip(words).all(|(line, words)| line.starts_with(words)), "{lines:?}");
    }
}

#[test]
fn a_protected_api_and_a_url_that_cannot_be_tried_have_reports() {
    let world = World::new();
    for (weakness, has_thief, words) in [
        (None, true, "✓ Stolen tokens are worthless here"),
        (None, false, "✓ Nothing wrong was accepted, but not everything was tried"),
        (Some(Weakness::IsPublic), true, "? It could not be tried"),
    ] {
        let api = world.api(weakness, &[]);
        let (url, report) = (api.url("/accounts"), world.files.path("report.html"));
        let arguments = if has_thief { world.all(&url) } else { world.least(&url) };
        let output = run(&[&arguments[..], &["--report", &report]].concat());
        let sentence = if has_thief { "nothing else was: stolen tokens" } else { "pass --thief-cert" };
        assert_eq!(output.stdout.contains(sentence), weakness.is_none(), "{}", output.stdout);
        assert!(fs::read_to_string(&report).unwrap().contains(words));
    }
    // A run that fails before anything is sent leaves the report of the last one.
    let before = fs::read_to_string(world.files.path("report.html")).unwrap();
    let report = world.files.path("report.html");
    run(&["probe", "https://127.0.0.1:1/", "--cert", "x", "--key", "x", "--token", "x", "--report", &report])
        .unusable();
    assert_eq!(fs::read_to_string(&report).unwrap(), before);
    // A link stays a link, and the file behind it keeps its permissions.
    let api = world.api(None, &[]);
    let (url, link) = (api.url("/accounts"), world.files.path("link.html"));
    std::os::unix::fs::symlink("report.html", &link).unwrap();
    fs::set_permissions(&report, fs::Permissions::from_mode(0o640)).unwrap();
    run(&[&world.all(&url)[..], &["--report", &link]].concat()).accepted();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&report).unwrap().contains("✓ Stolen tokens are worthless here"));
    assert_eq!(fs::metadata(&report).unwrap().permissions().mode() & 0o777, 0o640);
    let names = Command::new("ls").arg("-A").arg(world.files.path(".")).output().unwrap();
    assert!(!String::from_utf8(names.stdout).unwrap().contains(".certbound"));
}
