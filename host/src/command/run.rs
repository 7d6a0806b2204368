//! `wasgi run`.

use crate::build::in_memory;
use crate::serve::options::RunArgs;
use crate::serve::reload::{Inputs, Watched};
use crate::serve::server;
use crate::serve::setup::Setup;
use anyhow::Result;

/// Builds in memory, then serves.
pub fn command(args: RunArgs) -> Result<()> {
    let inputs = Inputs::of(&args)?;
    let setup = Setup::new(&args.host, inputs.grants()?)?;
    let listener = server::bind(args.host.serving.bind)?;
    let watched = Watched::new(args.app, inputs)?;
    let ready = in_memory::build(watched.app(), setup.build_options(watched.app()))?;
    server::start(listener, &ready.compiled, &ready.description, setup, Some(watched))
}
