//! `wasgi serve`.

use crate::grants::Grants;
use crate::serve::component;
use crate::serve::handover::Legacy;
use crate::serve::listen;
use crate::serve::options::ServeArgs;
use crate::serve::report::Reporting;
use crate::serve::server::{self, Source};
use crate::serve::setup::Setup;
use anyhow::Result;
use std::sync::Arc;

/// Serves a component file.
pub fn command(args: ServeArgs) -> Result<()> {
    let mut setup = Setup::new(&args.host, Grants::read(&args.host.grants, None)?)?;
    let (listeners, admin, ready) = match Legacy::find()? {
        Some(Legacy { listeners, admin, ready }) => (listeners, admin, Some(ready)),
        None => (listen::open(&args.host.serving.listen)?, vec![], None),
    };
    let reporting = Reporting::open(&args.host.serving.report, &args.host.serving.listen, &listeners, admin)?;
    let (description, compiled) = component::prepare(&args, &mut setup)?;
    let served = setup.clone();
    let renew = Arc::new(move || {
        let mut setup = Setup { grants: Grants::read(&args.host.grants, None)?, ..served.clone() };
        setup.limits = args.host.limits;
        let (description, compiled) = component::prepare(&args, &mut setup)?;
        anyhow::Ok((description, compiled, setup))
    });
    server::start(listeners, reporting, &compiled, &description, setup, Source::Renewed { renew, ready })
}
