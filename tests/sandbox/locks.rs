//! The kernel locks files of granted directories, between sandboxes and against native programs.

use crate::harness::{Project, Server, clients};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::thread;

fn project() -> Project {
    Project::new(&[("app/app.py", include_str!("../apps/locking.py")), ("data/file", "locked")])
}

fn run(project: &Project) -> Server {
    project.run(&["app/app.py", "--dir", "data:/data"])
}

fn file(project: &Project) -> File {
    File::options().read(true).write(true).open(project.path("data/file")).unwrap()
}

/// Takes a native process's lock for writing on a whole file; dropping the result releases it.
fn lock_range(project: &Project) -> File {
    let file = file(project);
    nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_OFD_SETLK(&whole())).expect("nobody has it");
    file
}

fn whole() -> libc::flock {
    libc::flock { l_type: libc::F_WRLCK as i16, l_whence: libc::SEEK_SET as i16, l_start: 0, l_len: 0, l_pid: 0 }
}

#[test]
fn a_native_lock_is_in_the_way_of_the_same_kind_only() {
    let project = project();
    let server = run(&project);
    let (got, busy) = (json!([null, null]), json!("BlockingIOError EAGAIN"));
    let seen = server.get("/ways").json();
    assert_eq!((&seen["flock"], &seen["lockf"], &seen["set"], &seen["get"]), (&got, &got, &got, &json!(2)), "{seen}");
    let ranges = lock_range(&project);
    let seen = server.get("/ways").json();
    for way in ["lockf", "lockf range", "lockf shared", "set"] {
        assert_eq!(seen[way], busy, "{way}");
    }
    assert_eq!((&seen["flock"], &seen["get"]), (&got, &json!(1)), "flock is another thing");
    drop(ranges);
    let native = file(&project);
    native.lock_shared().unwrap();
    let seen = server.get("/ways").json();
    assert_eq!((&seen["flock"], &seen["flock shared"], &seen["lockf"]), (&busy, &got, &got));
}

#[test]
fn a_request_waits_for_its_turn_and_others_go_on_meanwhile() {
    let project = project();
    let mut command = project.wasgi(&["run", "app/app.py", "--dir", "data:/data"]);
    command.env("TOKIO_WORKER_THREADS", "1");
    let server = Server::start(command);
    let (ranges, whole) = (lock_range(&project), file(&project));
    whole.lock().unwrap();
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..8).map(|_| scope.spawn(|| server.get("/wait"))).collect();
        for _ in 0..20 {
            assert_eq!(server.get("/own").status, 200);
        }
        assert!(waiting.iter().all(|request| !request.is_finished()));
        drop((ranges, whole));
        for request in waiting {
            assert_eq!(request.join().unwrap().ok(), "\"got it\"");
        }
    });
}

#[test]
fn who_waits_for_ever_hears_of_its_deadline() {
    let project = project();
    let server = project.run(&["app/app.py", "--dir", "data:/data", "--timeout", "500ms"]);
    let _ranges = lock_range(&project);
    assert_eq!(server.get("/wait").status, 504);
}

#[test]
fn locks_go_with_their_descriptor_and_with_their_request() {
    let project = project();
    let server = run(&project);
    let has = |path: &str| {
        let mut client = server.connect();
        client.get(path);
        client.head();
        assert_eq!(client.chunk(), path[1..]);
        client
    };
    let closed = has("/closed");
    file(&project).try_lock().expect("closed by the sandbox");
    drop(lock_range(&project));
    let keeper = has("/keep");
    assert!(file(&project).try_lock().is_err(), "the sandbox has it");
    assert_eq!(server.get("/ways").json()["lockf"], "BlockingIOError EAGAIN");
    keeper.close();
    closed.close();
    assert_eq!(server.get("/wait").ok(), "\"got it\"");
}

#[test]
fn what_is_the_sandboxs_own_is_locked_by_nobody_else() {
    let seen: Value = run(&project()).get("/own").json();
    for way in ["flock", "flock shared", "lockf", "lockf range", "lockf shared", "set"] {
        assert_eq!(seen["scratch"][way], json!([null, null]), "{way}");
    }
    assert_eq!(seen["packed for writing"], "OSError EBADF");
    assert_eq!((&seen["flags"], &seen["ioctl"]), (&json!([1, 0]), &json!("OSError ENOTTY")));
    assert_eq!((&seen["mailbox"], &seen["run"]), (&json!("locked"), &json!("OSError ENOTSUP")), "as without fcntl");
}

#[test]
fn locks_have_bounds_and_need_rights() {
    let seen = run(&project()).get("/odd").json();
    assert_eq!(seen["many ranges"], json!([64, "ENOLCK"]));
    assert_eq!(seen["read only"], json!(["OSError EBADF", null]));
    assert_eq!((&seen["before the file"], &seen["neither"]), (&json!("OSError EINVAL"), &json!("ValueError None")));
    assert_eq!(seen["too far"], "OSError EOVERFLOW");
}

#[test]
fn a_directory_for_reading_is_locked_for_reading() {
    let project = project();
    let server = project.run(&["app/app.py", "--dir", "data:/data:ro"]);
    assert_eq!(server.get("/odd").ok(), "\"PermissionError EPERM\"");
    assert!(file(&project).try_lock().is_ok());
}

/// Fills the databases of a folder, one of them with a write in its log that is not yet in the database.
fn databases(project: &Project, folder: &str) {
    for kind in ["plain", "wal"] {
        let path = project.path(&format!("{folder}/{kind}.db"));
        let mut command = clients::python("ledger.py");
        clients::output({
            command.arg(path).arg(kind);
            command
        });
    }
}

#[test]
fn a_database_beside_the_code_can_be_read() {
    let app = include_str!("../apps/packed_database.py");
    let project = Project::new(&[("app/app.py", app), ("app/.wasgiignore", "!*.db*"), ("data/note.txt", "")]);
    databases(&project, "app");
    databases(&project, "data");
    std::fs::copy(project.path("app/wal.db"), project.path("app/left.db")).unwrap();
    project.write("app/left.db-wal", "something");
    let seen = project.run(&["app/app.py", "--dir", "data:/data"]).get("/").json();
    let (apple, refused) = (json!([["apple"]]), json!("OperationalError: attempt to write a readonly database"));
    for path in ["plain.db", "/app/plain.db", "file:plain.db?mode=ro", "/app/wal.db"] {
        assert_eq!(seen[path][0], apple, "{path}: {}", seen[path]);
    }
    assert_eq!((&seen["plain.db"][1], &seen["/app/wal.db"][1]), (&refused, &refused));
    for path in ["/tmp/plain.db", "/tmp/wal.db", "/data/plain.db"] {
        assert_eq!(seen[path], json!([apple, 2]), "{path}");
    }
    for path in ["/data/wal.db", "/app/left.db"] {
        let told = seen[path][0].as_str().unwrap();
        assert!(told.starts_with("OperationalError: this database is in WAL mode"), "{path}: {told}");
        assert!(told.contains("locking_mode=EXCLUSIVE") && told.contains("journal_mode=DELETE"), "{path}: {told}");
    }
    assert_eq!(seen["/app/app.py"][0], "DatabaseError: file is not a database");
}

/// A native program's reading of the database in WAL mode, which it keeps open meanwhile.
fn natively(project: &Project, meanwhile: impl FnOnce()) -> String {
    let mut command = clients::python("ledger.py");
    command.arg(project.path("data/wal.db")).arg("hold").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = command.spawn().expect("python3");
    let mut said = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut said).unwrap();
    meanwhile();
    drop(program.stdin.take());
    program.wait().unwrap();
    said
}

#[test]
fn a_database_in_wal_mode_is_had_alone() {
    let project = Project::new(&[("app/app.py", include_str!("../apps/packed_database.py")), ("data/note.txt", "")]);
    databases(&project, "data");
    let server = project.run(&["app/app.py", "--dir", "data:/data"]);
    let alone = || server.get("/alone").json();
    let said = natively(&project, || assert_eq!(alone(), "OperationalError: database is locked"));
    assert_eq!(said, "apple\n");
    for _ in 0..2 {
        assert_eq!(alone(), "wal");
    }
    assert_eq!(natively(&project, || ()), "apple plum fig plum fig\n");
}
