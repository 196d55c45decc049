//! What these tests share: an authority, a server, and the file to keep current.

use std::{
    fs,
    process::{Child, Command},
    sync::{Arc, Mutex},
};

use crate::{
    https::{Authority, Reply, Request, Server, ok},
    support::{Files, Issuer, Outcome, run},
};

/// A file, and an authority that `--ca` names.
pub(crate) struct World {
    pub(crate) files: Files,
    pub(crate) authority: Authority,
    pub(crate) ca: String,
    pub(crate) out: String,
    pub(crate) issuer: Issuer,
}

impl World {
    /// There is no file yet.
    pub(crate) fn new() -> Self {
        let (files, authority) = (Files::new(), Authority::new());
        let (ca, out) = (files.write("ca.pem", &authority.pem), files.path("jwks.json"));
        Self { files, authority, ca, out, issuer: Issuer::new() }
    }

    /// A server with a valid certificate.
    pub(crate) fn server(&self, reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        Server::start(self.authority.server(&["127.0.0.1", "localhost"]), reply)
    }

    /// A server that answers every request with this body.
    pub(crate) fn serving(&self, body: impl Into<Vec<u8>>) -> Server {
        let body = body.into();
        self.server(move |_| ok(&body))
    }

    /// Runs one attempt with the key set of this URL.
    pub(crate) fn once(&self, url: &str) -> Outcome {
        self.run(&["--jwks-uri", url, "--once"])
    }

    /// Runs `sync` with the file and the authority, and these arguments.
    pub(crate) fn run(&self, more: &[&str]) -> Outcome {
        run(&[&["sync", "--out", &self.out, "--ca", &self.ca], more].concat())
    }

    pub(crate) fn content(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// The names in the folder of the file, so that leftovers are noticed.
    pub(crate) fn names(&self) -> Vec<String> {
        let folder = fs::read_dir(self.files.path(".")).unwrap();
        let mut names: Vec<_> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Asserts that an attempt failed for this reason, with exit code 1, and left the file as it was.
    #[track_caller]
    pub(crate) fn rejected(&self, arguments: &[&str], reason: &str) -> String {
        for old in [None, Some(self.issuer.jwks())] {
            match &old {
                None => drop(fs::remove_file(&self.out)),
                Some(old) => fs::write(&self.out, old).unwrap(),
            }
            let outcome = self.run(arguments);
            let words = outcome.rejected(reason);
            assert_eq!(fs::read_to_string(&self.out).ok(), old, "{words}");
            let expected = if old.is_some() { &["ca.pem", "jwks.json"][..] } else { &["ca.pem"] };
            assert_eq!(self.names(), expected, "{words}");
            if old.is_some() {
                return words;
            }
        }
        unreachable!("the second round returns")
    }
}

/// Asserts that an attempt left the file current, and that it changed it. Returns standard error.
#[track_caller]
pub(crate) fn changed(outcome: &Outcome) -> &str {
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), ""), "{}", outcome.stderr);
    assert!(outcome.stderr.lines().last().unwrap().starts_with("changed: "), "{}", outcome.stderr);
    &outcome.stderr
}

/// Asserts that an attempt found the file current. Returns standard error.
#[track_caller]
pub(crate) fn unchanged(outcome: &Outcome) -> &str {
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(0), ""), "{}", outcome.stderr);
    assert!(outcome.stderr.lines().last().unwrap().starts_with("unchanged: "), "{}", outcome.stderr);
    &outcome.stderr
}

/// Replaces a file by a pipe that has no writer, at once, because a service may write the file at any moment.
pub(crate) fn replace_by_pipe(path: &str) {
    let pipe = format!("{path}.pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::rename(pipe, path).unwrap();
}

/// Sends a signal to a running command.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(status.success());
}

/// A value that a test changes while a server answers with it.
#[derive(Clone)]
pub(crate) struct Shared<T>(Arc<Mutex<T>>);

impl<T: Clone> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(value)))
    }

    pub(crate) fn get(&self) -> T {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn set(&self, value: T) {
        *self.0.lock().unwrap() = value;
    }
}
