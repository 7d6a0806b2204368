//! Reads what TOML declares: of a project (PEP 621), and of a script in its comments (PEP 723).

use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize, Default)]
struct Pyproject {
    #[serde(default)]
    project: Declaration,
}

#[derive(Deserialize, Default)]
struct Declaration {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// A project with a pyproject.toml.
#[derive(Debug)]
pub struct Project {
    /// Its name and version; None where something else than pyproject.toml knows them.
    identity: Option<(String, String)>,
    /// The folder of its packages, if they are in one of their own.
    src: Option<PathBuf>,
    pub dependencies: Vec<String>,
}

impl Project {
    /// Adds to a folder of packages what an editable install of the project puts there (PEP 660): its metadata, and
    /// the place of its own packages.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn install(&self, packages: &Path) -> Result<()> {
        if let Some(src) = &self.src {
            fs::write(packages.join("__editable__.pth"), format!("{}\n", src.display()))?;
        }
        let Some((name, version)) = &self.identity else { return Ok(()) };
        // As in the names of wheels.
        let file_name = name.replace(['-', '.'], "_").to_lowercase();
        let folder = packages.join(format!("{file_name}-{version}.dist-info"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("METADATA"), format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"))?;
        Ok(())
    }
}

/// Reads a pyproject.toml.
///
/// # Errors
/// When it cannot be read, or is no such file.
pub fn of(pyproject: &Path) -> Result<Project> {
    let text = fs::read_to_string(pyproject).with_context(|| format!("reading {}", pyproject.display()))?;
    let parsed: Pyproject = toml::from_str(&text).with_context(|| format!("{}", pyproject.display()))?;
    let Declaration { name, version, dependencies } = parsed.project;
    let src = pyproject.with_file_name("src").canonicalize().ok().filter(|src| src.is_dir());
    Ok(Project { identity: name.zip(version), src, dependencies })
}

/// The dependencies of a script's metadata block; None if it has no such block.
///
/// # Errors
/// When the block is no TOML of that form.
pub fn of_script(script: &Path) -> Result<Option<Vec<String>>> {
    // What is not UTF-8 is Python's to refuse.
    let Ok(text) = fs::read_to_string(script) else { return Ok(None) };
    let Some(metadata) = metadata(&text) else { return Ok(None) };
    let parsed: Declaration = toml::from_str(&metadata)
        .with_context(|| format!("{}: its `# /// script` block is no TOML (PEP 723)", script.display()))?;
    Ok(Some(parsed.dependencies))
}

/// The content of the block, as PEP 723's regular expression finds it: it ends at the last `# ///` of its comment.
fn metadata(text: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != "# /// script").skip(1);
    let comment: Vec<_> = lines.by_ref().take_while(|line| *line == "#" || line.starts_with("# ")).collect();
    let end = comment.iter().rposition(|line| line.trim_end() == "# ///")?;
    Some(comment[..end].iter().map(|line| line[1..].strip_prefix(' ').unwrap_or_default().to_owned() + "\n").collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scripts_block_is_found() {
        let text = "import x\n# /// script\n# dependencies = [\n#   'flask',\n#\n# ]\n# ///\n# more\nprint()\n";
        assert_eq!(metadata(text).as_deref(), Some("dependencies = [\n  'flask',\n\n]\n"));
        for none in ["", "# /// script\n# dependencies = []\n", "# /// test\n# ///\n", "# /// script\nx = 1\n# ///\n"] {
            assert_eq!(metadata(none), None, "{none:?}");
        }
    }

    #[test]
    fn dependencies_are_read_and_a_fault_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pyproject.toml");
        for (text, expected) in
            [("[project]\nname = 'shop'\ndependencies = ['flask>=3']\n", vec!["flask>=3"]), ("[tool.ruff]\n", vec![])]
        {
            fs::write(&file, text).unwrap();
            assert_eq!(of(&file).unwrap().dependencies, expected);
        }
        fs::write(&file, "[project]\ndependencies = 'flask'\n").unwrap();
        assert!(of(&file).unwrap_err().to_string().contains("pyproject.toml"));
        fs::write(&file, "[project]\nname = 'my-shop'\nversion = '1.0'\n").unwrap();
        of(&file).unwrap().install(folder.path()).unwrap();
        assert!(folder.path().join("my_shop-1.0.dist-info/METADATA").is_file());
        let script = folder.path().join("app.py");
        fs::write(&script, "# /// script\n# dependencies = 1\n# ///\n").unwrap();
        assert!(of_script(&script).unwrap_err().to_string().contains("app.py"));
    }
}
