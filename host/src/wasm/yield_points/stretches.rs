//! Measures the work between two checks of the epoch, and adds checks so that it is never too much.
//!
//! Each round of a loop begins with a check, so between two checks control only goes forward within a function: one
//! pass over its code finds the longest path to each instruction. Functions that check at their beginning cut the
//! cycles on the way down ([`Cut`]): the work before their calls is known, whatever they call. Calls return without a
//! check, however many they are, so other functions cut the cycles on the way back: these check before they return.

use super::bounds::Bounds;
use super::bulk::Lengths;
use super::call_graph::Graph;
use super::called::{CHECK, Called, Known};
use super::calls::{Calls, Function};
use super::cycles::Cut;
use super::passed::Passed;
use super::path::CodePath;
use anyhow::Result;
use std::collections::BTreeSet;
use std::iter;
use std::ops::Range;

/// Measures one function after the other.
pub struct Stretches<'a> {
    known: Known<'a>,
    modules: &'a [Calls<'a>],
    /// Functions that check at their beginning.
    calling: &'a Cut,
    /// Functions that check before they return.
    returning: Cut,
    /// Functions whose way back is not counted.
    uncounted: Range<usize>,
}

impl<'a> Stretches<'a> {
    pub fn new(
        bounds: Bounds,
        graph: &'a Graph,
        modules: &'a [Calls<'a>],
        calling: &'a Cut,
        uncounted: Option<Range<usize>>,
    ) -> Self {
        let mut returning = Cut::new(graph, vec![false; graph.nodes.len()], u64::MAX);
        let uncounted = uncounted.unwrap_or(0..0);
        returning.at[uncounted.clone()].fill(false);
        let called = graph.nodes.iter().zip(0..).map(|(node, function)| Called {
            before: if calling.at[function] { CHECK } else { 0 },
            through: None,
            after: match returning.at[function] {
                true => Some(if node.ends_elsewhere { bounds.stretch } else { bounds.little }),
                false => uncounted.contains(&function).then_some(0),
            },
        });
        let called = called.collect();
        let outside = Called { before: bounds.host, through: Some(bounds.host), after: Some(bounds.little) };
        let known = Known { bounds, graph, functions: called, outside };
        Stretches { known, modules, calling, returning, uncounted }
    }

    /// For each function, the numbers of the instructions with a check in front of them.
    pub fn checks(mut self) -> Result<Vec<BTreeSet<usize>>> {
        let functions: Vec<_> = self.functions().collect();
        let (calling, count) = (self.calling, functions.len());
        self.go_down(&functions, calling.inner())?;
        self.enter();
        self.go_down(&functions, calling.outer())?;
        let mut checks = vec![BTreeSet::new(); count];
        let (inner, outer): (Vec<_>, Vec<_>) = (self.returning.inner().collect(), self.returning.outer().collect());
        self.come_back(&functions, &inner, &mut checks)?;
        self.enter();
        self.come_back(&functions, &outer, &mut checks)?;
        let cuts: Vec<_> = (0..count).filter(|function| self.returning.at[*function]).collect();
        self.come_back(&functions, &cuts, &mut checks)?;
        Ok(checks)
    }

    fn functions(&self) -> impl Iterator<Item = (usize, &'a Function<'a>)> {
        let modules = self.modules.iter().enumerate();
        modules.flat_map(|(module, calls)| iter::repeat(module).zip(&calls.functions))
    }

    /// Adds what the outside can call.
    fn enter(&mut self) {
        let Known { graph, functions, outside, .. } = &mut self.known;
        *outside = graph.entered().fold(*outside, |outside, function| outside.or(functions[function]));
    }

    /// Determines the work from a call to a check or a return. What follows a check does not matter here.
    fn go_down(&mut self, functions: &[(usize, &Function)], order: impl Iterator<Item = usize>) -> Result<()> {
        for function in order {
            let (called, _) = self.measure(functions[function], function)?;
            let known = &mut self.known.functions[function];
            *known = Called { after: known.after, ..called };
        }
        Ok(())
    }

    /// Determines the work from a check to a return, and where checks are added.
    fn come_back(
        &mut self,
        functions: &[(usize, &Function)],
        order: &[usize],
        checks: &mut [BTreeSet<usize>],
    ) -> Result<()> {
        for &function in order {
            let (called, places) = self.measure(functions[function], function)?;
            checks[function] = places;
            if !self.uncounted.contains(&function) {
                let known = &mut self.known.functions[function];
                known.after = known.after.max(called.after);
            }
        }
        Ok(())
    }

    fn measure(&self, (module, code): (usize, &Function), function: usize) -> Result<(Called, BTreeSet<usize>)> {
        let checks = self.calling.at[function];
        let passed = if checks { Passed::CHECKED } else { Passed { entry: Some(0), check: None } };
        let checks_at_end = self.returning.at[function];
        let mut way = CodePath::new(&self.known, module, passed, checks_at_end);
        let mut lengths = Lengths::new(self.known.bounds);
        for operator in code.body.get_operators_reader()? {
            let operator = operator?;
            let work = lengths.work(&operator, &self.modules[module].segments);
            way.follow(&operator, &work)?;
            way.place += 1;
        }
        Ok((way.called, way.checks))
    }
}
