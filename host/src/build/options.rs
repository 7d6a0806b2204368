//! The options of a build.

use crate::build::boot::determinism::Determinism;
use crate::build::sources::selection::SelectionArgs;
use crate::component::beyond::Beyond;
use crate::component::metadata::Lesson;
use crate::grants::Grants;
use crate::units::Size;
use clap::Args;
use std::path::PathBuf;

/// Where the application is and what goes into its image.
#[derive(Args)]
pub struct AppArgs {
    /// The application: `app.py`, `app.py:name`, `package.module:name` or a factory with arguments or without,
    /// `module:create_app()`.
    ///
    /// Without a name, wasgi looks for `application`, then `app`, then the only WSGI callable there is. The folder of
    /// `app.py` (for the dotted forms: the current folder) becomes `/app` in the sandbox, read-only. Hidden files,
    /// `__pycache__`, virtual environments, what looks like data, a log or a secret (--include packs it), and what
    /// `.wasgiignore` names (as .gitignore does) stay out.
    #[arg(value_name = "APP")]
    pub app: String,

    /// Folder with installed packages; may be given several times.
    ///
    /// Default: the active virtual environment ($VIRTUAL_ENV), else `.venv` or `venv` in the application's folder or the
    /// current one, else what the project declares there, see --requirement.
    #[arg(long, value_name = "DIR")]
    pub site_packages: Vec<PathBuf>,

    /// Requirements file or pylock.toml, whose packages uv or pip installs into the cache folder; may be given several
    /// times.
    ///
    /// Default, where there is no virtual environment: the first of `uv.lock`, `pylock.toml`, `requirements*.txt` and
    /// the dependencies of `pyproject.toml`; else those of a `# /// script` block in the application's file. They are
    /// installed once, until what declares them changes.
    #[arg(short, long = "requirement", value_name = "FILE", conflicts_with = "site_packages")]
    pub requirements: Vec<PathBuf>,

    #[command(flatten)]
    pub selection: SelectionArgs,

    #[command(flatten)]
    pub snapshot: SnapshotArgs,
}

/// What happens around the import, before the snapshot is taken.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Snapshot (docs/reference/snapshot.md)")]
pub struct SnapshotArgs {
    /// Path to request before the snapshot, which then holds what a first request imports and compiles; may be given
    /// several times
    ///
    /// Default: `/`, if that request has no side effects that show
    #[arg(long, value_name = "PATH", value_parser = request_path)]
    pub warm: Vec<String>,
    /// Make no request before the snapshot
    #[arg(long, conflicts_with = "warm")]
    pub cold: bool,
    /// Module or package that may draw from entropy at import, as what it keeps is no secret and may be the same in
    /// every request; may be given several times
    #[arg(long, value_name = "MODULE")]
    pub allow_import_entropy: Vec<String>,
    /// Refuse an application that draws from entropy at import, instead of warning of it
    #[arg(long)]
    pub deny_import_entropy: bool,
}

impl SnapshotArgs {
    /// The paths to request; None if wasgi decides.
    pub fn paths(&self) -> Option<&[String]> {
        (self.cold || !self.warm.is_empty()).then_some(&self.warm)
    }
}

/// # Errors
/// When it is no path as requests have it.
pub fn request_path(text: &str) -> anyhow::Result<String> {
    anyhow::ensure!(text.starts_with('/'), "a path begins with /");
    anyhow::ensure!(text.is_ascii() && !text.contains(|c: char| c == ' ' || c.is_control()), "write it as in a URL");
    Ok(text.to_owned())
}

/// A build's options, beside the application.
#[derive(Clone)]
pub struct Options {
    pub memory: Size,
    pub beyond: Beyond,
    /// What import and warm-up see of this machine.
    pub grants: Grants,
    /// The least memory of the snapshot, if the application fits in it.
    pub at_least: Option<Size>,
    /// Set if the same inputs must make the same bytes.
    pub fixed: Option<Determinism>,
    pub warm_up: WarmUp,
    pub haste: Haste,
}

/// What a build is in a hurry for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Haste {
    /// Fast requests: it rehearses them, and places what they write to.
    #[default]
    None,
    /// A developer's first look at an edit. Requests show the same, and take longer.
    FirstLook,
    /// Fast requests, after a first look: what the import prints was shown.
    AfterLook,
}

/// Whether to warm up an application.
#[derive(Clone)]
pub enum WarmUp {
    /// If the probe finds nothing against it.
    Find,
    /// As an earlier build found.
    As(Lesson),
}

impl WarmUp {
    /// From the command line.
    pub fn of(args: &SnapshotArgs) -> Self {
        args.paths().map_or(WarmUp::Find, |_| WarmUp::As(Lesson::default()))
    }
}
