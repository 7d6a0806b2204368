//! Where circles of calls are cut.

use super::call_graph::Graph;

/// Functions that cut circles, and what that leaves: calls without a circle.
pub struct Cut {
    /// Of each function: whether it cuts the circles that it is in.
    pub at: Vec<bool>,
    /// Of each other one: whether its calls may come to the outside, and not through one that cuts.
    reaches_out: Vec<bool>,
    /// All functions, those that do not cut behind what they call.
    order: Vec<usize>,
}

/// How far the search for circles has come with a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Not,
    Open,
    Done,
}

impl Cut {
    /// Cuts all circles. Functions that cut already are `at`, and one whose calls come to more than so many instructions
    /// `at_most` cuts as well.
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

    /// Functions that neither cut nor reach the outside, behind what they call.
    pub fn inner(&self) -> impl Iterator<Item = usize> {
        self.ordered(false)
    }

    /// Functions that do not cut and reach the outside, behind what they call.
    pub fn outer(&self) -> impl Iterator<Item = usize> {
        self.ordered(true)
    }

    fn ordered(&self, reach_out: bool) -> impl Iterator<Item = usize> {
        let wanted = move |function: &usize| !self.at[*function] && self.reaches_out[*function] == reach_out;
        self.order.iter().copied().filter(wanted)
    }
}

/// Goes through all calls, depth first.
struct Search<'a> {
    graph: &'a Graph,
    cut: Cut,
    seen: Vec<Seen>,
    /// Instructions until it has returned or come to one that cuts.
    cost: Vec<u64>,
    at_most: u64,
}

impl Search<'_> {
    fn from(&mut self, first: usize) {
        if self.seen[first] != Seen::Not {
            return;
        }
        self.seen[first] = Seen::Open;
        // Not by recursion: chains of calls are as long as modules like.
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
                // A circle. Both are in it, and one that ends elsewhere cannot see to its end.
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

    /// Circles through a function that cuts are none.
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
        // The outside is in circles as well.
        *cuts |= cost > self.at_most || node.is_entered && out;
        self.cost[function] = if *cuts { 1 } else { cost };
        self.cut.reaches_out[function] = out && !*cuts;
        self.cut.order.push(function);
    }
}
