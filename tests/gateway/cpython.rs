//! CPython's regression tests: a part of those that `tests/cpython/run.py` runs.

use std::path::Path;
use std::process::Command;

/// Each for another part of what the guest brings itself: files, hashes, threads, event loops, sockets, zones, locks.
const MODULES: [&str; 15] = [
    "test_json",
    "test_csv",
    "test_hashlib",
    "test_hmac",
    "test_pwd",
    "test_glob",
    "test_queue",
    "test_weakref",
    "test_gc",
    "test_wsgiref",
    "test_strftime",
    "test_fcntl",
    "test_mmap",
    "test_select",
    "test_asyncio.test_runners",
];

/// The table in `tests/cpython/results.md` says what passes, and `reasons.txt` why the rest does not.
#[test]
fn a_part_of_cpythons_tests_comes_out_as_the_table_says() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut run = Command::new("python3");
    run.arg("tests/cpython/run.py").arg(env!("CARGO_BIN_EXE_wasgi")).args(MODULES).current_dir(repository);
    let done = run.output().expect("python3");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
