//! Writes the C bindings of the guest's world: `wasgi-guest-bindgen OUT_DIR WORLD_WIT DEPS_DIR`.
//!
//! The build generates them from the WIT files in the `wasmtime-wasi-http` crate. So the guest always uses the
//! interface versions of our wasmtime, and no generated code is committed.

use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    path::{Path, PathBuf},
};
use wit_bindgen_core::{
    Files,
    wit_parser::{Resolve, SourceMap, UnresolvedPackageGroup},
};

fn main() -> Result<()> {
    let args: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [out_dir, world, deps] = args.as_slice() else {
        bail!("usage: wasgi-guest-bindgen OUT_DIR WORLD_WIT DEPS_DIR");
    };
    let mut files = bindings(world, deps)?;
    fs::create_dir_all(out_dir).with_context(|| format!("cannot create {}", out_dir.display()))?;
    write(out_dir, &mut files)
}

fn bindings(world: &Path, deps: &Path) -> Result<Files> {
    let mut resolve = Resolve::default();
    let package = resolve.push_groups(parse(world)?, parse_dir(deps)?)?;
    let world = resolve.select_world(&[package], None)?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    Ok(files)
}

/// Parses every package in `dir`; the bindings leave out those that the world does not name.
fn parse_dir(dir: &Path) -> Result<Vec<UnresolvedPackageGroup>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        paths.push(entry?.path());
    }
    paths.sort();
    paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "wit")).map(|path| parse(path)).collect()
}

fn parse(path: &Path) -> Result<UnresolvedPackageGroup> {
    let mut map = SourceMap::default();
    map.push_file(path)?;
    map.parse().map_err(|(map, err)| anyhow::anyhow!("{}", err.render(&map)))
}

fn write(out_dir: &Path, files: &mut Files) -> Result<()> {
    for (name, contents) in files.iter() {
        let path = out_dir.join(name);
        fs::write(&path, contents).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
