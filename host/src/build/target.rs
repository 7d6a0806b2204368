//! What APP on the command line means: a folder that becomes `/app` in the guest, and a module in it.

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The file that makes a folder a package.
const PACKAGE: &str = "__init__.py";

/// The application as the command line names it; the guest finds the callable.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The module to import, dotted.
    pub module: String,
    /// Its path in the guest, if a file outside of any package was named.
    pub file: Option<String>,
    /// The callable's name in the module; may be dotted.
    pub attribute: Option<String>,
    /// The name is a factory's: calling it with these arguments, Python literals, returns the application.
    pub call: Option<String>,
    /// The folder on this machine that becomes `/app`.
    #[serde(skip)]
    pub folder: PathBuf,
}

impl Target {
    /// Reads `app.py`, `app.py:name`, `package.module:name` or `module:create_app("argument")`.
    ///
    /// # Errors
    /// When the file does not exist or the text has none of these forms.
    pub fn parse(app: &str) -> Result<Self> {
        // An argument may hold a colon, too.
        let named = app.split_once('(').map_or(app, |(named, _)| named);
        let (place, attribute) = match named.rfind(':') {
            Some(colon) => (&app[..colon], Some(&app[colon + 1..])),
            None => (app, None),
        };
        let (attribute, call) = match attribute {
            Some(name) => attribute_and_call(name)?,
            None => (None, None),
        };
        if place.ends_with(".py") || place.contains('/') || matches!(place, "." | "..") {
            return Self::of_file(Path::new(place), attribute, call);
        }
        ensure!(
            !place.is_empty() && place.split('.').all(is_identifier),
            "'{place}' is neither a Python file nor a module: write app.py, app.py:name, package.module:name \
             or module:create_app()"
        );
        let folder = std::env::current_dir().context("no current folder")?;
        Ok(Target { module: place.to_owned(), file: None, attribute, call, folder })
    }

    fn of_file(path: &Path, attribute: Option<String>, call: Option<String>) -> Result<Self> {
        if path.join(PACKAGE).is_file() {
            return Self::of_file(&path.join(PACKAGE), attribute, call);
        }
        if path.is_dir() {
            bail!("{} is a folder: name the Python file in it, such as {0}/app.py", path.display());
        }
        if !path.is_file() {
            let here = std::env::current_dir().unwrap_or_default();
            bail!("{} does not exist (looked from {})", path.display(), here.display());
        }
        let path = path.canonicalize()?;
        let (Some(folder), Some(module)) = (path.parent(), path.file_stem().and_then(|stem| stem.to_str())) else {
            bail!("{} has no name that Python could import", path.display());
        };
        ensure!(
            path.extension().is_some_and(|extension| extension == "py"),
            "{} is not a Python file: its name must end in .py",
            path.display()
        );
        let (folder, packages) = outside_of_packages(folder);
        ensure!(folder.parent().is_some(), "the root folder cannot become an application: move {}", path.display());
        let dotted = packages.into_iter().chain((module != "__init__").then_some(module)).collect::<Vec<_>>().join(".");
        let is_alone = dotted == module;
        Ok(Target {
            file: is_alone.then(|| format!("/app/{module}.py")),
            module: dotted,
            attribute,
            call,
            folder: folder.to_owned(),
        })
    }
}

/// The first folder from here upwards that is no package, from which Python imports, and the packages below it. So a
/// file of a package is imported as the package's module, and its relative imports work.
fn outside_of_packages(folder: &Path) -> (&Path, Vec<&str>) {
    let mut packages = vec![];
    for place in folder.ancestors() {
        match place.file_name().and_then(|name| name.to_str()) {
            Some(name) if is_identifier(name) && place.join(PACKAGE).is_file() => packages.insert(0, name),
            _ => return (place, packages),
        }
    }
    (folder, vec![])
}

fn attribute_and_call(name: &str) -> Result<(Option<String>, Option<String>)> {
    let (name, call) = match name.strip_suffix(')').and_then(|call| call.split_once('(')) {
        Some((name, arguments)) => (name, Some(arguments.to_owned())),
        None => (name, None),
    };
    ensure!(
        name.split('.').all(is_identifier),
        "'{name}' is not a Python name: after the colon stands a callable's name, or a factory's with its arguments, \
         as create_app() or create_app(\"production\")"
    );
    Ok((Some(name.to_owned()), call))
}

fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c == '_' || c.is_alphanumeric())
        && !name.starts_with(|c: char| c.is_numeric())
        && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_factories() {
        let target = Target::parse("package.module:create_app()").unwrap();
        let parts = |target: &Target| (target.module.clone(), target.attribute.clone().unwrap(), target.call.clone());
        assert_eq!(parts(&target), ("package.module".to_owned(), "create_app".to_owned(), Some(String::new())));
        let target_with = Target::parse("shop:create_app('a:b', size=(1, 2))").unwrap();
        assert_eq!(
            parts(&target_with),
            ("shop".to_owned(), "create_app".to_owned(), Some("'a:b', size=(1, 2)".to_owned()))
        );
        assert_eq!(target.file, None);
        assert_eq!(Target::parse("app").unwrap().attribute, None);
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my-app.py");
        std::fs::write(&file, "").unwrap();
        let target = Target::parse(&format!("{}:web.app", file.display())).unwrap();
        assert_eq!((&*target.module, target.file.as_deref()), ("my-app", Some("/app/my-app.py")));
        assert_eq!((target.attribute.as_deref(), target.call), (Some("web.app"), None));
        assert_eq!(target.folder, folder.path().canonicalize().unwrap());
    }

    #[test]
    fn a_file_of_a_package_is_imported_as_its_module() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("site/web");
        std::fs::create_dir_all(&package).unwrap();
        for file in ["site/__init__.py", "site/web/__init__.py", "site/web/wsgi.py"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        for (named, module) in [("site/web/wsgi.py", "site.web.wsgi"), ("site/web", "site.web"), ("site/", "site")] {
            let target = Target::parse(&format!("{}:app", folder.path().join(named).display())).unwrap();
            assert_eq!((&*target.module, &target.file), (module, &None));
            assert_eq!(target.folder, folder.path().canonicalize().unwrap());
        }
    }

    #[test]
    fn what_cannot_be_an_application_says_why() {
        for (app, message) in [
            ("nowhere/app.py", "does not exist"),
            ("nowhere.py", "does not exist"),
            ("/tmp/", "is a folder"),
            ("app:create_app('x'", "is not a Python name"),
            ("my-app:app", "neither a Python file nor a module"),
            ("", "neither a Python file nor a module"),
        ] {
            let error = Target::parse(app).unwrap_err().to_string();
            assert!(error.contains(message), "{app}: {error}");
        }
    }
}
