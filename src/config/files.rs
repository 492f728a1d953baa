//! What the configuration file points at: other files, and environment variables.

use std::fmt;
use std::path::{Path, PathBuf};

use super::secret::Secret;
use super::section::{Found, Section, Span};

/// The largest file that is read for a password, key or certificate, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Where relative paths start, and how variables are looked up. Tests give their own.
pub(super) struct Surroundings {
    folder: PathBuf,
    variable: fn(&str) -> Option<String>,
}

impl Surroundings {
    /// Those of this process, with relative paths counted from `folder`.
    pub(super) fn real(folder: PathBuf) -> Self {
        Self { folder, variable: |name| std::env::var(name).ok() }
    }

    #[cfg(test)]
    pub(super) fn fake(folder: PathBuf, variable: fn(&str) -> Option<String>) -> Self {
        Self { folder, variable }
    }

    /// `path` as it counts from the configuration file's folder.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

/// A file that the configuration names, already read. Debug shows its path only.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Where it was read from, for messages.
    pub path: PathBuf,
    /// Its bytes.
    pub contents: Secret,
}

impl fmt::Debug for NamedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

/// The PEM file under `key`, read. Notes a file that is absent, unreadable or no PEM.
pub(super) fn pem(
    section: &Section,
    key: &'static str,
    around: &Surroundings,
) -> Option<NamedFile> {
    let found = section.string(key, "server.pem")?;
    let path = around.resolve(found.value);
    let contents = read(section, key, &found, &path)?;
    let text = String::from_utf8_lossy(&contents);
    if !text.contains("-----BEGIN ") {
        let message = format!("{} holds no PEM block", path.display());
        let advice = "name a file with a `-----BEGIN …-----` line";
        section.wrong(key, &found.span, message, advice);
        return None;
    }
    Some(NamedFile { path, contents: Secret::new(contents) })
}

/// Reads a bounded file, noting what went wrong.
fn read(section: &Section, key: &'static str, found: &Found<&str>, path: &Path) -> Option<Vec<u8>> {
    let size = std::fs::metadata(path).map(|metadata| metadata.len());
    let contents = match size {
        Ok(size) if size > MAX_FILE_BYTES => Err(std::io::Error::other("larger than 1 MiB")),
        Ok(_) => std::fs::read(path),
        Err(error) => Err(error),
    };
    if let Ok(contents) = &contents {
        section.note_contents(key, contents);
    }
    contents
        .map_err(|error| {
            let message = format!("cannot read {}: {error}", path.display());
            let advice = "name a file that the proxy's user may read";
            section.wrong(key, &found.span, message, advice);
        })
        .ok()
}

/// The ways to give a password.
const WAYS: &str = "password, password_file, password_env";

/// The password that `section` gives in one of the three ways; `None` when it gives none, or
/// after noting why it cannot be had. More than one way is a mistake.
pub(super) fn password(section: &Section, around: &Surroundings) -> Option<Found<Secret>> {
    let plain = section.string("password", "secret");
    let file = section.string("password_file", "monitor.password");
    let variable = section.string("password_env", "ANABRANCH_MONITOR_PASSWORD");
    let mut given = [("password", &plain), ("password_file", &file), ("password_env", &variable)]
        .into_iter()
        .filter_map(|(key, found)| found.as_ref().map(|found| (key, found.span.clone())));
    let first = given.next()?;
    for (key, span) in given {
        one_way(section, key, &span, first.0);
    }
    let secret = if let Some(plain) = plain {
        Secret::new(plain.value)
    } else if let Some(file) = file {
        from_file(section, &file, around)?
    } else {
        from_variable(section, &variable?, around)?
    };
    Some(Found { value: secret, span: first.1 })
}

/// Notes that `key` gives again what `first` already gave.
pub(super) fn one_way(section: &Section, key: &str, span: &Span, first: &str) {
    section.wrong(key, span, format!("given beside {first}"), format!("keep only one of {WAYS}"));
}

/// A password file's first line: editors end files with a newline that is no part of it.
fn from_file(section: &Section, file: &Found<&str>, around: &Surroundings) -> Option<Secret> {
    let mut bytes = read(section, "password_file", file, &around.resolve(file.value))?;
    let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    bytes.truncate(end);
    if std::str::from_utf8(&bytes).is_err() {
        section.wrong("password_file", &file.span, "not UTF-8", "write the password as UTF-8 text");
        return None;
    }
    Some(Secret::new(bytes))
}

fn from_variable(section: &Section, name: &Found<&str>, around: &Surroundings) -> Option<Secret> {
    let value = (around.variable)(name.value);
    if value.is_none() {
        let message = format!("the environment variable {} is not set", name.value);
        let advice = "set it before starting, or write password_file instead";
        section.wrong("password_env", &name.span, message, advice);
    }
    if let Some(value) = &value {
        section.note_contents("password_env", value.as_bytes());
    }
    value.map(Secret::new)
}
