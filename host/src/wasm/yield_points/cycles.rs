//! Cuts the cycles of the call graph.

use super::call_graph::Graph;

/// Functions that cut cycles, and the acyclic calls that remain.
pub struct Cut {
    /// Whether each function cuts the cycles that it is in.
    pub at: Vec<bool>,
    /// Whether each other function may reach the outside without passing a cut.
    reaches_out: Vec<bool>,
    /// All functions; those that do not cut come after their callees.
    order: Vec<usize>,
}

/// The state of a function in the search for cycles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Not,
    Open,
    Done,
}

impl Cut {
    /// Cuts all cycles. `at` are functions that cut already; a function whose calls reach more than `at_most`
    /// instructions cuts as well.
    pub fn new(graph: &Graph, at: Vec<bool>, at_most: u64) -> Self {
        let count = at.len();
        let mut search = Search {
            graph,
            cut: Cut { at, reaches_out: vec![false; count], order: vec![] },
            seen: vec![Seen::Not; count],
            // A call of a function that cuts.
            cost: vec![1; count],
            at_most,
        };
        for function in 0..count {
            search.from(function);
        }
        search.cut
    }

    /// Functions that neither cut nor reach the outside, after their callees.
    pub fn inner(&self) -> impl Iterator<Item = usize> {
        self.ordered(false)
    }

    /// Functions that do not cut and reach the outside, after their callees.
    pub fn outer(&self) -> impl Iterator<Item = usize> {
        self.ordered(true)
    }

    fn ordered(&self, reach_out: bool) -> impl Iterator<Item = usize> {
        let wanted = move |function: &usize| !self.at[*function] && self.reaches_out[*function] == reach_out;
        self.order.iter().copied().filter(wanted)
    }
}

/// Depth-first search through all calls.
struct Search<'a> {
    graph: &'a Graph,
    cut: Cut,
    seen: Vec<Seen>,
    /// Instructions until the function has returned or reached a cut.
    cost: Vec<u64>,
    at_most: u64,
}

impl Search<'_> {
    fn from(&mut self, first: usize) {
        if self.seen[first] != Seen::Not {
            return;
        }
        self.seen[first] = Seen::Open;
        // Not by recursion: call chains are as long as modules like.
        let mut path = vec![(first, 0)];
        while let Some((function, next)) = path.last_mut() {
            let Some(callee) = self.callee(*function, *next) else {
                self.close(*function);
                path.pop();
                continue;
            };
            *next += 1;
            match self.seen[callee] {
                Seen::Not => {
                    self.seen[callee] = Seen::Open;
                    path.push((callee, 0));
                }
                // A cycle through both. A function that ends elsewhere cannot check at its end, so the other one cuts.
                Seen::Open => {
                    let ends_elsewhere = |function: usize| self.graph.nodes[function].ends_elsewhere;
                    let is_better = ends_elsewhere(callee) && !ends_elsewhere(*function);
                    let cuts = if is_better { *function } else { callee };
                    self.cut.at[cuts] = true;
                }
                Seen::Done => {}
            }
        }
    }

    /// Cycles through a function that cuts are cut.
    fn callee(&self, function: usize, number: usize) -> Option<usize> {
        let callees = &self.graph.nodes[function].callees.functions;
        callees.get(number).copied().filter(|_| !self.cut.at[function])
    }

    fn close(&mut self, function: usize) {
        self.seen[function] = Seen::Done;
        let node = &self.graph.nodes[function];
        let callees = &node.callees.functions;
        let cost = callees.iter().fold(node.instructions, |cost, callee| cost.saturating_add(self.cost[*callee]));
        let out = node.callees.outside || callees.iter().any(|callee| self.cut.reaches_out[*callee]);
        let cuts = &mut self.cut.at[function];
        // The outside is in cycles as well.
        *cuts |= cost > self.at_most || node.is_entered && out;
        self.cost[function] = if *cuts { 1 } else { cost };
        self.cut.reaches_out[function] = out && !*cuts;
        self.cut.order.push(function);
    }
}
