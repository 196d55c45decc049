//! A file that is replaced as a whole or not at all: the keys of `sync`, the report of `probe`, the source of `tables`.

use std::{
    fs::{self, File, Metadata},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use certbound::limits;
use tempfile::NamedTempFile;

/// The file at a path, or at the end of the symbolic link there.
#[derive(Clone, Debug)]
pub(crate) struct WholeFile {
    path: PathBuf,
}

/// What writing a text did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Changed,
    /// The file had this text already, and is untouched.
    Unchanged,
}

impl WholeFile {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails if no attempt could ever write this file: its folder is missing, or it is not a regular file.
    pub(crate) fn check(&self) -> io::Result<()> {
        let target = self.target()?;
        if !folder_of(&target).is_dir() {
            return Err(io::Error::new(ErrorKind::NotFound, "its folder does not exist"));
        }
        metadata_of(&target).map(|_| ())
    }

    /// Fails if the file cannot be written now: as [`check`](Self::check), or since its folder takes no new file.
    pub(crate) fn check_writable(&self) -> io::Result<()> {
        self.check()?;
        NamedTempFile::with_prefix_in(TEMPORARY_PREFIX, folder_of(&self.target()?)).map(|_| ())
    }

    /// The text and the time of the latest change, or `None` if there is no such file, or none of a key set's length.
    pub(crate) fn read(&self) -> Option<(Vec<u8>, SystemTime)> {
        // Before it is opened: opening a pipe waits for its writer.
        let metadata = fs::metadata(&self.path).ok().filter(Metadata::is_file)?;
        let file = File::open(&self.path).ok()?;
        let limit = u64::try_from(limits::JSON_LEN).ok()?;
        let mut text = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut text).ok()?;
        (text.len() <= limits::JSON_LEN).then_some((text, metadata.modified().ok()?))
    }

    /// Replaces the content unless it is the same.
    ///
    /// The text goes to a new file in the same folder, which then takes the place of the old one: a reader sees the old text
    /// or the new one, also after a crash. Each writer has a new file of its own, so that two of them do not mix their texts.
    /// On failure the new file is removed and the old one is as it was.
    pub(crate) fn write(&self, text: &[u8]) -> io::Result<Written> {
        if self.read().is_some_and(|(old, _)| old == text) {
            return Ok(Written::Unchanged);
        }
        let target = self.target()?;
        let old = metadata_of(&target)?;
        let folder = folder_of(&target);
        let mut new = NamedTempFile::with_prefix_in(TEMPORARY_PREFIX, folder)?;
        new.write_all(text)?;
        keep_access(new.as_file(), old.as_ref())?;
        new.as_file().sync_all()?;
        new.persist(&target).map_err(|error| error.error)?;
        // Without this the old name may come back after a crash. Not every file system can do it.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(Written::Changed)
    }

    /// The path without symbolic links at its end: the place of the last link's file, even if there is no file yet.
    fn target(&self) -> io::Result<PathBuf> {
        let mut target = self.path.clone();
        for _ in 0..LINKS {
            match fs::read_link(&target) {
                // A relative link starts in the folder of the link; `join` replaces the folder for an absolute one.
                Ok(next) => target = folder_of(&target).join(next),
                // Not a link, or nothing at all.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                    return Ok(target);
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("too many symbolic links"))
    }
}

/// The properties of the file at a path, or `None` if there is none yet.
fn metadata_of(target: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(target) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(_) => Err(io::Error::other("it is a folder, a pipe or a device, not a file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives a new file the owner and the permissions of the old one. Without an old one everybody may read it: keys are public, and the
/// web server runs as another user; a report has no secrets.
#[cfg(unix)]
fn keep_access(new: &File, old: Option<&Metadata>) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let Some(old) = old else {
        return new.set_permissions(fs::Permissions::from_mode(NEW_MODE));
    };
    let mode = old.mode() & 0o777;
    let made = new.metadata()?;
    let group = (made.gid() != old.gid()).then_some(old.gid());
    let owner = (made.uid() != old.uid()).then_some(old.uid());
    if owner.is_some() || group.is_some() {
        // Only root may give files away, and others only to groups that they are in.
        let kept = fchown(new, owner, group);
        if let Err(error) = kept
            && mode & 0o004 == 0
        {
            return Err(io::Error::new(
                error.kind(),
                format!(
                    "its owner and group cannot be kept ({error}), and with mode {mode:03o} its reader might lose access; \
                    run this command as its owner, or allow everybody to read it"
                ),
            ));
        }
    }
    // After the owner, whose change may clear bits.
    new.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_access(_: &File, _: Option<&Metadata>) -> io::Result<()> {
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Permissions of a file that did not exist.
#[cfg(unix)]
const NEW_MODE: u32 = 0o644;

/// Most symbolic links, as in Linux.
const LINKS: usize = 40;

/// Names of new files begin like this, so that they are hidden, and recognized if a crash leaves one.
const TEMPORARY_PREFIX: &str = ".certbound-";
