//! Drivers that are native code: the build says what to use instead.

use super::servers;
use crate::harness::Project;

#[test]
fn a_native_driver_is_refused_with_its_cure() {
    for (module, native) in [
        ("asyncpg", "asyncpg.protocol.protocol is native"),
        ("psycopg", "psycopg_binary.pq is native"),
        ("psycopg2", "psycopg2._psycopg is native"),
    ] {
        let app = format!("import {module}\n\ndef app(environ, start_response):\n    return []\n");
        let project = Project::new(&[("app.py", &app)]);
        let mut command = project.wasgi(&["build", "app.py"]);
        command.env("VIRTUAL_ENV", servers::environment());
        let said = crate::harness::refused(command);
        assert!(said.contains(native) && said.contains("use pg8000"), "{module}: {said}");
    }
}
