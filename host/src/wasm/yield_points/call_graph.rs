//! The call graph of a component.
//!
//! Everything unseen is one node, the *outside*: the host, tables and references. A call of it may reach every function
//! that it can call: those that the host calls, that an element segment holds or that a `ref.func` names.

use super::calls::{Calls, Function};
use super::links::{Links, Origin};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The functions with a body of all modules: those of the first one, then those of the second, and so on.
pub struct Graph {
    pub nodes: Vec<Node>,
    /// The range of each module's functions in `nodes`.
    modules: Vec<Range<usize>>,
    /// For each module, what each of its imported functions may be.
    imports: Vec<Vec<Callees>>,
}

/// The possible targets of a call.
#[derive(Clone, Default)]
pub struct Callees {
    pub functions: Vec<usize>,
    pub outside: bool,
}

/// A function with a body.
pub struct Node {
    pub instructions: u64,
    pub callees: Callees,
    /// It checks at its beginning even if it is in no cycle.
    pub checks: bool,
    /// The outside can call it.
    pub is_entered: bool,
    /// It may return right after a tail call or a caught exception, where no check fits.
    pub ends_elsewhere: bool,
}

impl Graph {
    pub fn new(modules: &[Calls], links: &Links) -> Self {
        let mut graph = Graph { nodes: vec![], modules: vec![], imports: vec![] };
        let mut count = 0;
        for calls in modules {
            graph.modules.push(count..count + calls.functions.len());
            count += calls.functions.len();
        }
        let linked = Linked::new(modules, links);
        graph.imports = (0..modules.len()).map(|module| linked.imports(module, &graph)).collect();
        for (module, calls) in modules.iter().enumerate() {
            let exported: HashSet<u32> = calls.exported.iter().map(|(_, index)| *index).collect();
            for (function, index) in calls.functions.iter().zip(calls.imported.len() as u32..) {
                graph.nodes.push(graph.node(module, function, exported.contains(&index)));
            }
        }
        for (module, calls) in modules.iter().enumerate() {
            calls.referenced.iter().for_each(|index| graph.enter(module, *index));
            let exported = calls.exported.iter().filter(|_| !links.is_known);
            exported.for_each(|(_, index)| graph.enter(module, *index));
        }
        for origin in &links.called {
            if let Origin::Module(module, name) = origin {
                linked.export(*module, name).into_iter().for_each(|index| graph.enter(*module, index));
            }
        }
        graph
    }

    /// Some functions check in any case. A function that others can call may be called in a row, and calls of others
    /// take unknown time; a function with a single call leaves the check to them.
    fn node(&self, module: usize, function: &Function, is_exported: bool) -> Node {
        let imported = self.imports[module].len() as u32;
        let calls_out = function.calls_any || function.callees.iter().any(|index| *index < imported);
        let checks = function.hands_over || function.calls > 1 && (calls_out || is_exported);
        let mut callees = Callees { functions: vec![], outside: function.calls_any };
        for index in &function.callees {
            let others = self.callees(module, *index);
            callees.functions.extend(others.functions);
            callees.outside |= others.outside;
        }
        let ends_elsewhere = function.hands_over || function.catches_at_end;
        Node { instructions: function.instructions, callees, checks, is_entered: false, ends_elsewhere }
    }

    fn enter(&mut self, module: usize, index: u32) {
        for function in self.callees(module, index).functions {
            self.nodes[function].is_entered = true;
        }
    }

    /// The functions behind a module's function index.
    pub fn callees(&self, module: usize, index: u32) -> Callees {
        let imported = &self.imports[module];
        let own = || self.own(module, index as usize - imported.len());
        imported.get(index as usize).cloned().unwrap_or_else(|| Callees { functions: vec![own()], outside: false })
    }

    fn own(&self, module: usize, number: usize) -> usize {
        self.modules[module].start + number
    }

    pub fn of_module(&self, module: usize) -> Range<usize> {
        self.modules[module].clone()
    }

    /// Functions that the outside can call.
    pub fn entered(&self) -> impl Iterator<Item = usize> {
        self.nodes.iter().zip(0..).filter(|(node, _)| node.is_entered).map(|(_, function)| function)
    }
}

/// The modules of a component, and how they are linked.
struct Linked<'a> {
    modules: &'a [Calls<'a>],
    /// The exported functions of each module.
    exports: Vec<HashMap<&'a str, u32>>,
    links: &'a Links,
}

impl<'a> Linked<'a> {
    fn new(modules: &'a [Calls<'a>], links: &'a Links) -> Self {
        let exports = modules.iter().map(|calls| calls.exported.iter().copied().collect());
        Linked { modules, exports: exports.collect(), links }
    }

    fn imports(&self, module: usize, graph: &Graph) -> Vec<Callees> {
        let imported = self.modules[module].imported.iter();
        let callees = imported.map(|(from, name)| match self.links.is_known {
            true => self.resolve(self.links.import(module, from, name).collect(), graph),
            false => Callees { functions: vec![], outside: true },
        });
        callees.collect()
    }

    /// A module may export what it has imported.
    fn resolve(&self, mut open: Vec<Origin>, graph: &Graph) -> Callees {
        let (mut callees, mut seen) = (Callees::default(), HashSet::new());
        while let Some(origin) = open.pop() {
            let Origin::Module(module, name) = origin else {
                callees.outside = true;
                continue;
            };
            let Some(index) = self.export(module, &name).filter(|index| seen.insert((module, *index))) else {
                continue;
            };
            let imported = &self.modules[module].imported;
            match imported.get(index as usize) {
                Some((from, name)) => open.extend(self.links.import(module, from, name)),
                None => callees.functions.push(graph.own(module, index as usize - imported.len())),
            }
        }
        callees
    }

    fn export(&self, module: usize, name: &str) -> Option<u32> {
        self.exports.get(module)?.get(name).copied()
    }
}
