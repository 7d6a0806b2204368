//! Runs uv or pip, which resolve and install packages for the guest's Python.

use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SERIES: &str = env!("PYTHON_SERIES");
/// Packages with native code have releases for these platforms alone; their Python is taken from there.
const PLATFORMS: [&str; 5] =
    ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64", "linux_x86_64"];
const UV_PLATFORM: &str = "x86_64-manylinux_2_28";
/// Lines of an installer's output that an error shows.
const SHOWN: usize = 20;

/// What installs packages on this machine.
#[derive(Debug, PartialEq, Eq)]
pub enum Installer {
    Uv,
    /// pip of this Python.
    Pip {
        python: &'static str,
        /// The Python is of the guest's series: pip may build what has no wheel.
        is_ours: bool,
    },
}

impl Installer {
    /// uv, else pip of the Python that is closest to the guest's. `is_uv_needed` if only uv reads what is `declared`.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(is_uv_needed: bool, declared: &str) -> Result<Self> {
        if output(Command::new("uv").arg("--version")).is_some() {
            return Ok(Installer::Uv);
        }
        ensure!(
            !is_uv_needed,
            "{declared} is a lock file of uv's, and there is no uv: install uv, or name a folder of installed packages \
             with --site-packages"
        );
        let pythons = [concat!("python", env!("PYTHON_SERIES")), "python3", "python"];
        let found = pythons.into_iter().find_map(|python| {
            let series = "import pip, sys; print('%d.%d' % sys.version_info[:2])";
            let series = output(Command::new(python).args(["-c", series]))?;
            Some(Installer::Pip { python, is_ours: series.trim() == SERIES })
        });
        found.with_context(|| {
            format!(
                "{declared} declares packages, and there is neither uv nor pip to install them: install one of them, or \
                 name a folder of installed packages with --site-packages"
            )
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Installer::Uv => "uv",
            Installer::Pip { .. } => "pip",
        }
    }

    /// Writes the packages of uv's lock file as a requirements file, without the project itself.
    ///
    /// # Errors
    /// When uv refuses.
    pub fn export(&self, lock: &Path, requirements: &Path) -> Result<()> {
        let project = lock.parent().context("a lock file is in a folder")?;
        let mut command = Command::new("uv");
        command.args(["export", "--quiet", "--frozen", "--no-dev", "--no-emit-workspace", "--format=requirements-txt"]);
        command.arg("--project").arg(project).arg("--output-file").arg(requirements);
        run(&mut command, "")
    }

    /// Installs from files into a folder.
    ///
    /// # Errors
    /// When the installer refuses: its own words, and the cure if there is one.
    pub fn install(&self, files: &[PathBuf], target: &Path) -> Result<()> {
        let (mut command, cure) = match self {
            Installer::Uv => (uv(), ""),
            Installer::Pip { python, is_ours: true } => (pip(python), ""),
            Installer::Pip { python, is_ours: false } => (
                pip_for_another(python),
                concat!(
                    "\nwasgi: pip builds packages without a wheel only for its own Python: install uv, or Python ",
                    env!("PYTHON_SERIES")
                ),
            ),
        };
        command.arg("--target").arg(target);
        for file in files {
            command.arg("--requirement").arg(file);
        }
        run(&mut command, cure)
    }
}

fn uv() -> Command {
    let mut command = Command::new("uv");
    command.args(["pip", "install", "--quiet", "--python-version", SERIES, "--python-platform", UV_PLATFORM]);
    command
}

fn pip(python: &str) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]);
    command
}

fn pip_for_another(python: &str) -> Command {
    let mut command = pip(python);
    command.args(["--only-binary=:all:", "--implementation=cp", "--python-version", SERIES]);
    for platform in PLATFORMS {
        command.args(["--platform", platform]);
    }
    command
}

/// What a command prints; None if it cannot be run, or fails.
fn output(command: &mut Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
}

fn run(command: &mut Command, cure: &str) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().with_context(|| format!("running {name}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    let lines: Vec<_> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
    bail!("{name} cannot install the packages:\n{last}{cure}")
}
