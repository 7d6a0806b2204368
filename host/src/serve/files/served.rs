//! A folder of files, or one file, and the path that it has.

use super::beneath::Beneath;
use anyhow::{Context, Result, ensure};
use http::{HeaderMap, Method, Request};
use http_body_util::Empty;
use hyper::body::Bytes;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use tower_http::services::ServeDir;
use tower_http::services::fs::DefaultServeDirFallback;

/// Bytes that are read of a file at once: as many as a sandbox writes of its answer.
const CHUNK: usize = crate::serve::limits::ANSWER_CHUNK;

/// What an option says: `PATH=DIR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Without a slash at its end: empty for the whole site.
    pub path: String,
    place: PathBuf,
}

impl FromStr for Mapping {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (path, place) = text.split_once('=').context("write PATH=DIR, as in /static=./static")?;
        ensure!(path.starts_with('/'), "a path begins with a slash: write /{path}={place}");
        ensure!(!place.is_empty(), "name a folder or a file: {path}=DIR");
        Ok(Mapping { path: path.trim_end_matches('/').to_owned(), place: place.into() })
    }
}

/// Files that are there for requests. Lives once.
#[derive(Clone)]
pub struct Served {
    pub path: String,
    /// Its name, of a single file.
    name: Option<String>,
    pub folder: ServeDir<DefaultServeDirFallback, Beneath>,
}

impl Served {
    /// Of all mappings of an option; the longest paths come first.
    ///
    /// # Errors
    /// When a folder or a file does not exist.
    pub fn all(option: &str, mappings: &[Mapping]) -> Result<Vec<Self>> {
        let mut served = mappings.iter().map(|mapping| Served::of(option, mapping)).collect::<Result<Vec<_>>>()?;
        served.sort_by_key(|served| std::cmp::Reverse(served.path.len()));
        Ok(served)
    }

    fn of(option: &str, mapping: &Mapping) -> Result<Self> {
        let Mapping { path, place } = mapping;
        let said = || format!("{option} {path}={}", place.display());
        let found = place.metadata().with_context(said)?;
        let (base, name) = if found.is_dir() {
            (place.clone(), None)
        } else {
            let name = place.file_name().and_then(|name| name.to_str());
            let name = name.with_context(|| format!("{}: its name is no UTF-8", said()))?;
            (place.parent().map(PathBuf::from).unwrap_or_default(), Some(format!("/{name}")))
        };
        let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
        let folder = ServeDir::with_backend("", Beneath(base.into())).with_buf_chunk_size(CHUNK);
        Ok(Served { path: path.clone(), name, folder })
    }

    /// Whether it is a single file.
    pub fn is_file(&self) -> bool {
        self.name.is_some()
    }

    /// A path within the folder; None for one of others.
    pub fn target<'a>(&'a self, path: &'a [u8]) -> Option<&'a [u8]> {
        let rest = path.strip_prefix(self.path.as_bytes())?;
        match &self.name {
            Some(name) => rest.is_empty().then_some(name.as_bytes()),
            None => rest.starts_with(b"/").then_some(rest),
        }
    }
}

/// A request for a path within a folder, as URLs have it.
pub fn bodiless(method: &Method, target: &[u8], headers: &HeaderMap) -> Option<Request<Empty<Bytes>>> {
    let mut asked = Request::new(Empty::new());
    *asked.method_mut() = method.clone();
    *asked.uri_mut() = target.try_into().ok()?;
    *asked.headers_mut() = headers.clone();
    Some(asked)
}

/// Whether an error means that there is no such file here.
pub fn is_elsewhere(error: &io::Error) -> bool {
    use libc::{EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENXIO, EXDEV};
    let of_path = |code| [EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENXIO, EXDEV].contains(&code);
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error().is_some_and(of_path)
}
