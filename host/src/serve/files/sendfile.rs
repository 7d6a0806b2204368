//! Files that the application has the server send: `X-Accel-Redirect`, nginx's, and `X-Sendfile`, Apache's.

use super::FileBody;
use super::served::{Mapping, Served, bodiless, is_elsewhere};
use crate::serve::request::error::RequestError;
use anyhow::Result;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use std::borrow::Cow;

/// A URL, percent-encoded.
const ACCEL: HeaderName = HeaderName::from_static("x-accel-redirect");
/// A path, as it is.
const SENDFILE: HeaderName = HeaderName::from_static("x-sendfile");
/// Whatever else would mean something in a URL.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
/// They describe the file: what the application says of its own body is not true of it.
const OF_FILE: [HeaderName; 5] =
    [header::ACCEPT_RANGES, header::CONTENT_LENGTH, header::CONTENT_RANGE, header::ETAG, header::LAST_MODIFIED];
/// What a request says of the file that it wants. Its other headers are the application's matter.
const ASKED: [HeaderName; 6] = [
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::RANGE,
];

/// The folders of `--sendfile`. Lives once.
#[derive(Clone, Default)]
pub struct Sendfile(Vec<Served>);

/// How a client wants a file that the application may name.
pub struct Asked {
    method: Method,
    headers: HeaderMap,
}

impl Sendfile {
    /// # Errors
    /// When a folder or a file does not exist.
    pub fn of(mappings: &[Mapping]) -> Result<Self> {
        let mut served = Served::all("--sendfile", mappings)?;
        for Served { folder, .. } in &mut served {
            *folder = folder.clone().append_index_html_on_directories(false).redirect_to_trailing_slash(false);
        }
        Ok(Sendfile(served))
    }

    /// What to keep of a request; None if the application cannot name files.
    pub fn asked<B>(&self, request: &Request<B>) -> Option<Asked> {
        if self.0.is_empty() {
            return None;
        }
        let (method, mut headers) = (request.method(), HeaderMap::new());
        // In another request these headers are about something else, which the application has changed by now.
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        for name in ASKED.into_iter().filter(|_| is_read) {
            if let Some(value) = request.headers().get(&name) {
                headers.insert(name, value.clone());
            }
        }
        Some(Asked { method: if *method == Method::HEAD { Method::HEAD } else { Method::GET }, headers })
    }

    /// The answer in place of the application's, if that names a file. The headers that do so are removed.
    ///
    /// # Errors
    /// When there is no such file.
    pub async fn find(
        &self,
        headers: &mut HeaderMap,
        asked: &Asked,
    ) -> Result<Option<Response<FileBody>>, RequestError> {
        let Some(named) = Named::take(headers) else { return Ok(None) };
        let missing = |why: &str| RequestError::NoFile(format!("{}: {why}", named.shown));
        let target = self.0.iter().find_map(|served| Some((served, served.target(&named.path)?)));
        let (served, target) = target.ok_or_else(|| missing("no --sendfile PATH=DIR is for this path"))?;
        let target = percent_encode(target, IN_PATHS).to_string();
        let request =
            bodiless(&asked.method, target.as_bytes(), &asked.headers).ok_or_else(|| missing("it is too long"))?;
        let mut file = match served.folder.clone().try_call(request).await {
            Ok(file) if file.status() == StatusCode::NOT_FOUND => Err(missing("there is no such file")),
            Ok(file) => Ok(file),
            Err(error) if is_elsewhere(&error) => Err(missing("there is no such file")),
            Err(error) => Err(missing(&error.to_string())),
        }?;
        adopt(file.headers_mut(), headers);
        Ok(Some(file))
    }
}

/// The file that an answer names.
struct Named {
    path: Vec<u8>,
    /// For the log.
    shown: String,
}

impl Named {
    /// Removes the headers: they are for the server, and say where files are.
    fn take(headers: &mut HeaderMap) -> Option<Self> {
        let (accel, sendfile) = (headers.remove(ACCEL), headers.remove(SENDFILE));
        let (name, value) = accel.map(|url| (ACCEL, url)).or(sendfile.map(|path| (SENDFILE, path)))?;
        let path = value.as_bytes();
        let path: Cow<[u8]> = match name == ACCEL {
            true => percent_decode(path.split(|byte| *byte == b'?').next()?).into(),
            false => path.into(),
        };
        Some(Named { path: path.into_owned(), shown: format!("{name} {}", value.as_bytes().escape_ascii()) })
    }
}

/// Puts the application's headers into the file's answer, as far as they do not describe the file.
fn adopt(file: &mut HeaderMap, headers: &mut HeaderMap) {
    for name in OF_FILE {
        headers.remove(name);
    }
    for name in headers.keys() {
        file.remove(name);
    }
    file.extend(headers.drain());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: HeaderName, value: &'static str) -> Vec<u8> {
        let mut headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
        let named = Named::take(&mut headers).unwrap();
        assert!(headers.is_empty());
        named.path
    }

    #[test]
    fn one_header_has_a_url_and_the_other_a_path() {
        for (value, path) in [("/p/a%20b.pdf", "/p/a b.pdf"), ("/p/a b.pdf?x=1", "/p/a b.pdf"), ("/p/100%", "/p/100%")]
        {
            assert_eq!(named(ACCEL, value), path.as_bytes());
        }
        for path in ["/p/a b.pdf", "/p/a%20b.pdf", "/p/what?.pdf"] {
            assert_eq!(named(SENDFILE, path), path.as_bytes());
        }
    }

    #[test]
    fn what_describes_the_file_is_the_files_and_the_rest_the_applications() {
        let map = |fields: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in fields {
                map.append(*name, value.parse().unwrap());
            }
            map
        };
        let mut file = map(&[("content-type", "text/plain"), ("content-length", "9"), ("etag", "\"f\"")]);
        let own = [
            ("content-type", "a/b"),
            ("content-length", "0"),
            ("etag", "\"a\""),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ];
        adopt(&mut file, &mut map(&own));
        let expected = [
            ("content-type", "a/b"),
            ("content-length", "9"),
            ("etag", "\"f\""),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ];
        assert_eq!(file, map(&expected));
    }
}
