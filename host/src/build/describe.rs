//! An application in one line.

use super::target::Target;
use crate::component::metadata::Application;

/// Where the application was found, and its type.
pub fn describe(target: &Target, application: &Application) -> String {
    let Application { module, attribute, how, kind, .. } = application;
    let call = if how == "factory" { "()" } else { "" };
    let found = if how == "found" { ", found by looking" } else { "" };
    format!("{module}:{attribute}{call} ({kind}{found}) in {}", target.folder.display())
}
