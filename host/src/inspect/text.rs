//! An inspection as text for people.

use super::files::Entry;
use super::inspection::{Inspection, Limits, Snapshot};
use crate::units::Size;
use std::fmt::Write;

/// The column of values beside a name.
const NAME_WIDTH: usize = 16;
const LINE_WIDTH: usize = 110;

/// Renders it; `modules` lists the loaded modules by name.
pub fn render(path: &str, inspection: &Inspection, modules: bool) -> String {
    let mut out = String::new();
    match &inspection.snapshot {
        Some(snapshot) => {
            headline(&mut out, path, inspection.size, snapshot);
            memory(&mut out, &inspection.memories, snapshot);
            files(&mut out, snapshot);
            loaded(&mut out, snapshot, modules);
            start(&mut out, snapshot);
        }
        None => stranger(&mut out, path, inspection),
    }
    list(&mut out, "Imports", &inspection.imports);
    list(&mut out, "Exports", &inspection.exports);
    out
}

/// Renders folders and files of an image.
pub fn listing(folders: &[Entry], files: &[Entry]) -> String {
    let mut out = String::new();
    let sizes = |entry: &Entry| [entry.stored, entry.inflated].map(|bytes| Size(bytes).to_string());
    line(&mut out, "Folders, with all that is below them");
    let mut rows = vec![["", "files", "stored", "inflated"].map(str::to_owned)];
    for folder in folders {
        let [stored, inflated] = sizes(folder);
        rows.push([folder.path.clone(), folder.files.to_string(), stored, inflated]);
    }
    table(&mut out, &rows);
    line(&mut out, "\nFiles");
    let mut rows = vec![["", "stored", "inflated"].map(str::to_owned)];
    for file in files {
        let [stored, inflated] = sizes(file);
        rows.push([file.path.clone(), stored, inflated]);
    }
    table(&mut out, &rows);
    out
}

fn headline(out: &mut String, path: &str, size: Size, snapshot: &Snapshot) {
    let app = &snapshot.application;
    let call = if app.how == "factory" { "()" } else { "" };
    let (name, kind) = (format!("{}:{}{call}", app.module, app.attribute), &app.kind);
    line(
        out,
        &format!("{path}: {name} ({kind}), Python {}, built by wasgi {}, {size}", snapshot.python, snapshot.wasgi),
    );
    if !snapshot.packages.is_empty() {
        wrapped(out, "packages", &snapshot.packages);
    }
    if !snapshot.native.is_empty() {
        wrapped(out, "native code", &snapshot.native);
    }
    for note in &app.notes {
        line(out, &format!("  note: {note}"));
    }
    for warning in &app.warnings {
        line(out, &format!("  warning: {}", warning.text));
    }
}

fn memory(out: &mut String, memories: &[Limits], snapshot: &Snapshot) {
    let Some(memory) = memories.first() else { return };
    line(out, &format!("\nLinear memory: {}", limits(memory)));
    let mut rows = vec![["", "4 KiB pages", "not blank", "in bytes", "in 64 KiB pages"].map(str::to_owned)];
    for region in &snapshot.pages {
        let bytes = Size(region.non_zero * 4096).to_string();
        let counts = [region.pages, region.non_zero, region.wasm_pages].map(|count| count.to_string());
        let [pages, non_zero, wasm_pages] = counts;
        rows.push([region.owner.to_owned(), pages, non_zero, bytes, wasm_pages]);
    }
    let (pages, non_zero) = snapshot.pages.iter().fold((0, 0), |sum, r| (sum.0 + r.pages, sum.1 + r.non_zero));
    rows.push([
        "all".to_owned(),
        pages.to_string(),
        non_zero.to_string(),
        Size(non_zero * 4096).to_string(),
        String::new(),
    ]);
    table(out, &rows);
}

fn limits(memory: &Limits) -> String {
    let Limits { at_rest, cap } = memory;
    match cap {
        Some(cap) => {
            format!("{at_rest} at rest, {cap} at most ({} for a request's work)", Size(cap.0 - at_rest.0.min(cap.0)))
        }
        None => format!("{at_rest} at rest, as much as the host allows at most"),
    }
}

fn files(out: &mut String, snapshot: &Snapshot) {
    line(out, "\nFile image (read-only; --files lists it)");
    let mut rows = vec![["", "files", "stored", "inflated"].map(str::to_owned)];
    for part in &snapshot.files {
        let [stored, inflated] = [part.stored, part.inflated].map(|bytes| Size(bytes).to_string());
        rows.push([part.owner.to_owned(), part.files.to_string(), stored, inflated]);
    }
    table(out, &rows);
}

fn loaded(out: &mut String, snapshot: &Snapshot, names: bool) {
    let count: usize = snapshot.modules.values().map(Vec::len).sum();
    let more = if names { "" } else { " (--modules lists them)" };
    line(out, &format!("\nLoaded before the first request: {count} modules{more}"));
    for (owner, modules) in &snapshot.modules {
        match names {
            true => wrapped(out, owner, modules),
            false => pair(out, owner, &modules.len().to_string()),
        }
    }
    pair(out, "frozen objects", &format!("{}, which no garbage collection looks at", snapshot.frozen_objects));
}

fn start(out: &mut String, snapshot: &Snapshot) {
    let start = &snapshot.start;
    let or = |names: &[String], none: &str| if names.is_empty() { none.to_owned() } else { names.join(", ") };
    line(out, "\nA request starts with");
    pair(out, "current folder", &start.folder);
    pair(out, "sys.path", &start.sys_path.join(", "));
    pair(out, "environment", &(or(&start.environment, "nothing") + "; what the host grants is added"));
    pair(out, "descriptors", &start.descriptors.iter().map(u32::to_string).collect::<Vec<_>>().join(", "));
    pair(out, "files in /tmp", &or(&start.tmp, "none"));
}

fn stranger(out: &mut String, path: &str, inspection: &Inspection) {
    line(out, &format!("{path}: a component that this wasgi did not build, {}", inspection.size));
    for memory in &inspection.memories {
        line(out, &format!("\nLinear memory: {}", limits(memory)));
    }
}

fn list(out: &mut String, title: &str, names: &[String]) {
    line(out, &format!("\n{title}"));
    for name in names {
        line(out, &format!("  {name}"));
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn pair(out: &mut String, name: &str, value: &str) {
    line(out, &format!("  {name:NAME_WIDTH$}  {value}"));
}

/// Words after a name, on as many lines as needed.
fn wrapped(out: &mut String, name: &str, words: &[String]) {
    let mut row = String::new();
    let mut name = name;
    for word in words {
        if !row.is_empty() && NAME_WIDTH + 4 + row.len() + 3 + word.len() > LINE_WIDTH {
            pair(out, std::mem::take(&mut name), &format!("{row},"));
            row.clear();
        }
        let comma = if row.is_empty() { "" } else { ", " };
        let _ = write!(row, "{comma}{word}");
    }
    pair(out, name, &row);
}

/// The first column to the left, numbers to the right.
fn table<const N: usize>(out: &mut String, rows: &[[String; N]]) {
    let width = |i: usize| rows.iter().map(|row| row[i].len()).max().unwrap_or_default();
    for row in rows {
        let cells = row.iter().enumerate().map(|(i, cell)| match i {
            0 => format!("{cell:0$}", width(0)),
            i => format!("{cell:>0$}", width(i)),
        });
        line(out, format!("  {}", cells.collect::<Vec<_>>().join("   ")).trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_wrapped_under_their_name() {
        let mut out = String::new();
        let words: Vec<_> = (0..30).map(|i| format!("module{i}")).collect();
        wrapped(&mut out, "packages", &words);
        let lines: Vec<_> = out.lines().collect();
        assert!(
            lines[0].starts_with("  packages          module0, ") && lines[1].starts_with("                    module")
        );
        assert!(lines.iter().all(|line| line.len() <= LINE_WIDTH) && out.contains("module29"), "{out}");
    }

    #[test]
    fn columns_stand_under_each_other() {
        let mut out = String::new();
        table(&mut out, &[["".into(), "files".into()], ["app".into(), "7".into()]]);
        assert_eq!(out, "        files\n  app       7\n");
    }
}
