//! Drivers that are native code: the build says what to use instead.

use super::servers;
use crate::harness::Project;

#[test]
fn a_native_driver_is_refused_with_its_cure() {
    let project = Project::new(&[("app.py", "import asyncpg\n\ndef app(environ, start_response):\n    return []\n")]);
    let mut command = project.wasgi(&["build", "app.py"]);
    command.env("VIRTUAL_ENV", servers::environment());
    let said = crate::harness::refused(command);
    assert!(said.contains("asyncpg.protocol.protocol is native") && said.contains("use pg8000"), "{said}");
}
