use super::counted::counted;
use super::metered::{Metered, SMALL, outcome, rewritten};
use super::*;
use wasmtime::Trap;

const FUEL: u64 = 10_000_000;

/// Runs a module's `run`, as it is and rewritten; returns its result and work. Fails if two checks are further apart
/// than the bound.
fn run(text: &str) -> (Result<String, Trap>, u64) {
    let module = wat::parse_str(text).unwrap();
    let (expected, took) = Metered::new(&module, FUEL, 1).unwrap().call("run", FUEL);
    let mut changed = Metered::new(&counted(&rewritten(&module).unwrap()), FUEL, 1).unwrap();
    let (found, _) = changed.call("run", 2 * FUEL);
    changed.verify_checks();
    // An endless cycle uses all fuel.
    assert!(outcome(&expected) == "endless" || found == expected, "{found:?} in place of {expected:?}");
    (expected, took)
}

fn nops(count: u64) -> String {
    "i32.const 1 drop ".repeat(count as usize / 2)
}

#[test]
fn a_circle_through_a_table_looks() {
    // 2^60 calls, 120 frames deep, without a loop; the two calls and the one through the table are not in one function.
    let (outcome, _) = run(r#"(module (table (export "t") 2 funcref) (elem (i32.const 0) $f)
        (func $f (param i32) (if (local.get 0) (then
            (call $h (i32.sub (local.get 0) (i32.const 1)))
            (call $h (i32.sub (local.get 0) (i32.const 1))))))
        (func $h (param i32) (call_indirect (param i32) (local.get 0) (i32.const 0)))
        (func (export "run") (call $f (i32.const 60))))"#);
    assert_eq!(outcome, Err(Trap::OutOfFuel));
}

#[test]
fn a_circle_through_references_looks() {
    let (outcome, _) = run(r#"(module (type $t (func (param i32))) (global $g (mut (ref null $t)) (ref.func $f))
        (func $f (type $t) (if (local.get 0) (then
            (call $h (i32.sub (local.get 0) (i32.const 1))) (call $h (i32.sub (local.get 0) (i32.const 1))))))
        (func $h (param i32) (call_ref $t (local.get 0) (global.get $g)))
        (func (export "run") (call $f (i32.const 60))))"#);
    assert_eq!(outcome, Err(Trap::OutOfFuel));
}

#[test]
fn calls_in_a_row_are_counted() {
    let (calls, work) = ("(call $f)".repeat(200), nops(400));
    let (outcome, took) = run(&format!(r#"(module (func $f {work}) (func (export "run") {calls}))"#));
    assert!(outcome.is_ok() && took > 10 * SMALL.stretch);
}

#[test]
fn instructions_in_a_row_are_counted() {
    let (_, took) = run(&format!(r#"(module (func (export "run") {}))"#, nops(20 * SMALL.stretch)));
    assert!(took > 10 * SMALL.stretch);
}

#[test]
fn calls_that_return_one_after_the_other_are_counted() {
    let work = nops(400);
    let (_, took) = run(&format!(
        r#"(module (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))) {work})))
            (func (export "run") (call $f (i32.const 200))))"#
    ));
    assert!(took > 10 * SMALL.stretch);
    // The same with a function in the cycle that ends in a tail call.
    let (outcome, _) = run(&format!(
        r#"(module (func $f (param i32) (if (local.get 0) (then (return_call $g (local.get 0)))))
            (func $g (param i32) (call $f (i32.sub (local.get 0) (i32.const 1))) {work})
            (func (export "run") (call $f (i32.const 200))))"#
    ));
    assert!(outcome.is_ok());
}

#[test]
fn exceptions_are_caught_by_those_who_look() {
    let work = nops(2000);
    for label in ["0", "1"] {
        let (outcome, _) = run(&format!(
            r#"(module (tag $e) (func $throw {work} (throw $e))
                (func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))
                    (block (try_table (catch_all {label}) (call $throw))))
                (func (export "run") (call $f (i32.const 20))))"#
        ));
        assert!(outcome.is_ok());
    }
}

/// Copies and fills with lengths unknown beforehand, and returns a sum over memory.
fn bulk(kind: &str, code: &str) -> Result<String, Trap> {
    let text = format!(
        r#"(module (memory {kind} 1) (data (i32.const 0) "abcdefghijklmnopqrstuvwxyz")
            (func $of (param {kind}) (result {kind}) local.get 0)
            (func (export "run") (result i64) (local $n {kind}) (local $sum i64)
                {code}
                (loop $next
                    (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) (i64.load8_u (local.get $n))))
                    (local.set $n ({kind}.add (local.get $n) ({kind}.const 1)))
                    (br_if $next ({kind}.lt_u (local.get $n) ({kind}.const 20000))))
                local.get $sum))"#
    );
    let text = if kind == "i64" { text.replace("(data (i32.const", "(data (i64.const") } else { text };
    run(&text).0
}

#[test]
fn memory_is_copied_and_filled_in_pieces() {
    for kind in ["i32", "i64"] {
        let number = |number: i64| format!("(call $of ({kind}.const {number}))");
        let fill = |to, length| format!("(memory.fill {} (i32.const 7) {})", number(to), number(length));
        let copy = |to, from, length| format!("(memory.copy {} {} {})", number(to), number(from), number(length));
        let much = 10 * SMALL.piece as i64 + 3;
        let mixed =
            [fill(100, 5000), copy(200, 0, 4000), copy(13, 0, 2000), copy(5000, 5013, much), fill(9, 31)].concat();
        for code in [fill(5, much), copy(7, 0, much), copy(7000, 9, much), copy(1, 9000, 26), mixed] {
            assert!(bulk(kind, &code).is_ok(), "{code}");
        }
        let end = 1 << 16;
        for code in [fill(end - 10, 11), fill(end - 100, 101), fill(-1, much), fill(end + 1, 0)] {
            assert_eq!(bulk(kind, &code), Err(Trap::MemoryOutOfBounds), "{code}");
        }
        for code in [copy(0, end - much, much + 1), copy(end - much, 0, much + 1), copy(-5, 0, much), copy(0, -5, much)]
        {
            assert_eq!(bulk(kind, &code), Err(Trap::MemoryOutOfBounds), "{code}");
        }
        for code in [copy(0, end - much, much), copy(end - much, 0, much), fill(0, end)] {
            assert!(bulk(kind, &code).is_ok(), "{code}");
        }
    }
}

#[test]
fn tables_are_copied_and_filled_between_looks() {
    let fill = "(table.fill (i32.const 0) (ref.null func) (i32.const 90)) ".repeat(100);
    let (outcome, took) = run(&format!(r#"(module (table 90 funcref) (func (export "run") {fill}))"#));
    assert!(outcome.is_ok() && took > 2 * SMALL.stretch);
}

/// Two modules; the first one's `run` calls the second one's `g`, which calls through a table of the first one's.
const CIRCLE: &str = r#"(component
    (core module $a (table (export "t") 2 funcref) (func (export "f") (param i32)))
    (core module $b (import "a" "t" (table 2 funcref)) (import "a" "f" (func $f (param i32)))
        (func (export "g") (param i32)
            (call_indirect (param i32) (local.get 0) (i32.const 0)) (call $f (local.get 0))))
    (core module $c (import "a" "t" (table 2 funcref)) (import "b" "g" (func $g (param i32)))
        (elem (i32.const 0) $h) (func $h (param i32) (call $g (local.get 0))))
    (core instance $i (instantiate $a))
    (core instance $j (instantiate $b (with "a" (instance $i))))
    (core instance $k (instantiate $c (with "a" (instance $i)) (with "b" (instance $j)))))"#;

/// For each module of a component, whether anything was added to it.
fn changed(component: &str) -> Vec<bool> {
    let component = wat::parse_str(component).unwrap();
    let modules = Parser::new(0).parse_all(&component).filter_map(|payload| match payload.unwrap() {
        Payload::ModuleSection { unchecked_range, .. } => Some(component[unchecked_range].to_vec()),
        _ => None,
    });
    let modules: Vec<_> = modules.collect();
    let instrumented = insert(&component, &modules, None).unwrap();
    instrumented.iter().zip(&modules).map(|(after, before)| after != before).collect()
}

#[test]
fn a_circle_through_several_modules_looks() {
    assert_eq!(changed(CIRCLE), [false, true, true], "$g makes two calls, $h is in the table");
    let chain = CIRCLE.replace("(elem (i32.const 0) $h)", "").replace("(call $f (local.get 0))", "");
    assert_eq!(changed(&chain), [false, false, false], "nothing is in the table");
    let nested = format!("(component {chain})");
    assert_eq!(changed(&nested), [false, true, false], "nobody knows what is linked");
}

#[test]
fn what_looks_like_the_clock_is_refused() {
    let clock = wat::parse_str("(module (memory i64 1 12289))").unwrap();
    let refused = insert_within(BOUNDS, &Links::default(), &[clock], None).unwrap_err();
    assert!(refused.to_string().contains("choose another maximum"));
}

#[test]
fn what_has_no_loop_stays_as_it_is() {
    let module = wat::parse_str("(module (func) (func (call 0)))").unwrap();
    assert_eq!(rewritten(&module).unwrap(), module);
}

#[test]
fn a_guest_asks_only_when_the_clock_has_ticked() {
    let module = wat::parse_str(
        r#"(module (func (export "run") (local i32) (loop
            (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (i32.lt_u (local.get 0) (i32.const 1000))))))"#,
    );
    let instrumented = rewritten(&module.unwrap()).unwrap();
    let run = |module: &[u8]| {
        let mut instance = Metered::new(module, FUEL, 1).unwrap();
        assert!(instance.call("run", FUEL).0.is_ok());
        instance.checks()
    };
    assert_eq!((run(&instrumented), run(&counted(&instrumented))), (0, 1000), "the clock of this engine stands still");
}

/// `docs/reference/isolation.md` says so.
#[test]
fn the_number_in_the_documentation_is_the_one_in_the_code() {
    let text = include_str!("../../../../docs/reference/isolation.md");
    assert!(text.contains("at most 1,000,000 units of work") && BOUNDS.stretch == 1_000_000);
    assert!(text.contains("pieces of 64 KiB") && BOUNDS.piece == 64 << 10);
}
