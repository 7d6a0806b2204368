//! Selects the files of installed packages to pack, and those to pack as bytecode alone.
//!
//! A served application cannot need the rest; in doubt, the rules pack a file: docs/guide/deploy.md has them.

use super::form::Form;
use super::packages;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// These install and build packages. Some packages import them at run time; then they are packed.
const BUILDERS: [&str; 3] = ["setuptools", "pkg_resources", "wheel"];
/// A package of setuptools' distribution, which setuptools imports.
const SETUPTOOLS_HOOK: &str = "_distutils_hack";
/// Files that only compilers and type checkers read.
const FOR_COMPILERS: [&str; 8] = ["c", "cc", "cpp", "h", "hpp", "pxd", "pyi", "pyx"];

/// What of the installed packages goes into the image.
#[derive(Args, Clone)]
pub struct SelectionArgs {
    /// Whose Python files are packed beside their byte code: tracebacks show their lines, and programs can read them.
    ///
    /// Default: those of all for `wasgi run`, else the application's. The standard library is byte code in any case.
    #[arg(long, value_name = "WHOSE")]
    pub sources: Option<SourcesArg>,
    /// Files of site-packages to pack as they are, as a pattern of .gitignore; may be given several times.
    ///
    /// Left out otherwise: tests of packages, stubs, C and C++, and setuptools, pkg_resources and wheel; all but stubs
    /// and C only where no packed file imports them.
    #[arg(long, value_name = "GLOB")]
    pub keep: Vec<String>,
    /// Files and folders of the application to pack though a rule leaves them out, as a pattern of .gitignore; may be
    /// given several times.
    ///
    /// Left out otherwise: SQLite's databases, `media/`, `uploads/`, `instance/`, logs, `*.env` and directories that
    /// `--dir` grants (docs/guide/deploy.md has all). `!PATTERN` in `.wasgiignore` says the same.
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave docstrings out of the application's and the packages' byte code. Assertions stay.
    ///
    /// What a program reads of them, such as help texts of a command line, is then missing.
    #[arg(long)]
    pub strip_docstrings: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SourcesArg {
    /// The application's
    Application,
    /// Those of the packages, too
    All,
}

/// The files of one site-packages folder, by their path in it.
pub type Files<'f> = BTreeMap<&'f str, &'f [u8]>;

/// Decides the form of every file of a site-packages folder.
pub struct Selection<'f> {
    files: Files<'f>,
    sources: SourcesArg,
    keep: Gitignore,
    /// Those of [`BUILDERS`] that something imports.
    builders: HashSet<&'static str>,
    /// Packages whose own files import their tests.
    tested: HashSet<&'f str>,
}

impl<'f> Selection<'f> {
    /// `application` is the application's files, whose imports count, too.
    ///
    /// # Errors
    /// When a pattern to keep is invalid.
    pub fn of(files: Files<'f>, application: &[&'f [u8]], args: &SelectionArgs) -> Result<Self> {
        let mut keep = GitignoreBuilder::new("");
        for glob in &args.keep {
            keep.add_line(None, glob).with_context(|| format!("--keep {glob}"))?;
        }
        let texts: Vec<_> = running(&files).chain(application.iter().map(|text| (APPLICATION, *text))).collect();
        let is_imported = |name: &str| texts.iter().any(|(_, text)| imports(text, name));
        let builders = BUILDERS.into_iter().filter(|name| is_imported(name) || is_required(&files, name)).collect();
        let tested = texts.iter().filter(|(_, text)| imports(text, "tests")).map(|(package, _)| *package).collect();
        Ok(Selection {
            builders,
            tested,
            sources: args.sources.unwrap_or(SourcesArg::Application),
            keep: keep.build()?,
            files,
        })
    }

    /// `file` is one of the folder's.
    pub fn form(&self, file: &str) -> Form {
        if self.keep.matched_path_or_any_parents(file, false).is_ignore() {
            return Form::AsIs;
        }
        if self.is_unneeded(file) {
            return Form::LeftOut;
        }
        if self.sources == SourcesArg::Application && self.is_module(file) { Form::ByteCode } else { Form::AsIs }
    }

    /// What was left out and could have been imported, for a notice.
    pub fn left_out(&self) -> BTreeSet<&'f str> {
        let left_out = self.files.keys().filter(|file| self.form(file) == Form::LeftOut && file.ends_with(".py"));
        left_out.map(|file| tests_of(file).map_or(top(file), |(folder, _)| folder)).collect()
    }

    fn is_unneeded(&self, file: &str) -> bool {
        let extension = file.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, end)| end);
        FOR_COMPILERS.contains(&extension)
            || extension == "po" && self.files.contains_key(format!("{}.mo", &file[..file.len() - 3]).as_str())
            || tests_of(file)
                .is_some_and(|(_, package)| ![package, APPLICATION].iter().any(|p| self.tested.contains(p)))
            || builder_of(file).is_some_and(|builder| !self.is_imported(builder))
    }

    /// setuptools and pkg_resources are one distribution.
    fn is_imported(&self, builder: &str) -> bool {
        match builder {
            "wheel" => self.builders.contains("wheel"),
            _ => self.builders.contains("setuptools") || self.builders.contains("pkg_resources"),
        }
    }

    /// Whether a file is meant to be imported: at the top, or in folders that are all packages.
    fn is_module(&self, file: &str) -> bool {
        let Some(name) = file.strip_suffix(".py") else { return false };
        let mut folders = name.match_indices('/').map(|(end, _)| &name[..end]);
        folders.all(|folder| self.files.contains_key(format!("{folder}/__init__.py").as_str()))
    }
}

/// Stands for the application among the packages.
const APPLICATION: &str = "";

/// The Python files that a served application may run, each with the name of its package.
fn running<'f>(files: &Files<'f>) -> impl Iterator<Item = (&'f str, &'f [u8])> {
    let python = files.iter().filter(|(file, _)| file.ends_with(".py"));
    python
        .filter(|(file, _)| builder_of(file).is_none() && tests_of(file).is_none())
        .map(|(file, text)| (top(file), *text))
}

/// Whether a distribution requires this one, not only for an extra.
fn is_required(files: &Files, name: &str) -> bool {
    let metadata = files.iter().filter(|(file, _)| file.ends_with(".dist-info/METADATA") && builder_of(file).is_none());
    let required = format!("Requires-Dist: {name}");
    metadata.flat_map(|(_, text)| text.split(|&byte| byte == b'\n')).any(|line| {
        line.strip_prefix(required.as_bytes()).is_some_and(|rest| {
            let same = !rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
            same && memmem::find(rest, b"extra").is_none()
        })
    })
}

fn top(file: &str) -> &str {
    file.split('/').next().unwrap_or(file)
}

/// Which of [`BUILDERS`] a file belongs to.
fn builder_of(file: &str) -> Option<&str> {
    let top = top(file);
    let name = match packages::distribution(file) {
        Some(_) => top.split('-').next()?,
        None => top,
    };
    if name == SETUPTOOLS_HOOK { Some("setuptools") } else { BUILDERS.contains(&name).then_some(name) }
}

/// The `tests` folder inside a package that a file is in, and that package.
fn tests_of(file: &str) -> Option<(&str, &str)> {
    let at = file.find("/tests/")?;
    Some((&file[..at + "/tests".len()], top(file)))
}

/// Whether a statement of a Python file imports a module of that name, or something inside it.
fn imports(text: &[u8], name: &str) -> bool {
    // Most files do not contain the word at all.
    memmem::find(text, name.as_bytes()).is_some() && statements(text).any(|words| words.contains(&name.as_bytes()))
}

/// The words of each import statement, except for the first one in a `try`: that import may fail. It often does for
/// setuptools, which environments of Python 3.12 and later lack by default.
fn statements(text: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let importing = [&b"import"[..], b"import_module", b"__import__"];
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut tried = false;
    let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let sure = lines.filter(move |line| !std::mem::replace(&mut tried, *line == b"try:"));
    let words = sure.map(move |line| line.split(|byte| !is_word(byte)).collect::<Vec<_>>());
    words.filter(move |words| words.iter().any(|word| importing.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, &[u8]); 15] = [
        ("setuptools/__init__.py", b"import wheel\n"),
        ("setuptools-65.5.0.dist-info/METADATA", b"Requires-Dist: wheel\n"),
        ("_distutils_hack/__init__.py", b""),
        ("pkg_resources/__init__.py", b""),
        ("shop/__init__.py", b"from .cart import total\nimport setuptools_scm, json\n# tests of imports\n"),
        ("shop/cart.py", b"TESTS = 'import'\n"),
        ("shop/cart.pyi", b"def total() -> int: ...\n"),
        ("shop/_speed.c", b""),
        ("shop/de/shop.po", b""),
        ("shop/de/shop.mo", b""),
        ("shop/de/other.po", b""),
        ("shop/tests/__init__.py", b"import pkg_resources\n"),
        ("shop/templates/page.py", b"print('read, not imported')\n"),
        ("single.py", b""),
        ("shop-1.0.dist-info/METADATA", b"Requires-Dist: wheel; extra == 'dev'\nRequires-Dist: setuptools-scm\n"),
    ];

    fn select<'f>(
        files: &[(&'f str, &'f [u8])],
        application: &[u8],
        keep: &[&str],
        sources: SourcesArg,
    ) -> Vec<(&'f str, Form)> {
        let args = SelectionArgs {
            sources: Some(sources),
            keep: keep.iter().map(|&glob| glob.to_owned()).collect(),
            include: vec![],
            strip_docstrings: false,
        };
        let selection = Selection::of(files.iter().copied().collect(), &[application], &args).unwrap();
        files.iter().map(|(file, _)| (*file, selection.form(file))).collect()
    }

    fn of_form(files: &[(&'static str, Form)], form: Form) -> Vec<&'static str> {
        files.iter().filter(|(_, found)| *found == form).map(|(file, _)| *file).collect()
    }

    #[test]
    fn what_serves_no_request_is_left_out() {
        let forms = select(&FILES, b"", &[], SourcesArg::Application);
        let left_out = [
            "setuptools/__init__.py",
            "setuptools-65.5.0.dist-info/METADATA",
            "_distutils_hack/__init__.py",
            "pkg_resources/__init__.py",
            "shop/cart.pyi",
            "shop/_speed.c",
            "shop/de/shop.po",
            "shop/tests/__init__.py",
        ];
        assert_eq!(of_form(&forms, Form::LeftOut), left_out);
        assert_eq!(of_form(&forms, Form::ByteCode), ["shop/__init__.py", "shop/cart.py", "single.py"]);
        assert_eq!(of_form(&select(&FILES, b"", &[], SourcesArg::All), Form::ByteCode), [""; 0]);
    }

    #[test]
    fn what_is_imported_or_required_is_packed() {
        for line in ["import json, pkg_resources", "    from setuptools import x", "import_module('pkg_resources')"] {
            let forms = select(&FILES, line.as_bytes(), &[], SourcesArg::Application);
            assert!(forms[..4].iter().all(|(_, form)| *form != Form::LeftOut), "{line}");
        }
        let tried = b"try:\n    import pkg_resources\nexcept ImportError:\n    pass\n";
        assert_eq!(select(&FILES, tried, &[], SourcesArg::Application)[0].1, Form::LeftOut);
        let mut files = FILES;
        files[14].1 = b"Requires-Dist: setuptools>=40\n";
        assert_ne!(select(&files, b"", &[], SourcesArg::Application)[0].1, Form::LeftOut);
        files[5].1 = b"from shop.tests import helper\n";
        assert_ne!(select(&files, b"", &[], SourcesArg::Application)[11].1, Form::LeftOut);
    }

    #[test]
    fn what_is_to_be_kept_is_packed_as_it_is() {
        let forms = select(&FILES, b"", &["*.pyi", "/shop/tests", "single.py"], SourcesArg::Application);
        for file in ["shop/cart.pyi", "shop/tests/__init__.py", "single.py"] {
            assert!(forms.contains(&(file, Form::AsIs)), "{file}");
        }
    }
}
