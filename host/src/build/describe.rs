//! An application in one line.

use super::target::Target;
use crate::component::metadata::Application;

/// Where it was found, and what it is.
pub fn describe(target: &Target, application: &Application) -> String {
    let Application { module, attribute, how, kind, .. } = application;
    let call = if how == "factory" { "()" } else { "" };
    let found = if how == "found" { ", found by looking" } else { "" };
    format!("{module}:{attribute}{call} ({kind}{found}) in {}", target.folder.display())
}
