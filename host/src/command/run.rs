//! `wasgi run`.

use crate::build::first_look::FirstLook;
use crate::build::in_memory;
use crate::build::sources::selection::SourcesArg;
use crate::serve::component::Ready;
use crate::serve::listen;
use crate::serve::options::RunArgs;
use crate::serve::reload::{Inputs, Watched};
use crate::serve::report::Reporting;
use crate::serve::route::Route;
use crate::serve::server::{self, Source};
use crate::serve::setup::{Setup, Whole};
use anyhow::Result;

/// Builds in memory, then serves.
pub fn command(mut args: RunArgs) -> Result<()> {
    // Whoever develops reads tracebacks.
    args.app.selection.sources.get_or_insert(SourcesArg::All);
    let inputs = Inputs::of(&args.app, &args.host.grants, args.no_dotenv)?;
    let whole = Whole::new(&args.host)?;
    let setup = Setup { developing: !args.no_error_page, ..Setup::new(&args.host, inputs.grants()?)? };
    let listeners = listen::open(&args.host.serving.listen)?;
    args.host.serving.check(&listeners)?;
    let reporting = Reporting::open(&args.host.serving.report, &args.host.serving.listen, &listeners, vec![])?;
    let watched = Watched::new(args.app, inputs)?;
    let ready = in_memory::build(watched.app(), setup.build_options(watched.app()))?;
    let looks = FirstLook::after(ready.kind, ready.compiled.clone());
    let ready = Ready { setup, route: Route::default(), description: ready.description, compiled: ready.compiled };
    let source = Source::Watched { watched: Box::new(watched), looks: Box::new(looks), opens: args.open };
    server::start(listeners, reporting, whole, vec![ready], source)
}
