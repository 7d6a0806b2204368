//! Packs application and site-packages into the file image.

use super::exclusions::Exclusions;
use super::folder::{Listing, read_folder};
use super::form::Form;
use super::installed::Installed;
use super::packages::{self, NativeModule};
use super::packing::Packing;
use super::selection::SelectionArgs;
use super::sieve::LeftOut;
use super::source::{APP_FOLDER_LIMIT, Source};
use crate::build::boot::determinism::Determinism;
use crate::build::options::{AppArgs, Haste};
use crate::build::target::Target;
use crate::bundle;
use crate::component::metadata::{Metadata, Package};
use crate::image::{File, Image, ImageBuilder};
use crate::layout::{APP, CONFIG, SITE_PACKAGES};
use crate::store::cache;
use anyhow::Result;
use serde_json::json;
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The guest's configuration beside the application.
#[derive(Default)]
pub struct Behaviour<'a> {
    /// Paths to request before the snapshot; None to probe whether `/` may be requested.
    pub warm: Option<&'a [String]>,
    /// An instance answers one request and refuses all others.
    pub refuse_reuse: bool,
    /// Variables that the application finds at each import, unless others are granted.
    pub environment: &'a [(String, String)],
    /// Requests of `wasgi check` are answered with what they find (`wasgi_guest/checking.py`).
    pub check: bool,
    pub haste: Haste,
}

impl<'a> Behaviour<'a> {
    /// As the options say, and nothing unusual.
    pub fn of(app: &'a AppArgs) -> Self {
        Behaviour { warm: app.snapshot.paths(), ..Default::default() }
    }

    /// For a first look.
    pub fn in_haste() -> Self {
        Behaviour { warm: Some(&[]), haste: Haste::FirstLook, ..Default::default() }
    }
}

/// Everything that decides the content of the image, read once.
pub struct Sources {
    pub app: Vec<Source>,
    /// What a rule left out of the application's folder.
    pub excluded: Vec<LeftOut>,
    /// Patterns of `--include` that match nothing.
    pub unmatched: Vec<String>,
    /// The application's folders, by their paths in the guest; without this list, empty ones would be missing.
    folders: Vec<String>,
    packages: Vec<Source>,
    pub native: Vec<NativeModule>,
    /// Packages whose native code is joined to the guest.
    pub joined: BTreeSet<String>,
    /// Files of site-packages that name folders outside the application.
    pub links: Vec<String>,
    /// Folders of site-packages that nothing imports.
    pub left_out: Vec<String>,
    /// Whether bytecode keeps docstrings.
    pub docstrings: bool,
    config: Vec<u8>,
}

impl Sources {
    /// Reads the application's folder except `excluded`, and the `selected` files of its `package_folders`; `behaviour` goes
    /// into the configuration.
    ///
    /// # Errors
    /// When a file cannot be read, a folder holds too much, or a `.wasgiignore` has an invalid pattern.
    pub fn read(
        target: &Target,
        excluded: &Arc<Exclusions>,
        package_folders: &[PathBuf],
        selected: &SelectionArgs,
        behaviour: &Behaviour,
    ) -> Result<Self> {
        let listing = read_folder(excluded, APP, APP_FOLDER_LIMIT, |_| false)?;
        let Listing { sources: mut app, folders, left_out: excluded, unmatched } = listing;
        // By default a component is written beside the application: without this, the next one would contain it.
        app.retain(|file| !file.guest_path.ends_with(".wasm") || Metadata::of(&file.bytes).is_none());
        let mut installed = Installed::default();
        for folder in package_folders {
            installed.read(folder, &app, &target.folder, selected)?;
        }
        let Installed { packages, native, joined, joined_files, links, left_out } = installed;
        let software = concat!("wasgi/", env!("CARGO_PKG_VERSION"));
        let docstrings = !selected.strip_docstrings;
        let mut config = json!({ "docstrings": docstrings, "target": target, "native": native,
            "left_out": left_out, "software": software, "warm": behaviour.warm,
            "refuse_reuse": behaviour.refuse_reuse, "environment": behaviour.environment, "check": behaviour.check,
            "haste": behaviour.haste == Haste::FirstLook });
        // Without such modules the configuration says nothing of them, and the guest does nothing for them.
        if !joined_files.is_empty() {
            config["joined"] = json!(joined_files);
        }
        let config = serde_json::to_vec(&config)?;
        let sources = Sources {
            app,
            excluded,
            unmatched,
            folders,
            packages,
            native,
            joined,
            links,
            left_out,
            docstrings,
            config,
        };
        Ok(sources)
    }

    /// The fingerprint of the sources and the embedded guest: equal fingerprints give equal images.
    pub fn fingerprint(&self) -> String {
        let files = self.app.iter().chain(&self.packages);
        let parts = files.flat_map(|file| [file.guest_path.as_bytes(), file.kind(), &file.bytes]);
        let mount_points = self.mount_points().flat_map(|path| [path.as_bytes(), b"mount point"]);
        let folders = self.folders.iter().map(|folder| folder.as_bytes()).chain(mount_points);
        let joined = self.joined.iter().flat_map(|package| [package.as_bytes(), b"joined"]);
        cache::fingerprint(
            [bundle::fingerprint().as_bytes(), &self.config].into_iter().chain(joined).chain(folders).chain(parts),
        )
    }

    /// Below [`APP`]: the mount points of granted directories, which exist, empty, before the grant.
    fn mount_points(&self) -> impl Iterator<Item = &str> {
        self.excluded.iter().filter(|left_out| left_out.granted).map(|left_out| &*left_out.path)
    }

    /// Names and versions of the installed packages.
    pub fn distributions(&self) -> Vec<String> {
        let files = self.packages.iter().filter_map(|file| file.guest_path.strip_prefix(SITE_PACKAGES));
        let found: BTreeSet<_> = files.filter_map(packages::distribution).collect();
        found.into_iter().collect()
    }

    /// The same with their licences, from their metadata.
    pub fn packages(&self) -> Vec<Package> {
        let metadata = self.packages.iter().filter(|file| file.guest_path.ends_with(".dist-info/METADATA"));
        metadata.filter_map(|file| packages::described(&file.bytes)).collect()
    }

    /// A line of a package's file, numbered from 1, without its indentation; the path is relative to site-packages.
    pub fn package_line(&self, file: &str, line: usize) -> Option<&str> {
        let path = format!("{SITE_PACKAGES}/{file}");
        let source = self.packages.iter().find(|source| source.guest_path == path)?;
        std::str::from_utf8(&source.bytes).ok()?.lines().nth(line.checked_sub(1)?).map(str::trim)
    }

    /// The Python files, in the order of [`Sources::image`]'s bytecode.
    pub fn python_files(&self) -> Vec<&Source> {
        self.packages.iter().chain(&self.app).filter(|file| file.bytecode_path().is_some()).collect()
    }

    /// Writes the image: the embedded standard library, packages, application, their bytecode and the configuration.
    ///
    /// Files that an application opens while it runs are stored uncompressed; the rest is compressed. Files keep their
    /// times, unless `fixed` sets them all.
    pub fn image(&self, bytecode: &[Option<Vec<u8>>], fixed: Option<Determinism>) -> Result<Vec<u8>> {
        let root = bundle::root_image()?;
        let root = Image::parse(&root)?;
        let packing = Packing::open(root.dictionary()?)?;
        let mut builder = ImageBuilder::on(&root)?;
        let time = |file: &Source| fixed.and_then(|fixed| fixed.time).unwrap_or(file.mtime);
        let packed = |bytes: &'_ [u8], time| File::packed(bytes.to_vec(), packing.pack(bytes)?, time);
        let mut compiled = HashSet::new();
        for (file, code) in self.python_files().into_iter().zip(bytecode) {
            if let Some((path, code)) = file.bytecode_path().zip(code.as_deref()) {
                builder.add(path.as_bytes(), packed(code, 0)?)?;
                compiled.insert(&file.guest_path);
            }
        }
        for file in &self.packages {
            // A file with a syntax error stays a source: importing it reports the error.
            if file.form == Form::AsIs || !compiled.contains(&file.guest_path) {
                let packed = packed(&file.bytes, time(file))?.with_execute_bit(file.executable);
                builder.add(file.guest_path.as_bytes(), packed)?;
            }
        }
        for folder in &self.folders {
            builder.add_directory(folder.as_bytes())?;
        }
        for file in &self.app {
            let raw = File::raw(&file.bytes[..], time(file))?.with_execute_bit(file.executable);
            builder.add(file.guest_path.as_bytes(), raw)?;
        }
        for path in self.mount_points() {
            builder.add_directory(format!("{APP}/{path}").as_bytes())?;
        }
        builder.add(CONFIG.as_bytes(), File::raw(&self.config[..], 0)?)?;
        packing.save()?;
        builder.finish()
    }
}
