//! Bad input ends the command at once, with exit code 1 and one message that names the cure.

use crate::harness::{Project, refused, wasgi};
use std::net::TcpListener;

const APP: &str = "def app(environ, start_response): ...\n";

/// The message for `wasgi run TARGET` in a folder whose app.py has this source.
fn message(source: &str, target: &str) -> String {
    Project::new(&[("app.py", source)]).refused(&["run", target])
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is missing: {message}");
    }
}

#[test]
fn a_file_that_is_not_there() {
    says(&message(APP, "apps.py"), &["apps.py does not exist", "looked from"]);
}

#[test]
fn a_folder() {
    for folder in [".", "./", "notes/"] {
        let project = Project::new(&[("app.py", APP), ("notes/app.py", APP)]);
        says(&project.refused(&["run", folder]), &["is a folder", "name the Python file in it"]);
    }
}

#[test]
fn a_file_that_is_not_python() {
    let project = Project::new(&[("notes/app.txt", APP)]);
    says(&project.refused(&["run", "notes/app.txt"]), &["app.txt is not a Python file"]);
}

#[test]
fn a_module_that_is_not_there() {
    says(&message(APP, "shop:app"), &["no module named 'shop'", "The folder has: app.py"]);
}

#[test]
fn a_name_that_is_not_there() {
    says(&message(APP, "app.py:ap"), &["app.py has no 'ap'", "Did you mean app.py:app?"]);
}

#[test]
fn a_name_that_is_no_name() {
    says(&message(APP, "app:create_app('x'"), &["is not a Python name", "with its arguments"]);
}

#[test]
fn a_syntax_error() {
    let message = message("def app(environ, start_response:\n    pass\n", "app.py");
    says(&message, &["because of a syntax error", "File \"/app/app.py\", line 1", "SyntaxError: '(' was never closed"]);
}

#[test]
fn an_error_at_import() {
    let source = "import json\n\nSETTINGS = json.loads('{broken')\n";
    let message = message(source, "app.py");
    says(&message, &["app.py failed while it was imported", "File \"/app/app.py\", line 3, in <module>"]);
    says(&message, &["SETTINGS = json.loads('{broken')", "JSONDecodeError: "]);
}

#[test]
fn a_program_that_ends_itself() {
    says(&message("raise SystemExit(0)\n", "app.py"), &["ended the interpreter", "if __name__ == '__main__':"]);
    says(&message("import os\nos._exit(0)\n", "app.py"), &["while the application was imported"]);
}

#[test]
fn a_part_of_the_standard_library_that_is_not_there() {
    says(&message("import turtle\n", "app.py"), &["belongs to the standard library but does not exist"]);
}

#[test]
fn no_application() {
    says(&message("import json\n\nNUMBER = 1\n", "app.py"), &["app.py has no WSGI application", "app.py:NAME"]);
}

#[test]
fn several_applications() {
    let source = format!("{}{}", APP.replace("app", "shop"), APP.replace("app", "blog"));
    says(&message(&source, "app.py"), &["Name the one to serve", "app.py:shop", "app.py:blog"]);
}

#[test]
fn an_application_of_another_kind() {
    let source = "async def app(scope, receive, send): ...\n";
    says(&message(source, "app.py"), &["app.py:app is an ASGI application", "WSGI framework"]);
}

#[test]
fn a_factory_without_parentheses() {
    let source = "def create_app(): ...\n";
    says(&message(source, "app.py:create_app"), &["cannot be called as a WSGI application", "app.py:create_app()"]);
}

#[test]
fn a_factory_that_fails() {
    let source = "def create_app():\n    return {}['missing']\n";
    says(&message(source, "app.py:create_app()"), &["create_app() failed", "line 2, in create_app", "KeyError"]);
}

#[test]
fn a_name_that_hides_the_standard_library() {
    let project = Project::new(&[("json.py", APP)]);
    says(&project.refused(&["run", "json.py"]), &["standard library's module 'json'", "Rename the file"]);
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let message = refused(wasgi(&["run", "hello.py", "--bind", &address]));
    // By this test, which listens there.
    let holder = format!("(process {})", std::process::id());
    says(&message, &["is in use by ", &holder, "choose another port with --bind"]);
}

#[test]
fn serving_what_is_no_component() {
    let project = Project::new(&[("app.py", APP), ("module.wat", "")]);
    std::fs::write(project.path("core.wasm"), b"\0asm\x01\0\0\0").unwrap();
    says(&project.refused(&["serve", "app.py"]), &["is not a WebAssembly component", "wasgi build"]);
    says(&project.refused(&["serve", "core.wasm"]), &["is not a WebAssembly component"]);
    says(&project.refused(&["serve", "none.wasm"]), &["cannot read none.wasm", "wasgi build"]);
}

#[test]
fn serving_a_component_of_another_kind() {
    let project = Project::new(&[]);
    std::fs::write(project.path("empty.wasm"), b"\0asm\x0d\0\x01\0").unwrap();
    says(&project.refused(&["serve", "empty.wasm"]), &["not one that wasgi can serve"]);
}

#[test]
fn a_cap_below_what_the_application_takes_at_rest() {
    let project = Project::new(&[("app.py", APP)]);
    let component = project.build("app.py");
    let message = project.refused(&["serve", component.to_str().unwrap(), "--memory", "12MiB"]);
    says(&message, &["before its first request", "cap of 12 MiB", "raise --memory"]);
}

#[test]
fn a_cap_too_small_to_import_under() {
    let project = Project::new(&[("app.py", &format!("GREEDY = bytes(64 << 20)\n{APP}"))]);
    let message = project.refused(&["build", "app.py", "--memory", "48MiB"]);
    says(&message, &["MemoryError", "--memory"]);
    let message = project.refused(&["build", "app.py", "--memory", "9MiB"]);
    says(&message, &["--memory"]);
}

#[test]
fn a_folder_with_too_much_in_it() {
    let project = Project::new(&[("app.py", APP)]);
    std::fs::File::create(project.path("dump.sql")).unwrap().set_len(65 << 20).unwrap();
    says(&project.refused(&["build", "app.py"]), &["holds more than 64 MiB", ".wasgiignore"]);
    project.write(".wasgiignore", "*.sql\n");
    project.succeed(&["build", "app.py"]);
}

#[test]
fn an_output_that_cannot_be_written() {
    let project = Project::new(&[("app.py", APP)]);
    says(&project.refused(&["build", "app.py", "-o", "no/such/folder.wasm"]), &["choose another --output"]);
}
