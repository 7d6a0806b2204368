//! Attacks on the sandbox: each has the outcome in its table, and the next request on the same server succeeds.
//!
//! With `--nocapture`, each prints its row: attack, the application's view, status, peak of memory.

mod endless;
mod memory;

use crate::harness::{Reply, Server};
use std::collections::BTreeSet;

/// The instance trapped: 500, and the log has the reason.
const TRAP: &str = "trap";
/// The interpreter can no longer run the application, but still answers: 500.
const BROKEN: &str = "broken";

/// Outcomes, each with the name of its attack.
type Outcomes = [(&'static str, &'static str)];

const RECURSION: &Outcomes = &[
    (
        "RecursionError",
        "call lambdas keywords arguments comprehension generator coroutine evaluate import_hook represent text \
         formatting attribute every_attribute set_attribute descriptor equal compare hashing adding calling missing_key \
         is_instance subclass context cached sort_key mapping heap bisecting dump_json dump_pickle load_pickle \
         substitute parse_xml time_zone codec_error sql_collation sql_adapter path_protocol printing reading warning \
         default_dict excepthook tracing without_limit",
    ),
    ("MemoryError", "write_csv"),
    ("OperationalError", "sql_function"),
];

const NESTING: &Outcomes = &[
    (
        "RecursionError",
        "repr_list repr_dict repr_frozenset repr_dataclass repr_exception repr_type compare_lists compare_dicts \
         deepcopy dump_json dump_json_indented load_json dump_pickle regex_groups source_sum syntax_tree unparse \
         write_xml class_tuple exception_group call_caches",
    ),
    ("UnpicklingError", "load_pickle"),
    ("ValueError", "dump_marshal load_marshal"),
    ("MemoryError", "source_parentheses source_operators"),
    ("OperationalError", "sql_expression"),
    ("no error: None", "regex_backtracking free_weakly_watched"),
    ("no error: 5000", "call_methods"),
    (
        "no error: 'freed'",
        "free_lists free_objects free_finalized free_exceptions free_closures free_generators free_iterators",
    ),
];

const UNCOUNTED: &Outcomes = &[(
    TRAP,
    "hash_tuple hash_type next_of_maps next_of_chains next_of_generators next_of_zips deepcopy_xml repr_deque \
     free_deques",
)];

const ENDING: &Outcomes = &[
    ("SystemExit", "exit_3 exit_0"),
    ("KeyboardInterrupt", "interrupt raise_sigint"),
    ("GeneratorExit", "generator_exit"),
    (TRAP, "hard_exit abort raise_sigterm raise_sigsegv segmentation_fault missing_constant"),
    ("PermissionError", "kill_itself kill_group"),
    // It needs a thread.
    ("AttributeError", "stack_overflow"),
    ("RuntimeError", "fatal_error"),
    ("SystemError", "damaged_code"),
    // Address 0 is ordinary memory.
    ("no error: None", "read_null"),
];

const REACHING: &Outcomes = &[
    ("no error: None", "thread raw_thread timer"),
    ("no error: 3", "thread_pool"),
    ("ConnectionRefusedError", "connect unix_socket"),
    ("gaierror", "resolve"),
    ("URLError", "fetch"),
    ("ChildProcessError", "wait"),
    ("itimer_error", "interval_timer"),
    ("PermissionError", "change_root become_root listen"),
    ("OSError", "shell pipe run pipe_from_shell datagram process fork execute spawn alarm"),
    // The sandbox's one user is not root.
    ("KeyError", "user_database"),
    ("no error: (-1, -1)", "resource_limits"),
    // Both ends of the sockets are in the sandbox's own memory, the loop's too; so is address 0, an ordinary byte.
    (
        "no error: (<socket.socket fd=1073741825, family=3, type=6, proto=0>, \
         <socket.socket fd=1073741826, family=3, type=6, proto=0>)",
        "socket_pair",
    ),
    ("no error: None", "event_loop"),
    ("no error: b''", "native_code"),
    ("no error: []", "adopt_descriptors"),
    ("no error: ([0], [], [])", "wait_for_stdin"),
    ("no error: b''", "read_stdin"),
    ("no error: <Handlers.SIG_DFL: 0>", "handle_signal"),
];

const PATHS: &Outcomes = &[
    (
        "FileNotFoundError",
        "passwd parents relative_parents parents_from_descriptor encoded_dots many_slashes not_unicode deep_path \
         proc_self proc_descriptors proc_memory devices dev_null dev_memory dev_urandom",
    ),
    ("NotADirectoryError", "trailing_slash below_a_file"),
    ("PermissionError", "symbolic_link hard_link device_node"),
    ("ValueError", "null_byte"),
    (
        "OSError",
        "long_name rename_out overwrite_interpreter overwrite_application make_writable many_descriptors \
         many_descriptors_of_one endless_file",
    ),
    ("no error: []", "preopened_descriptors"),
    ("no error: None", "sparse_file"),
    ("no error: '\"\"\"'", "close_all_descriptors"),
];

const MEDDLING: &Outcomes = &[
    ("no error: 'set'", "recursion_limit asyncgen_hooks unraisable_hook"),
    ("no error: '\"\"\"'", "tiny_recursion_limit"),
    ("no error: 'registered'", "at_exit codec_registry"),
    ("no error: 'kept'", "finalizer_at_the_end endless_finalizer"),
    ("no error: 1", "resurrect no_modules"),
    ("no error: False", "no_collector deadlock"),
    ("no error: True", "collector_callback thaw"),
    ("no error: {}", "environment"),
    ("no error: None", "faults"),
    ("ZeroDivisionError", "setprofile audit_hook"),
    ("ValueError", "excepthook no_streams closed_streams"),
    ("TypeError", "weak_callback"),
    ("RuntimeError", "later_faults"),
    ("UserWarning", "warnings_as_errors"),
    (BROKEN, "settrace no_builtins patched_builtins patched_gateway own_frames"),
];

/// Attacks that take a few milliseconds, as path and status.
pub fn quick() -> impl Iterator<Item = (String, u16)> {
    let tables = [("recursion", RECURSION), ("ending", ENDING), ("reaching", REACHING), ("paths", PATHS)];
    let tables = tables.into_iter().chain([("meddling", MEDDLING)]);
    tables.flat_map(|(module, outcomes)| {
        outcomes.iter().flat_map(move |(outcome, names)| {
            let status = if [TRAP, BROKEN].contains(outcome) { 500 } else { 200 };
            names.split_whitespace().map(move |name| (format!("/attacking/{module}/{name}"), status))
        })
    })
}

fn ends_as(reply: &Reply, outcome: &str) -> bool {
    let failed = (reply.status, reply.text()) == (500, "Internal Server Error\n");
    match (outcome, reply.usage("outcome")) {
        (TRAP, "trap") | (BROKEN, "error") => failed,
        (outcome, "ok") => (reply.status, reply.text()) == (200, outcome),
        _ => false,
    }
}

/// Runs every attack of a module.
fn all_end_as(module: &str, outcomes: &Outcomes) {
    let server = Server::all_apps_with(&["--expose-usage"]);
    let names = server.get(&format!("/attacking/{module}"));
    let mut untried: BTreeSet<_> = names.ok().split_whitespace().collect();
    for (outcome, names) in outcomes {
        for name in names.split_whitespace() {
            assert!(untried.remove(name), "there is no {name}, or it is there twice");
            let reply = server.get(&format!("/attacking/{module}/{name}"));
            assert!(ends_as(&reply, outcome), "{name} is no {outcome}: {reply:?}");
            let peak = reply.peak() as f64 / f64::from(1 << 20);
            println!("| {module}: {} | {outcome} | {} | {peak:.1} MiB |", name.replace('_', " "), reply.status);
            server.behaves();
        }
    }
    assert!(untried.is_empty(), "not in the table: {untried:?}");
}

#[test]
fn recursion_without_end() {
    all_end_as("recursion", RECURSION);
}

#[test]
fn deep_structures() {
    all_end_as("nesting", NESTING);
}

#[test]
fn recursion_that_cpython_does_not_count_is_a_trap() {
    all_end_as("uncounted", UNCOUNTED);
}

#[test]
fn ways_to_end() {
    all_end_as("ending", ENDING);
}

#[test]
fn what_a_process_could_reach() {
    all_end_as("reaching", REACHING);
}

#[test]
fn odd_paths() {
    all_end_as("paths", PATHS);
}

#[test]
fn the_interpreters_own_screws() {
    all_end_as("meddling", MEDDLING);
}

#[test]
fn uncaught_they_are_a_500() {
    let server = Server::all_apps();
    for attack in [
        "recursion/call",
        "recursion/represent",
        "nesting/dump_json",
        "ending/exit_0",
        "ending/interrupt",
        "ending/generator_exit",
        "reaching/shell",
        "paths/passwd",
        "meddling/excepthook",
        "meddling/no_streams",
        "meddling/closed_streams",
    ] {
        let reply = server.get(&format!("/attacking/{attack}?uncaught"));
        assert_eq!((reply.status, reply.text()), (500, "Internal Server Error\n"), "{attack}");
        server.behaves();
    }
}
