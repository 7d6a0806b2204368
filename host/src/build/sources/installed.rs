//! Reads a folder of installed packages.

use super::editable::link;
use super::exclusions::Exclusions;
use super::folder::read_folder;
use super::form::Form;
use super::packages::{self, NativeModule};
use super::selection::{Selection, SelectionArgs};
use super::source::{PACKAGES_LIMIT, Source};
use crate::build::native;
use crate::layout::SITE_PACKAGES;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The content of all site-packages folders.
#[derive(Default)]
pub struct Installed {
    pub packages: Vec<Source>,
    pub native: Vec<NativeModule>,
    /// Packages whose native code is joined to the guest.
    pub joined: BTreeSet<String>,
    /// The files of their modules below site-packages, by the modules' names.
    pub joined_files: BTreeMap<String, String>,
    /// Files that name folders outside the application.
    pub links: Vec<String>,
    /// Folders that nothing imports.
    pub left_out: Vec<String>,
}

impl Source {
    /// The path below site-packages.
    fn installed_path(&self) -> &str {
        &self.guest_path[SITE_PACKAGES.len() + 1..]
    }
}

impl Installed {
    /// Adds what is selected of a folder's files; `place` is the application's folder on this machine.
    ///
    /// # Errors
    /// When a file cannot be read, the folder holds too much, or a pattern of `args` is invalid.
    pub fn read(&mut self, folder: &Path, application: &[Source], place: &Path, args: &SelectionArgs) -> Result<()> {
        let owners = packages::owners(folder);
        let mut files = vec![];
        let is_native = |file: &Path| packages::native_module(file).is_some();
        let listing = read_folder(&Exclusions::of_packages(folder)?, SITE_PACKAGES, PACKAGES_LIMIT, is_native)?;
        for mut source in listing.sources {
            let file = source.installed_path();
            if packages::is_installers(file) || packages::is_own(file) {
                continue;
            }
            if let Some(link) = link(file, &source.bytes, place) {
                if link.outside {
                    self.links.push(file.to_owned());
                }
                source.bytes = link.bytes;
                files.push(source);
            } else if let Some(module) = packages::native_module(Path::new(file)) {
                let distribution = owners.get(file).cloned();
                self.add_native(module, file, distribution);
            } else {
                files.push(source);
            }
        }
        self.select(files, application, args)
    }

    /// The machine's native module is left out: the guest has its own, or none.
    fn add_native(&mut self, module: String, file: &str, distribution: Option<String>) {
        let owner = distribution.as_deref().unwrap_or_default();
        if native::is_in_each_guest(&module, owner) {
            return;
        }
        let known: Vec<_> =
            native::packages_of(owner).filter(|package| package.modules.contains_key(&module)).collect();
        match known.iter().find(|package| package.serves(owner)) {
            Some(package) => {
                self.joined.insert(package.name.clone());
                self.joined_files.insert(module, file.to_owned());
            }
            None => {
                let served = known.into_iter().flat_map(|package| package.serves.clone()).collect();
                self.native.push(NativeModule { module, file: file.to_owned(), distribution, served });
            }
        }
    }

    fn select(&mut self, mut files: Vec<Source>, application: &[Source], args: &SelectionArgs) -> Result<()> {
        let python = application.iter().filter(|file| file.guest_path.ends_with(".py"));
        let python: Vec<_> = python.map(|file| &file.bytes[..]).collect();
        let known = files.iter().map(|file| (file.installed_path(), &file.bytes[..])).collect();
        let selection = Selection::of(known, &python, args)?;
        self.left_out.extend(selection.left_out().into_iter().map(str::to_owned));
        let is_record = |file: &&Source| packages::is_record(file.installed_path());
        let record = |file: &Source| packages::record_of_packed(&file.bytes, |name| selection.form(name));
        let mut records: Vec<_> = files.iter().filter(is_record).map(record).collect();
        let forms: Vec<_> = files.iter().map(|file| selection.form(file.installed_path())).collect();
        for (file, form) in files.iter_mut().zip(forms).rev() {
            file.form = form;
            if packages::is_record(file.installed_path()) {
                file.bytes = records.pop().unwrap_or_default();
            }
        }
        self.packages.extend(files.into_iter().filter(|file| file.form != Form::LeftOut));
        Ok(())
    }
}
