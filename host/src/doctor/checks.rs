//! The checks of `wasgi doctor`.

use super::finding::Finding;
use crate::engine::embedded::EmbeddedCode;
use crate::engine::level;
use crate::engine::settings;
use crate::machine;
use crate::memory::reset::{Reset, ResetArg};
use crate::memory::verify::Share;
use crate::serve::http::connections;
use crate::serve::limits::Limits;
use crate::serve::worst_case::worst_case_of_all;
use crate::store::cache::Cache;
use crate::store::sealed::Sealed;
use crate::units::Size;
use anyhow::{Context, Result, ensure};
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use nix::sys::statvfs::statvfs;
use std::fs::read_to_string;

/// Address space of a sandbox: all that 32 bits reach, guards and its native stack. Most of it is never touched.
const SPACE: u64 = 5 << 30;
/// Kernel mappings of a sandbox: its guards, its memory in three, its stack.
const MAPPINGS: u64 = 8;
/// The same for the program itself.
const OWN_MAPPINGS: u64 = 1000;
/// What a few applications take in the cache.
const CACHE_SPACE: u64 = 1 << 30;

/// All checks, by name.
pub fn all(limits: &Limits) -> Vec<(&'static str, Finding)> {
    vec![
        ("kernel", kernel()),
        ("C library", Finding::Fine(c_library())),
        ("processor", processor()),
        ("machine code", Finding::of(machine_code(), |()| "can be loaded and run".into())),
        ("reset", reset()),
        ("memory", memory(limits)),
        ("swap", swap(read_to_string("/proc/swaps").ok().as_deref())),
        ("address space", Finding::of(address_space(limits), |()| "as much as sandboxes reserve".into())),
        ("overcommit", overcommit(read("/proc/sys/vm/overcommit_memory"))),
        ("mappings", mappings(read("/proc/sys/vm/max_map_count"), limits)),
        ("file descriptors", file_descriptors(limits)),
        ("cache", cache()),
    ]
}

fn read(file: &str) -> Option<u64> {
    read_to_string(file).ok()?.trim().parse().ok()
}

fn kernel() -> Finding {
    let release = read_to_string("/proc/sys/kernel/osrelease").map(|text| format!("Linux {}", text.trim()));
    Finding::of(release.context("/proc tells nothing of it: mount it (mount -t proc proc /proc)"), |release| release)
}

fn c_library() -> String {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: it returns a static string (gnu_get_libc_version(3)).
        let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
        format!("glibc {}", version.to_string_lossy())
    }
    #[cfg(not(target_env = "gnu"))]
    "not glibc: memory that a build has used is not given back at once".to_owned()
}

fn processor() -> Finding {
    let (level, embedded) = (level::name(), EmbeddedCode::with_this_program());
    let cure = "the first start compiles for half a minute, and keeps that in the cache";
    match settings::code_fingerprint() {
        Ok(code) if embedded.is_for(&code) => {
            Finding::Fine(format!("{level}, for which this wasgi carries machine code"))
        }
        Ok(_) if embedded.is_empty() => Finding::Fine(format!("{level}; this wasgi carries no machine code: {cure}")),
        Ok(_) => Finding::Note(format!("{level}; this wasgi carries machine code for another level: {cure}")),
        Err(error) => Finding::Wrong(format!("{error:#}")),
    }
}

fn machine_code() -> Result<()> {
    Sealed::of(b"as machine code is kept").context("see memfd_create(2) and vm.memfd_noexec")?;
    settings::runs_code().context("the system lets no program make machine code (SELinux: execmem, PaX: mprotect)")
}

fn reset() -> Finding {
    match Reset::choose(ResetArg::Auto, Share(0)) {
        Ok(reset) => Finding::noted(
            reset.scans(),
            format!("{} ({})", reset.name(), reset.reason),
            "Linux 6.7 or later, with /proc, makes small requests faster",
        ),
        Err(error) => Finding::Wrong(format!("{error:#}")),
    }
}

fn memory(limits: &Limits) -> Finding {
    let most = worst_case_of_all(*limits);
    let Some(has) = machine::memory() else { return Finding::Note("the system does not say how much there is".into()) };
    let cure = "should all sandboxes be full at once, the kernel ends the server; lower --concurrency or --memory";
    Finding::noted(most <= has, format!("{has}, and the limits allow {most} at most"), cure)
}

/// `/proc/swaps` has a line for each after its header.
fn swap(swaps: Option<&str>) -> Finding {
    let are = swaps.map_or(0, |text| text.lines().count().saturating_sub(1));
    let cure =
        "what a request holds may be written to disk, and read again by a later one that waits for it (swapoff -a)";
    Finding::noted(are == 0, format!("{are} in use"), cure)
}

fn address_space(limits: &Limits) -> Result<()> {
    let (limit, _) = getrlimit(Resource::RLIMIT_AS)?;
    let needed = u64::from(limits.concurrency.get()).saturating_mul(SPACE);
    ensure!(
        limit == RLIM_INFINITY || limit >= needed,
        "{} are allowed (ulimit -v), and {} sandboxes reserve {}: ulimit -v unlimited, or a lower --concurrency",
        Size(limit),
        limits.concurrency,
        Size(needed)
    );
    Ok(())
}

/// `vm.overcommit_memory` (Documentation/mm/overcommit-accounting.rst).
fn overcommit(mode: Option<u64>) -> Finding {
    let cure = "sandboxes are refused before memory is full; sysctl vm.overcommit_memory=0";
    let shown = mode.map_or("unknown".to_owned(), |mode| mode.to_string());
    Finding::noted(mode != Some(2), format!("vm.overcommit_memory is {shown}"), cure)
}

fn mappings(most: Option<u64>, limits: &Limits) -> Finding {
    let needed = OWN_MAPPINGS + MAPPINGS * u64::from(limits.concurrency.get());
    let shown = most.map_or("unknown".to_owned(), |most| most.to_string());
    let cure = format!("sandboxes may be refused; sysctl vm.max_map_count=65530, or more than {needed}");
    Finding::noted(most.is_none_or(|most| most >= needed), format!("vm.max_map_count is {shown}"), &cure)
}

fn file_descriptors(limits: &Limits) -> Finding {
    let fine = |connections| format!("{} (ulimit -n), for {connections} connections", machine::descriptors());
    Finding::of(connections::most(limits.connections), fine)
}

fn cache() -> Finding {
    let looked = || -> Result<_> {
        let cache = Cache::open("compiled")?;
        let folder = cache.path("");
        // Tries to write instead of reading permissions: the disk may be read-only.
        tempfile::tempfile_in(&folder)
            .with_context(|| format!("cannot write to {}: set WASGI_CACHE", folder.display()))?;
        let disk = statvfs(&folder)?;
        Ok((folder, Size(disk.blocks_available() as u64 * disk.fragment_size() as u64)))
    };
    match looked() {
        Ok((folder, free)) => Finding::noted(
            free.0 >= CACHE_SPACE,
            format!("{}, {free} free", folder.display()),
            "applications take 30 to 60 MB each; set WASGI_CACHE to a folder on another disk",
        ),
        Err(error) => Finding::Wrong(format!("{error:#}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_noted(finding: &Finding) -> bool {
        matches!(finding, Finding::Note(_))
    }

    #[test]
    fn swap_is_told_by_its_lines() {
        let none = "Filename\tType\tSize\tUsed\tPriority\n";
        assert!(!is_noted(&swap(Some(none))) && !is_noted(&swap(None)));
        assert!(is_noted(&swap(Some(&format!("{none}/dev/sda2 partition 8388604 0 -2\n")))));
    }

    #[test]
    fn what_the_kernel_is_set_to_is_told() {
        assert!(is_noted(&overcommit(Some(2))) && !is_noted(&overcommit(Some(0))) && !is_noted(&overcommit(None)));
        let limits = Limits::of(&[]);
        assert!(is_noted(&mappings(Some(1024), &limits)) && !is_noted(&mappings(Some(65_530), &limits)));
        assert!(is_noted(&mappings(Some(65_530), &Limits::of(&["--concurrency", "100000"]))));
    }

    #[test]
    fn limits_beyond_the_machines_memory_are_told() {
        assert!(is_noted(&memory(&Limits::of(&["--concurrency", "4294967295"]))));
    }

    #[test]
    fn this_machine_serves() {
        for (name, finding) in all(&Limits::of(&["--concurrency", "1"])) {
            assert!(!matches!(finding, Finding::Wrong(_)), "{}", finding.line(name));
        }
    }
}
