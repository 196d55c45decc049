//! A file with a JWK Set, which is read again when it changes.

use std::{
    fs::{self, File, Metadata},
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::{
    identity::Identity,
    keys::{JWKS_LEN, PreparedSet},
};

/// A file with a JWK Set.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    /// What was there when it was last read; `None` if that failed, or if it may have changed since.
    seen: Option<Mark>,
    /// The identity of the text, and its time.
    read: Option<(Identity, SystemTime)>,
    /// Why it could not be read the last time.
    failure: Option<String>,
}

/// Changes whenever the file is replaced or written, except for writes within one tick of the file system's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    device: u64,
    inode: u64,
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl KeyFile {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), seen: None, read: None, failure: None }
    }

    /// Reads the file, if it has changed since it was last read. `None` if there is nothing new, neither a text nor a reason
    /// why there is none.
    pub(crate) fn poll(&mut self) -> Option<Result<Jwks, String>> {
        match self.read_changed() {
            Ok(Some(jwks)) => {
                self.failure = None;
                Some(Ok(jwks))
            }
            Ok(None) => None,
            Err(reason) => {
                (self.seen, self.read) = (None, None);
                let is_new = self.failure.as_ref() != Some(&reason);
                self.failure = Some(reason.clone());
                is_new.then_some(Err(reason))
            }
        }
    }

    fn read_changed(&mut self) -> Result<Option<Jwks>, String> {
        let metadata = fs::metadata(&self.path).map_err(|error| error.to_string())?;
        if !metadata.is_file() {
            return Err("not a regular file".to_owned());
        }
        let (mark, modified) = (Mark::of(&metadata), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
        if self.seen == Some(mark) {
            return Ok(None);
        }
        let mut text = Vec::new();
        let file = File::open(&self.path).map_err(|error| error.to_string())?;
        // One byte more than is allowed, which the core rejects.
        let limit = u64::try_from(JWKS_LEN).unwrap_or(u64::MAX).saturating_add(1);
        file.take(limit).read_to_end(&mut text).map_err(|error| error.to_string())?;
        let is_settled = modified.elapsed().is_ok_and(|age| age > SETTLED_AFTER);
        self.seen = is_settled.then_some(mark);
        let read = Some((PreparedSet::identity_of(&text), modified));
        let is_new = self.read != read;
        self.read = read;
        Ok(is_new.then_some(Jwks { text, modified }))
    }
}

/// The text of a JWK Set, and when it was written.
#[derive(Debug)]
pub(crate) struct Jwks {
    pub(crate) text: Vec<u8>,
    pub(crate) modified: SystemTime,
}

/// A file that was modified within this time may be modified again without a new time.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn a_file_is_read_when_it_changes() {
        let folder = env::temp_dir().join(format!("certbound-envoy-key-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("jwks.json");
        let mut file = KeyFile::new(&path);
        assert!(file.poll().unwrap().is_err(), "missing");
        assert!(file.poll().is_none(), "still missing");

        let text = |file: &mut KeyFile| file.poll().map(|read| read.unwrap().text);
        let age = |path: &Path, seconds| {
            let past = SystemTime::now() - Duration::from_secs(seconds);
            File::options().write(true).open(path).unwrap().set_modified(past).unwrap();
        };
        fs::write(&path, "one").unwrap();
        assert_eq!(text(&mut file).unwrap(), b"one");
        assert_eq!(text(&mut file), None);
        fs::write(&path, "ONE").unwrap();
        assert_eq!(text(&mut file).unwrap(), b"ONE", "of the same length, perhaps within one tick of the clock");
        age(&path, 60);
        assert_eq!(text(&mut file).unwrap(), b"ONE", "with another time");
        assert_eq!(text(&mut file), None);

        // Replaced, as Kubernetes and `mv` do, by a file of the same length and age.
        fs::write(folder.join("new"), "two").unwrap();
        age(&folder.join("new"), 60);
        fs::rename(folder.join("new"), &path).unwrap();
        assert_eq!(text(&mut file).unwrap(), b"two");
        assert_eq!(text(&mut file), None);

        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(file.poll().unwrap().unwrap_err(), "not a regular file");
        fs::remove_dir_all(&folder).unwrap();
    }
}
