//! `wasgi serve`.

use crate::serve::component::{self, Ready};
use crate::serve::handover::Legacy;
use crate::serve::listen;
use crate::serve::renewal::Known;
use crate::serve::report::Reporting;
use crate::serve::served::{Serving, blaming};
use crate::serve::server::{self, Source};
use crate::serve::setup::Whole;
use anyhow::Result;

/// Serves component files.
pub fn command(serving: Serving) -> Result<()> {
    let Serving { applications, again } = serving;
    let host = &applications[0].args.host;
    let mut whole = Whole::new(host)?;
    let most = applications.iter().map(|served| served.args.host.limits.concurrency).max();
    whole.limits.concurrency = most.expect("at least one application");
    // What is missing is told before anything slow happens.
    for served in &applications {
        blaming(served.name.as_ref(), component::setup(served))?;
    }
    let (listeners, admin, ready) = match Legacy::find()? {
        Some(Legacy { listeners, admin, ready }) => (listeners, admin, Some(ready)),
        None => (listen::open(&host.serving.listen)?, vec![], None),
    };
    host.serving.check(&listeners)?;
    let reporting = Reporting::open(&host.serving.report, &host.serving.listen, &listeners, admin)?;
    let known = Known::of(&applications);
    let served = applications.iter().map(|served| blaming(served.name.as_ref(), Ready::of(served)));
    let served = served.collect::<Result<Vec<_>>>()?;
    server::start(listeners, reporting, whole, served, Source::Renewed { read: again, known, ready })
}
