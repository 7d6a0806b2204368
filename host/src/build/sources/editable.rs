//! Editable installs: files at the top of site-packages that name the folders where packages really lie. `uv sync`,
//! `poetry install` and `pip install --editable` write them (PEP 660), most often for the application's own `src`.

use crate::layout::APP;
use memchr::memmem;
use std::path::Path;

/// Replaces a finder whose packages are not in the guest.
const INSTALLS_NOTHING: &[u8] = b"def install():\n    pass\n";

/// A file that names folders of this machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Link {
    /// Its content in the guest: only the application's folders, by their guest names.
    pub bytes: Vec<u8>,
    /// It names folders outside the application, which are not in the guest.
    pub outside: bool,
}

/// The link in `file`, a path below site-packages; `application` is the application's folder.
pub fn link(file: &str, bytes: &[u8], application: &Path) -> Option<Link> {
    let is_finder = file.starts_with("__editable__") && file.ends_with(".py");
    if file.contains('/') || !(is_finder || file.ends_with(".pth")) {
        return None;
    }
    let moved = moved(bytes, application.as_os_str().as_encoded_bytes());
    if is_finder {
        // setuptools writes a finder if packages do not lie as they are imported; a `.pth` calls its `install`.
        let outside = moved == bytes;
        return Some(Link { bytes: if outside { INSTALLS_NOTHING.to_vec() } else { moved }, outside });
    }
    let lines = || moved.split_inclusive(|&byte| byte == b'\n');
    if !lines().any(is_folder) {
        return None;
    }
    let bytes: Vec<_> = lines().filter(|line| !is_folder(line) || is_in_guest(line)).flatten().copied().collect();
    let outside = bytes.len() < moved.len();
    Some(Link { bytes, outside })
}

/// `site` takes all other lines for relative paths, or for code.
fn is_folder(line: &[u8]) -> bool {
    line.starts_with(b"/")
}

fn is_in_guest(line: &[u8]) -> bool {
    line.strip_prefix(APP.as_bytes()).is_some_and(|rest| rest.first().is_none_or(|byte| !is_in_name(*byte)))
}

/// The text with each whole occurrence of `folder` replaced by its guest name.
fn moved(text: &[u8], folder: &[u8]) -> Vec<u8> {
    let mut moved = vec![];
    let mut rest = text;
    while let Some(start) = memmem::find(rest, folder) {
        let after = &rest[start + folder.len()..];
        moved.extend_from_slice(&rest[..start]);
        let whole = after.first().is_none_or(|byte| !is_in_name(*byte));
        moved.extend_from_slice(if whole { APP.as_bytes() } else { folder });
        rest = after;
    }
    moved.extend_from_slice(rest);
    moved
}

/// Whether this byte can continue a folder's name.
fn is_in_name(byte: u8) -> bool {
    !matches!(byte, b'/' | b'\'' | b'"' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str, text: &str) -> Option<(String, bool)> {
        let Link { bytes, outside } = link(file, text.as_bytes(), Path::new("/home/me/shop"))?;
        Some((String::from_utf8(bytes).unwrap(), outside))
    }

    fn inside(text: &str) -> Option<(String, bool)> {
        Some((text.to_owned(), false))
    }

    fn outside(text: &str) -> Option<(String, bool)> {
        Some((text.to_owned(), true))
    }

    #[test]
    fn the_applications_own_folders_are_named_as_they_are_called_in_the_guest() {
        assert_eq!(of("__editable__.shop-1.0.pth", "/home/me/shop/src\n"), inside("/app/src\n"));
        assert_eq!(of("shop.pth", "/home/me/shop"), inside("/app"));
        let finder = "MAPPING = {'shop': '/home/me/shop/lib', 'x': '/home/me/shopping'}";
        let packed = "MAPPING = {'shop': '/app/lib', 'x': '/home/me/shopping'}";
        assert_eq!(of("__editable___shop_finder.py", finder), inside(packed));
    }

    #[test]
    fn folders_elsewhere_stay_out() {
        assert_eq!(of("lib.pth", "/home/me/lib\n"), outside(""));
        assert_eq!(of("lib.pth", "/home/me/shopping\n/home/me/shop\nimport x\n"), outside("/app\nimport x\n"));
        let finder = "MAPPING = {'lib': '/home/me/lib'}";
        assert_eq!(of("__editable___lib_finder.py", finder), outside("def install():\n    pass\n"));
    }

    #[test]
    fn what_names_no_folder_is_no_link() {
        let text = "extra\nimport extra\n";
        for file in ["extra.pth", "__editable__.shop-1.0.pth", "shop/data.pth", "shop/__editable__x.py"] {
            assert_eq!(of(file, text), None, "{file}");
        }
        assert_eq!(of("shop/data.pth", "/home/me/lib\n"), None);
    }
}
