//! Whose a request is: what its record needs of its application.

use super::unsent::UnsentAnswers;
use crate::serve::metrics::Metrics;
use crate::serve::report::{Finished, Reports};
use std::sync::Arc;

/// Lives as long as the application is served, however often it is exchanged.
pub struct Owner {
    /// None for the only application of a server, and for requests that are no application's.
    pub name: Option<Arc<str>>,
    pub reports: Arc<Reports>,
    /// Counted only where somebody can ask for them.
    pub metrics: Option<Arc<Metrics>>,
    /// Those of this application alone: slow clients of one cost others nothing.
    pub answers: UnsentAnswers,
}

impl Owner {
    pub fn finish(&self, finished: &Finished) {
        // Before its line: who has read that finds it counted.
        if let Some(metrics) = &self.metrics {
            metrics.count(finished);
        }
        self.reports.finish(finished);
    }
}
