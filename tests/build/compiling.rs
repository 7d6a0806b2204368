//! `wasgi compile`: machine code in a file, served without compiling, and only from trusted folders.

use crate::harness::{Project, Server, refused};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const APP: &str = "
def app(environ, start_response):
    import colorsys
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'compiled']
";

fn compiled() -> Project {
    let project = Project::new(&[("app.py", APP)]);
    project.succeed(&["build", "app.py", "--memory", "48MiB", "--output", "app.wasm"]);
    let said = project.succeed(&["compile", "app.wasm"]);
    let mode = |file| fs::metadata(project.path(file)).unwrap().permissions().mode();
    assert_eq!(mode("app.cwasm"), mode("app.wasm"), "whoever serves it need not be who compiled it");
    assert!(said.contains("wrote app.cwasm (") && said.contains("Serve it: wasgi serve app.cwasm"), "{said}");
    project
}

#[test]
fn a_compiled_component_is_served_as_it_is() {
    let project = compiled();
    fs::remove_file(project.path("app.wasm")).unwrap();
    let mut command = project.wasgi(&["serve", "app.cwasm"]);
    // An empty cache.
    command.env("WASGI_CACHE", project.path("empty"));
    let server = Server::start(command);
    assert_eq!(server.get("/").ok(), "compiled");
    let log = server.log();
    assert!(log.contains("app:app (function)") && log.contains("memory cap 48 MiB"), "{log}");
    assert!(!log.contains("compile"), "nothing is compiled: {log}");
    assert!(!project.path("empty").exists(), "and nothing cached");
}

/// The file's note on its code.
fn code_of(project: &Project, file: &str) -> String {
    let bytes = fs::read(project.path(file)).unwrap();
    let note = String::from_utf8_lossy(&bytes[bytes.len() - (64 << 10)..]).into_owned();
    note.split("\"like\":\"").nth(1).expect("it is told").split('"').next().unwrap().to_owned()
}

#[test]
fn applications_have_their_machine_code_in_common() {
    let project = compiled();
    project.write("other/other.py", &format!("import decimal\nKEPT = bytearray(3 << 20)\n{APP}"));
    for (file, option) in [("other", "--refuse-reuse"), ("granted", "--filesystem")] {
        let (wasm, cwasm) = (format!("{file}.wasm"), format!("{file}.cwasm"));
        project.succeed(&["build", "other/other.py", "--name", "another", option, "--output", &wasm]);
        project.succeed(&["compile", &wasm]);
        assert_eq!(Server::start(project.wasgi(&["serve", &cwasm])).get("/").ok(), "compiled");
    }
    assert_eq!(code_of(&project, "other.cwasm"), code_of(&project, "app.cwasm"));
    assert_ne!(code_of(&project, "granted.cwasm"), code_of(&project, "app.cwasm"), "it has an adapter");
}

#[test]
fn one_of_another_wasgi_or_machine_is_refused() {
    let project = compiled();
    let bytes = fs::read(project.path("app.cwasm")).unwrap();
    let last = |mark: &str| bytes.windows(mark.len()).rposition(|window| window == mark.as_bytes()).unwrap();
    let behind = |mark: &str| last(mark) + mark.len();
    // Later fields of the note describe the component, too.
    for (field, place, cure) in [
        ("wasgi", last("\",\"machine\":\"") - 1, "compile the component again"),
        ("machine", behind("\"machine\":\""), "again, here"),
        ("code", behind("\"code\":\""), "wasgi compile"),
    ] {
        let mut other = bytes.clone();
        other[place] = if other[place] == b'7' { b'8' } else { b'7' };
        fs::write(project.path("other.cwasm"), other).unwrap();
        let message = project.refused(&["serve", "other.cwasm"]);
        assert!(message.contains("other.cwasm was compiled by wasgi ") && message.contains(cure), "{field}: {message}");
    }
    fs::write(project.path("short.cwasm"), &bytes[..bytes.len() - 1]).unwrap();
    assert!(project.refused(&["serve", "short.cwasm"]).contains("damaged: compile it again"));
    fs::write(project.path("foreign.cwasm"), fs::read(project.path("app.wasm")).unwrap()).unwrap();
    assert!(project.refused(&["serve", "foreign.cwasm"]).contains("was not made by `wasgi compile`"));
}

#[test]
fn machine_code_is_trusted_only_where_it_is_named_and_ones_own() {
    let project = compiled();
    // Passed as a component, machine code would run outside of any sandbox.
    fs::copy(project.path("app.cwasm"), project.path("posing.wasm")).unwrap();
    assert!(project.refused(&["serve", "posing.wasm"]).contains("not a WebAssembly component"));
    assert!(refused(project.wasgi(&["compile", "app.wasm", "--output", "app.bin"])).contains("called .cwasm"));
    fs::set_permissions(project.path("app.cwasm"), fs::Permissions::from_mode(0o666)).unwrap();
    let message = project.refused(&["serve", "app.cwasm"]);
    assert!(message.contains("someone else may have written it"), "{message}");
}
