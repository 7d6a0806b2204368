//! What a request costs inside the server, without sockets and HTTP. `./just micro`, or `./just micro hello/` for what
//! has that in its name.
//!
//! - `APP/instantiate`: a sandbox is made and dropped.
//! - `APP/request`: a sandbox is made, asked for `/`, its answer read, and dropped.
//! - `APP/guest`: of that the guest alone, from the call to its return.
//!
//! Beside these times, what a request writes and how often it faults.

use anyhow::{Context, Result};
use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wasgi::InProcess;

/// Folders in `benches/apps`.
const APPS: [&str; 4] = ["hello", "flask_hello", "flask_template", "django_query"];
const PAGE: usize = 4096;
/// Requests whose page faults are counted, and those before them: the slot is new to them.
const REQUESTS: u32 = 250;
const FIRST: u32 = 50;

fn main() -> Result<()> {
    let mut criterion = Criterion::default().warm_up_time(Duration::from_secs(1)).configure_from_args();
    println!("pages of 4 KiB that a request writes to / in runs / page faults a request");
    for app in APPS {
        let server = open(app)?;
        println!("  {app}: {}", pages(&server)?);
        let mut group = criterion.benchmark_group(app);
        measure(&mut group, &server);
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}

fn open(app: &str) -> Result<InProcess> {
    let component = components().join(app).with_extension("wasm");
    InProcess::open(&component).with_context(|| format!("{}: `./just micro` builds it", component.display()))
}

/// Where `benches/components.py` leaves them.
fn components() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench/wasgi")
}

/// Of a server that was not asked yet.
fn pages(server: &InProcess) -> Result<String> {
    server.get("/")?;
    let written = server.written().map(|written| format!("{} / {}", written.bytes / PAGE, written.runs));
    let ask = |times| (0..times).try_for_each(|_| server.get("/").map(drop));
    ask(FIRST)?;
    let before = server.page_faults();
    ask(REQUESTS)?;
    let faults = (server.page_faults() - before) as f64 / f64::from(REQUESTS);
    Ok(format!("{} / {faults}", written.unwrap_or_else(|| "not known where memory is reset by plain".into())))
}

fn measure(group: &mut BenchmarkGroup<WallTime>, server: &InProcess) {
    group.bench_function("instantiate", |bencher| bencher.iter(|| server.instantiate().expect("a sandbox")));
    group.bench_function("request", |bencher| bencher.iter(|| server.get("/").expect("an answer")));
    group.bench_function("guest", |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| server.get("/").expect("an answer")).sum());
    });
}
