//! Finds installed packages, and their native code, which a WebAssembly sandbox cannot load.

use super::form::Form;
use crate::component::metadata::Package;
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;

/// What a virtual environment holds only for installing.
const INSTALLERS: [&str; 2] = ["pip", "distutils-precedence.pth"];
/// Our own distribution: the guest already has the module `wasgi`, first on its path. `pip install --target` puts the
/// command beside the packages, in `bin`.
const OWN: &str = "wasgi";
const OWN_COMMAND: &str = "bin/wasgi";

/// A native extension module that stays out of the image; the guest names it in the import's error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NativeModule {
    /// Dotted, such as `markupsafe._speedups`.
    pub module: String,
    /// Path below the site-packages folder.
    pub file: String,
    /// Name and version of the distribution that installed it; None if no record names it.
    pub distribution: Option<String>,
    /// The versions of the distribution whose native code the guest could have, if there are any.
    pub served: Vec<String>,
}

/// The dotted name of a native module, if the file below site-packages is one.
pub fn native_module(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    let extension = file.extension()?.to_str()?;
    if !matches!(extension, "so" | "pyd" | "dylib") {
        return None;
    }
    let stem = name.split('.').next()?;
    let parents = file.parent()?.components().filter_map(|c| c.as_os_str().to_str());
    Some(parents.chain([stem]).collect::<Vec<_>>().join("."))
}

/// The distribution of each file, from the `RECORD` of every `*.dist-info` folder.
pub fn owners(site_packages: &Path) -> HashMap<String, String> {
    let mut owners = HashMap::new();
    for entry in std::fs::read_dir(site_packages).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(distribution) = distribution(&name) else { continue };
        let record = std::fs::read_to_string(entry.path().join("RECORD")).unwrap_or_default();
        for line in record.lines() {
            let file = line.split(',').next().unwrap_or_default().trim_matches('"');
            owners.insert(file.to_owned(), distribution.clone());
        }
    }
    owners
}

/// Name and version, from the path of anything in a `*.dist-info` folder of site-packages.
pub fn distribution(path: &str) -> Option<String> {
    let folder = path.trim_start_matches('/').split('/').next()?;
    Some(folder.strip_suffix(".dist-info")?.replacen('-', " ", 1))
}

/// Whether a file below site-packages serves installing, not running: the installer itself, and its notes on where and
/// when it installed from. Those must not leave this machine with the component.
pub fn is_installers(file: &str) -> bool {
    let top = file.split('/').next().unwrap_or_default();
    let name = file.rsplit('/').next().unwrap_or_default();
    match distribution(file) {
        Some(distribution) => distribution.starts_with("pip ") || name == "direct_url.json" || name.starts_with("uv_"),
        None => INSTALLERS.contains(&top),
    }
}

/// Name, version and licence, from a distribution's METADATA (core metadata, PEP 643 and PEP 639).
pub fn described(metadata: &[u8]) -> Option<Package> {
    let text = String::from_utf8_lossy(metadata);
    let head = text.split("\n\n").next()?;
    let field = |name: &str| {
        let value = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?.trim();
        (!value.is_empty() && value != "UNKNOWN").then(|| value.to_owned())
    };
    let classified = || {
        let class = head.lines().find_map(|line| line.strip_prefix("Classifier: License :: "))?;
        class.rsplit(" :: ").next().map(str::to_owned)
    };
    let licence = field("License-Expression").or_else(|| field("License")).or_else(classified);
    Some(Package { name: field("Name")?, version: field("Version")?, licence })
}

/// Whether a file lists what its distribution installed.
pub fn is_record(file: &str) -> bool {
    distribution(file).is_some() && file.ends_with(".dist-info/RECORD")
}

/// The record adapted to what is packed: without scripts outside site-packages, whose hashes depend on this machine's
/// paths, without bytecode of another Python, and with our bytecode where it replaces a source.
pub fn record_of_packed(record: &[u8], form: impl Fn(&str) -> Form) -> Vec<u8> {
    let mut packed = vec![];
    for line in record.split_inclusive(|&b| b == b'\n') {
        if line.starts_with(b"../") || memchr::memmem::find(line, b"__pycache__/").is_some() {
            continue;
        }
        let file = line.split(|b| b",\r\n".contains(b)).next().unwrap_or_default();
        match std::str::from_utf8(file).map_or(Form::AsIs, &form) {
            Form::AsIs => packed.extend_from_slice(line),
            Form::ByteCode => packed.extend([file, b"c,,\n"].concat()),
            Form::LeftOut => {}
        }
    }
    packed
}

/// Whether a file belongs to wasgi's own wheel, which an application's environment may contain.
pub fn is_own(file: &str) -> bool {
    match distribution(file) {
        Some(distribution) => distribution.split(' ').next() == Some(OWN),
        None => file.split('/').next() == Some(OWN) || file == OWN_COMMAND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_wheel_is_known() {
        for file in ["wasgi/__init__.py", "wasgi/__main__.py", "wasgi-0.2.0.dist-info/METADATA", "bin/wasgi"] {
            assert!(is_own(file), "{file}");
        }
        for file in ["wasgi_shop/__init__.py", "wasgi_shop-1.0.dist-info/METADATA", "shop/wasgi/x.py", "bin/flask"] {
            assert!(!is_own(file), "{file}");
        }
    }

    #[test]
    fn native_modules_are_told_by_their_file_names() {
        let dotted = native_module(Path::new("markupsafe/_speedups.cpython-399-x86_64-linux-gnu.so"));
        assert_eq!(dotted.as_deref(), Some("markupsafe._speedups"));
        assert_eq!(native_module(Path::new("_cffi_backend.pyd")).as_deref(), Some("_cffi_backend"));
        assert_eq!(native_module(Path::new("markupsafe/__init__.py")), None);
    }

    #[test]
    fn what_speaks_of_this_machine_is_known() {
        for file in ["shop-1.0.dist-info/direct_url.json", "shop-1.0.dist-info/uv_cache.json", "pip/__init__.py"] {
            assert!(is_installers(file), "{file}");
        }
        assert!(is_installers("pip-25.0.dist-info/METADATA"));
        for file in ["shop-1.0.dist-info/METADATA", "shop/direct_url.json", "uv_light.py", "shop/pip/__init__.py"] {
            assert!(!is_installers(file), "{file}");
        }
        let package =
            described(b"Name: shop\nVersion: 1.0\nLicense: MIT\nLicense-Expression: 0BSD\n\nName: x\n").unwrap();
        assert_eq!((&*package.name, &*package.version, package.licence.as_deref()), ("shop", "1.0", Some("0BSD")));
        let classified =
            described(b"Name: a\nVersion: 1\nClassifier: License :: OSI Approved :: BSD License\n").unwrap();
        assert_eq!(classified.licence.as_deref(), Some("BSD License"));
        let record = b"../../../bin/shop,sha256=a,1\nshop/__init__.py,sha256=b,2\nshop/__pycache__/x.pyc,,\n";
        assert_eq!(record_of_packed(record, |_| Form::AsIs), b"shop/__init__.py,sha256=b,2\n");
        assert_eq!(record_of_packed(record, |_| Form::ByteCode), b"shop/__init__.pyc,,\n");
        assert_eq!(record_of_packed(record, |_| Form::LeftOut), b"");
        assert!(is_record("shop-1.0.dist-info/RECORD") && !is_record("shop/RECORD"));
    }

    #[test]
    fn the_distribution_of_a_file_is_known() {
        let site = tempfile::tempdir().unwrap();
        std::fs::create_dir(site.path().join("x-1.0.dist-info")).unwrap();
        std::fs::write(site.path().join("x-1.0.dist-info/RECORD"), "x/_c.so,sha256=a,1\n").unwrap();
        assert_eq!(owners(site.path())["x/_c.so"], "x 1.0");
    }
}
