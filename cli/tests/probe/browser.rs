//! A browser without a window, driven by the Chrome DevTools Protocol over a pipe.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    commands: Option<ChildStdin>,
    messages: BufReader<ChildStdout>,
    count: u64,
    session: Value,
    /// The events so far, with their parameters.
    pub(crate) events: Vec<(String, Value)>,
    _profile: TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The browser reads commands from descriptor 3, and writes to descriptor 4.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec chromium-headless-shell "$@" 3<&0 4>&1 </dev/null >/dev/null 2>"$0""#])
            .arg(profile.path().join("log"))
            .args([
                "--remote-debugging-pipe",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (commands, messages) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser =
            Self { child, commands, messages, count: 0, session: Value::Null, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.call("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].clone();
        for domain in ["Page", "Network", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Opens a page, and waits until it is complete.
    pub(crate) fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url}));
        while !self.events.iter().any(|(name, _)| name == "Page.loadEventFired") {
            self.read();
        }
        self.events.retain(|(name, _)| name != "Page.loadEventFired");
    }

    /// The value of a JavaScript expression.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let result = self.call("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        assert!(result["exceptionDetails"].is_null(), "{result}");
        result["result"]["value"].clone()
    }

    /// Sends a command, and returns its result.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.count += 1;
        let mut message = json!({"id": self.count, "method": method, "params": parameters});
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        let sent = self.commands.as_mut().unwrap().write_all(format!("{message}\0").as_bytes());
        sent.expect("chromium-headless-shell does not start: run make setup-report");
        loop {
            let message = self.read();
            if message["id"] == self.count {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.messages.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "chromium-headless-shell has ended, or is missing: run make setup-report");
        let message: Value = serde_json::from_slice(&message).unwrap();
        if let Some(name) = message["method"].as_str() {
            self.events.push((name.to_owned(), message["params"].clone()));
        }
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closing the pipe ends the browser.
        drop(self.commands.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
