//! Files that the server sends without a sandbox: `--static /static=DIR`.
//!
//! What is no file there is the application's matter: its own 404, a POST, and a path like `/static/report` that the
//! application makes itself.

mod beneath;

use crate::terminal::console;
use crate::units;
use anyhow::{Context, Result, ensure};
use beneath::Beneath;
use clap::Args;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Empty;
use hyper::body::Bytes;
use percent_encoding::percent_decode_str;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use tower_http::services::ServeDir;
use tower_http::services::fs::{DefaultServeDirFallback, ServeFileSystemResponseBody};

/// The body of such an answer.
pub type FileBody = ServeFileSystemResponseBody;

/// Bytes that are read of a file at once: as many as a sandbox writes of its answer.
const CHUNK: usize = super::limits::ANSWER_CHUNK;
/// The one hidden name that is for everybody (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

#[derive(Args, Clone)]
#[command(next_help_heading = "Files")]
pub struct FilesArgs {
    /// Folder of files that the server sends itself, and the path that they are below: `/static=./static`; may be given
    /// several times. For one file, its own path: `/favicon.ico=static/icon.ico`.
    ///
    /// With `style.css.br`, `.zst` or `.gz` beside `style.css`, clients that can read it get that. Hidden files and
    /// symbolic links that lead out of the folder are not sent. What is no file there is answered by the application.
    #[arg(long = "static", value_name = "PATH=DIR")]
    statics: Vec<Mapping>,
    /// How long clients may use such a file without asking again: Cache-Control's max-age
    #[arg(long, value_name = "DURATION", value_parser = units::duration, requires = "statics")]
    static_max_age: Option<Duration>,
}

impl FilesArgs {
    /// The paths that files are below.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.statics.iter().map(|mapping| mapping.path.as_str())
    }
}

/// Where files are, and the path of the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mapping {
    /// Without a slash at its end: empty for the whole site.
    path: String,
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

/// The files of all mappings. Lives once.
#[derive(Clone, Default)]
pub struct Files {
    /// The longest paths first.
    served: Vec<Served>,
    max_age: Option<HeaderValue>,
}

#[derive(Clone)]
struct Served {
    path: String,
    /// Its name, of a single file.
    name: Option<String>,
    folder: ServeDir<DefaultServeDirFallback, Beneath>,
}

impl Files {
    /// From the command line.
    ///
    /// # Errors
    /// When a folder or a file does not exist.
    pub fn of(args: &FilesArgs) -> Result<Self> {
        let mut served = args.statics.iter().map(Served::of).collect::<Result<Vec<_>>>()?;
        served.sort_by_key(|served| std::cmp::Reverse(served.path.len()));
        let max_age = args.static_max_age.map(|age| format!("max-age={}", age.as_secs()));
        let max_age = max_age.map(HeaderValue::try_from).transpose()?;
        Ok(Files { served, max_age })
    }

    pub fn is_empty(&self) -> bool {
        self.served.is_empty()
    }

    /// The answer to a request for a file; None if there is no such file.
    pub async fn find<B>(&self, request: &Request<B>) -> Option<Response<FileBody>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        for served in &self.served {
            let Some(target) = served.target(request.uri().path()) else { continue };
            match served.folder.clone().try_call(bodiless(request, &target)?).await {
                Ok(response) if response.status() == StatusCode::NOT_FOUND => {}
                Ok(response) => return Some(self.with_age(response)),
                Err(error) if is_elsewhere(&error) => {}
                Err(error) => console::warning(&format!("wasgi: --static {}: {target}: {error}", served.path)),
            }
        }
        None
    }

    fn with_age(&self, mut response: Response<FileBody>) -> Response<FileBody> {
        let is_file = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
        if let Some(max_age) = self.max_age.as_ref().filter(|_| is_file) {
            response.headers_mut().insert(header::CACHE_CONTROL, max_age.clone());
        }
        response
    }
}

impl Served {
    fn of(mapping: &Mapping) -> Result<Self> {
        let Mapping { path, place } = mapping;
        let said = || format!("--static {path}={}", place.display());
        let found = place.metadata().with_context(said)?;
        let (base, name) = if found.is_dir() {
            (place.clone(), None)
        } else {
            let name = place.file_name().and_then(|name| name.to_str());
            let name = name.with_context(|| format!("{}: its name is no UTF-8", said()))?;
            (place.parent().map(PathBuf::from).unwrap_or_default(), Some(format!("/{name}")))
        };
        let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
        let folder = ServeDir::with_backend("", Beneath(base.into()));
        let folder = folder.precompressed_br().precompressed_zstd().precompressed_gzip();
        let folder = folder.redirect_path_prefix(path.as_str()).with_buf_chunk_size(CHUNK);
        Ok(Served { path: path.clone(), name, folder })
    }

    /// A path within the folder, as a URL has it; None for one of others.
    fn target(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(self.path.as_str())?;
        match &self.name {
            Some(name) => rest.is_empty().then(|| name.clone()),
            None => (rest.starts_with('/') && !is_hidden(rest)).then(|| rest.to_owned()),
        }
    }
}

fn is_hidden(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split('/').any(|part| part.starts_with('.') && part != WELL_KNOWN)
}

/// The request for a path within the folder.
fn bodiless<B>(request: &Request<B>, target: &str) -> Option<Request<Empty<Bytes>>> {
    let mut asked = Request::new(Empty::new());
    *asked.method_mut() = request.method().clone();
    *asked.uri_mut() = target.parse().ok()?;
    *asked.headers_mut() = request.headers().clone();
    Some(asked)
}

/// Whether an error means that there is no such file here.
fn is_elsewhere(error: &io::Error) -> bool {
    use libc::{EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENXIO, EXDEV};
    let of_path = |code| [EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENXIO, EXDEV].contains(&code);
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error().is_some_and(of_path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parsed::parsed;

    #[test]
    fn paths_belong_to_the_longest_mapping() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display().to_string();
        std::fs::write(folder.path().join("a.ico"), "").unwrap();
        let given =
            [format!("--static=/={place}"), format!("--static=/s/={place}"), format!("--static=/i={place}/a.ico")];
        let args: FilesArgs = parsed(&given.each_ref().map(String::as_str));
        let files = Files::of(&args).unwrap();
        let target =
            |path: &str| files.served.iter().find_map(|served| Some((served.path.clone(), served.target(path)?)));
        let found = |path: &str, target: &str| Some((path.to_owned(), target.to_owned()));
        assert_eq!(target("/s/x.css"), found("/s", "/x.css"));
        assert_eq!(target("/sx.css"), found("", "/sx.css"));
        assert_eq!(target("/i"), found("/i", "/a.ico"));
        assert_eq!(target("/s/.git/config"), None);
        assert_eq!(target("/s/%2Egit/config"), None);
        assert_eq!(target("/.well-known/security.txt"), found("", "/.well-known/security.txt"));
    }
}
