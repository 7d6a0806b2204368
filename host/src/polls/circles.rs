//! Which functions must look at the clock when they are called.

use anyhow::Result;
use wasmparser::{ExternalKind, FunctionBody, Operator, Payload, TypeRef};

/// Who calls whom within a module.
#[derive(Default)]
pub struct Calls {
    imported: u32,
    functions: Vec<Called>,
    /// Indices of exported functions.
    exported: Vec<u32>,
    has_loops: bool,
}

/// A function with a body.
#[derive(Default)]
struct Called {
    instructions: u64,
    /// Functions of this module.
    callees: Vec<u32>,
    /// It may end in another function's place, so that it needs no loop to go round for ever.
    hands_over: bool,
    /// It calls some that are not known: through tables and references, or of other modules.
    calls_out: bool,
    /// Calls of any kind.
    calls: u32,
}

/// How far the search for circles has come with a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Not,
    Open,
    Done,
}

impl Calls {
    pub fn look_at(&mut self, payload: &Payload) -> Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    self.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exported.push(export.index);
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let called = self.read(body)?;
                self.functions.push(called);
            }
            _ => {}
        }
        Ok(())
    }

    fn read(&mut self, body: &FunctionBody) -> Result<Called> {
        let mut called = Called::default();
        for operator in body.get_operators_reader()? {
            called.instructions += 1;
            match operator? {
                Operator::Loop { .. } => self.has_loops = true,
                Operator::Call { function_index } => called.call(function_index.checked_sub(self.imported)),
                Operator::ReturnCall { function_index } => {
                    called.hands_over = true;
                    called.call(function_index.checked_sub(self.imported));
                }
                Operator::CallIndirect { .. } | Operator::CallRef { .. } => called.call(None),
                Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => {
                    called.hands_over = true;
                    called.call(None);
                }
                _ => {}
            }
        }
        Ok(called)
    }

    pub fn has_loops(&self) -> bool {
        self.has_loops
    }

    /// Of each function with a body: whether it is to look. Between two looks are at most some `stretch` instructions.
    pub fn looking(&self, stretch: u64) -> Vec<bool> {
        let mut search = Search {
            calls: self,
            looking: self
                .functions
                .iter()
                .map(|called| called.hands_over || called.calls_out && called.forks())
                .collect(),
            seen: vec![Seen::Not; self.functions.len()],
            // A call of a function that looks.
            cost: vec![1; self.functions.len()],
            stretch,
        };
        // Circles through other modules come in here.
        for &index in &self.exported {
            if let Some(own) = index.checked_sub(self.imported).map(|own| own as usize) {
                search.looking[own] |= self.functions[own].forks();
            }
        }
        for function in 0..self.functions.len() {
            search.from(function);
        }
        search.looking
    }
}

impl Called {
    /// None is a function that is not of this module.
    fn call(&mut self, callee: Option<u32>) {
        self.calls += 1;
        match callee {
            Some(callee) => self.callees.push(callee),
            None => self.calls_out = true,
        }
    }

    /// A chain of functions with one call each is as long as the stack is deep; with two, it may double at each step.
    fn forks(&self) -> bool {
        self.calls > 1
    }
}

/// Goes through all calls, depth first.
struct Search<'a> {
    calls: &'a Calls,
    looking: Vec<bool>,
    seen: Vec<Seen>,
    /// Instructions until it has returned or something looks.
    cost: Vec<u64>,
    stretch: u64,
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
                // A circle.
                Seen::Open => self.looking[callee] = true,
                Seen::Done => {}
            }
        }
    }

    /// Circles through a function that looks are none.
    fn callee(&self, function: usize, number: usize) -> Option<usize> {
        let callees = &self.calls.functions[function].callees;
        callees.get(number).filter(|_| !self.looking[function]).map(|callee| *callee as usize)
    }

    fn close(&mut self, function: usize) {
        self.seen[function] = Seen::Done;
        let called = &self.calls.functions[function];
        let cost = called
            .callees
            .iter()
            .fold(called.instructions, |cost, callee| cost.saturating_add(self.cost[*callee as usize]));
        self.looking[function] |= cost > self.stretch;
        self.cost[function] = if self.looking[function] { 1 } else { cost };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
        Instruction, Module, TypeSection,
    };
    use wasmparser::Parser;

    /// Functions that call functions by number; number 0 is imported, and the last one exported.
    fn calls(bodies: &[&[u32]]) -> Calls {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([], []);
        imports.import("", "", EntityType::Function(0));
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for body in bodies {
            functions.function(0);
            let mut function = Function::new([]);
            for callee in *body {
                function.instruction(&Instruction::Call(*callee));
            }
            code.function(function.instruction(&Instruction::End));
        }
        let mut exports = ExportSection::new();
        exports.export("", ExportKind::Func, bodies.len() as u32);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
        read(&module.finish())
    }

    fn read(module: &[u8]) -> Calls {
        let mut calls = Calls::default();
        for payload in Parser::new(0).parse_all(module) {
            calls.look_at(&payload.unwrap()).unwrap();
        }
        calls
    }

    #[test]
    fn one_function_of_each_circle_looks() {
        assert_eq!(calls(&[&[1], &[]]).looking(100), [true, false], "calls itself");
        let circle = calls(&[&[2], &[3], &[1], &[1]]).looking(100);
        assert_eq!(circle.iter().filter(|looks| **looks).count(), 1, "{circle:?}");
        let two = calls(&[&[2, 3], &[1], &[1], &[]]).looking(100);
        assert_eq!(two, [true, false, false, false]);
    }

    #[test]
    fn what_is_called_from_outside_may_be_in_a_circle_with_other_modules() {
        assert_eq!(calls(&[&[0, 0], &[]]).looking(100), [true, false]);
        assert_eq!(calls(&[&[0], &[1, 1]]).looking(100), [false, true]);
        assert_eq!(calls(&[&[0], &[1]]).looking(100), [false, false], "a chain");
    }

    #[test]
    fn calls_that_double_at_each_step_are_interrupted() {
        let doubling: Vec<Vec<u32>> = (1..30).map(|number| vec![number + 1; 2]).chain([vec![]]).collect();
        let doubling: Vec<&[u32]> = doubling.iter().map(Vec::as_slice).collect();
        let looking = calls(&doubling).looking(1000);
        let looks = looking.iter().filter(|looks| **looks).count();
        assert!((3..10).contains(&looks), "each eighth or so of {looking:?}");
    }

    #[test]
    fn a_chain_of_any_length_is_no_circle() {
        let chain: Vec<Vec<u32>> = (1..100_000).map(|number| vec![number + 1]).chain([vec![]]).collect();
        let chain: Vec<&[u32]> = chain.iter().map(Vec::as_slice).collect();
        assert!(!calls(&chain).looking(u64::MAX).contains(&true));
    }

    #[test]
    fn a_call_in_place_of_a_return_is_a_loop() {
        let mut function = Function::new([]);
        function.instruction(&Instruction::Loop(BlockType::Empty)).instruction(&Instruction::End);
        function.instruction(&Instruction::ReturnCall(0)).instruction(&Instruction::End);
        let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], []);
        functions.function(0);
        code.function(&function);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&code);
        let calls = read(&module.finish());
        assert!(calls.has_loops() && calls.looking(100) == [true]);
    }
}
