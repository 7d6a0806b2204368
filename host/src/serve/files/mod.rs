//! Files that the server sends itself: without a sandbox (`--static /static=DIR`), or because the application says so
//! (`--sendfile /protected=DIR`, and `wsgi.file_wrapper`).
//!
//! What is no file in a folder of `--static` is the application's matter: its own 404, a POST, and a path like
//! `/static/report` that the application makes itself.

mod beneath;
pub mod handed;
mod sendfile;
mod served;

pub use sendfile::{Asked, Sendfile};

use crate::terminal::console;
use crate::units;
use anyhow::Result;
use clap::Args;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use served::{Mapping, Served, bodiless, is_elsewhere};
use std::time::Duration;
use tower_http::services::fs::ServeFileSystemResponseBody;

/// The body of such an answer.
pub type FileBody = ServeFileSystemResponseBody;

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
    /// Folder of files that the application may have the server send, and the path that it names them by:
    /// `/protected=./files`; may be given several times.
    ///
    /// When an answer has `X-Accel-Redirect: /protected/a%20file.pdf`, as for nginx, or `X-Sendfile: /protected/a file.pdf`,
    /// as for Apache, the server sends that file in its place, with ranges and validators. Its type is the answer's, and so
    /// are all headers that do not describe the file. No path leads out of the folder.
    #[arg(long, value_name = "PATH=DIR")]
    sendfile: Vec<Mapping>,
}

impl FilesArgs {
    /// The paths that files are below.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.statics.iter().map(|mapping| mapping.path.as_str())
    }
}

/// The files of all mappings. Lives once.
#[derive(Clone, Default)]
pub struct Files {
    /// The longest paths first.
    served: Vec<Served>,
    max_age: Option<HeaderValue>,
    pub sendfile: Sendfile,
}

impl Files {
    /// From the command line.
    ///
    /// # Errors
    /// When a folder or a file does not exist.
    pub fn of(args: &FilesArgs) -> Result<Self> {
        let mut served = Served::all("--static", &args.statics)?;
        for Served { path, folder, .. } in &mut served {
            let compressed = folder.clone().precompressed_br().precompressed_zstd().precompressed_gzip();
            *folder = compressed.redirect_path_prefix(path.as_str());
        }
        let max_age = args.static_max_age.map(|age| format!("max-age={}", age.as_secs()));
        let max_age = max_age.map(HeaderValue::try_from).transpose()?;
        Ok(Files { served, max_age, sendfile: Sendfile::of(&args.sendfile)? })
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
            let Some(target) = target(served, request.uri().path()) else { continue };
            let asked = bodiless(request.method(), target.as_bytes(), request.headers())?;
            match served.folder.clone().try_call(asked).await {
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

/// A path within the folder, as a URL has it; None for one of others, and for hidden files.
fn target<'a>(served: &'a Served, path: &'a str) -> Option<&'a str> {
    let target = served.target(path.as_bytes())?;
    str::from_utf8(target).ok().filter(|target| served.is_file() || !is_hidden(target))
}

fn is_hidden(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.split('/').any(|part| part.starts_with('.') && part != WELL_KNOWN)
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
        let target = |path| files.served.iter().find_map(|served| Some((&*served.path, super::target(served, path)?)));
        let found = |path, target| Some((path, target));
        assert_eq!(target("/s/x.css"), found("/s", "/x.css"));
        assert_eq!(target("/sx.css"), found("", "/sx.css"));
        assert_eq!(target("/i"), found("/i", "/a.ico"));
        assert_eq!(target("/s/.git/config"), None);
        assert_eq!(target("/s/%2Egit/config"), None);
        assert_eq!(target("/.well-known/security.txt"), found("", "/.well-known/security.txt"));
    }
}
