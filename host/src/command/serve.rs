//! `wasgi serve`.

use crate::grants::Grants;
use crate::serve::component;
use crate::serve::options::ServeArgs;
use crate::serve::server;
use crate::serve::setup::Setup;
use anyhow::Result;

/// Serves a component file.
pub fn command(args: ServeArgs) -> Result<()> {
    let mut setup = Setup::new(&args.host, Grants::read(&args.host.grants, None)?)?;
    let listener = server::bind(args.host.serving.bind)?;
    let (description, compiled) = component::prepare(&args, &mut setup)?;
    server::start(listener, &compiled, &description, setup, None)
}
