//! The path through the code of one function, from one check to the next.

use super::bulk::Work;
use super::call_graph::Callees;
use super::called::{Called, Known};
use super::calls::label;
use super::passed::Passed;
use anyhow::{Result, bail};
use std::collections::BTreeSet;
use wasmparser::{Operator, TryTable};

/// An open block.
struct Block {
    /// What reaches its end by branches; None for a loop, where branches reach a check.
    end: Option<Passed>,
    /// What reaches the other branch of an `if`.
    other: Passed,
}

impl Block {
    const LOOP: Block = Block { end: None, other: Passed::NEVER };
    const PLAIN: Block = Block { end: Some(Passed::NEVER), other: Passed::NEVER };
}

pub struct CodePath<'a> {
    known: &'a Known<'a>,
    module: usize,
    checks_at_end: bool,
    passed: Passed,
    blocks: Vec<Block>,
    /// The number of the instruction.
    pub place: usize,
    /// What is known of the function so far.
    pub called: Called,
    /// Instructions with a check in front of them.
    pub checks: BTreeSet<usize>,
}

impl<'a> CodePath<'a> {
    /// `passed` is the work before the first instruction.
    pub fn new(known: &'a Known, module: usize, passed: Passed, checks_at_end: bool) -> Self {
        let (called, checks) = (Called::default(), BTreeSet::new());
        CodePath { known, module, checks_at_end, passed, blocks: vec![Block::PLAIN], place: 0, called, checks }
    }

    /// Moves on to the next instruction.
    pub fn follow(&mut self, operator: &Operator, work: &Work) -> Result<()> {
        match operator {
            Operator::Block { .. } => self.blocks.push(Block::PLAIN),
            Operator::If { .. } => {
                self.pass(work.units);
                self.blocks.push(Block { other: self.passed, ..Block::PLAIN });
            }
            Operator::Loop { .. } => {
                self.pass(work.units);
                self.check();
                self.blocks.push(Block::LOOP);
            }
            Operator::TryTable { try_table } => self.guard(try_table),
            Operator::Else => self.switch(),
            Operator::End => self.end(),
            Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. } => self.follow_call(operator),
            Operator::Try { .. } => {
                bail!("exceptions of WebAssembly's older proposal are nothing that wasgi can serve")
            }
            _ => self.follow_branch(operator, work)?,
        }
        Ok(())
    }

    fn follow_branch(&mut self, operator: &Operator, work: &Work) -> Result<()> {
        self.pass(work.units);
        match operator {
            Operator::Br { relative_depth } => self.branch(&[*relative_depth]),
            Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => {
                self.branch(&[*relative_depth]);
                return Ok(());
            }
            Operator::BrTable { targets } => {
                let mut labels = vec![targets.default()];
                for label in targets.targets() {
                    labels.push(label?);
                }
                self.branch(&labels);
            }
            Operator::Return => self.returns(),
            Operator::Unreachable | Operator::Throw { .. } | Operator::ThrowRef => {}
            _ => {
                if work.piecewise.is_some() {
                    self.passed = self.after(self.passed, Called::piecewise(self.known.bounds));
                }
                return Ok(());
            }
        }
        self.passed = Passed::NEVER;
        Ok(())
    }

    fn follow_call(&mut self, operator: &Operator) {
        let callees = match operator {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.known.graph.callees(self.module, *function_index)
            }
            _ => Callees { functions: vec![], outside: true },
        };
        let called = self.known.called(&callees);
        self.make_room(1 + called.before);
        let passed = self.passed.plus(1);
        self.pass(1 + called.before);
        self.passed = self.after(passed, called);
        if !matches!(operator, Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::CallRef { .. }) {
            // No check can follow it.
            self.called.returns(self.passed);
            self.passed = Passed::NEVER;
        }
    }

    /// What has passed when a call returns, or something that works like one.
    fn after(&self, passed: Passed, called: Called) -> Passed {
        if passed == Passed::NEVER {
            return passed;
        }
        let through = called.through.map_or(Passed::NEVER, |through| passed.plus(through));
        through.or(Passed { entry: None, check: called.after })
    }

    /// An exception may come from anywhere within, so the work that has passed is unknown.
    fn guard(&mut self, guard: &TryTable) {
        self.pass(1);
        let unknown = Some(self.known.bounds.stretch);
        let thrown = Passed { entry: self.passed.entry.and(unknown), check: unknown };
        let comes = self.passed != Passed::NEVER;
        for catch in guard.catches.iter().filter(|_| comes) {
            match self.target(label(catch)) {
                Some(block) => block.come(thrown),
                // The caller checks next.
                None => self.called.returns(thrown),
            }
        }
        self.blocks.push(Block::PLAIN);
    }

    fn switch(&mut self) {
        let passed = self.passed;
        let block = self.blocks.last_mut().expect("validated code");
        block.come(passed);
        self.passed = std::mem::take(&mut block.other);
    }

    fn end(&mut self) {
        if self.blocks.len() == 1 {
            self.pass(1);
            self.returns();
        }
        if let Some(block) = self.blocks.pop() {
            self.passed = self.passed.or(block.other).or(block.end.unwrap_or(Passed::NEVER));
        }
    }

    fn pass(&mut self, work: u64) {
        self.make_room(work);
        self.passed = self.passed.plus(work);
        self.called.before = self.called.before.max(self.passed.entry.unwrap_or(0));
    }

    /// Checks before too much work has passed.
    fn make_room(&mut self, work: u64) {
        if self.passed.most() > 0 && self.passed.most().saturating_add(work) > self.known.bounds.stretch {
            self.check_here();
        }
    }

    fn check_here(&mut self) {
        self.checks.insert(self.place);
        self.check();
    }

    fn check(&mut self) {
        if self.passed != Passed::NEVER {
            self.passed = Passed::CHECKED;
        }
    }

    /// All labels of an instruction: the outermost one is a return.
    fn branch(&mut self, labels: &[u32]) {
        if labels.iter().any(|label| self.target(*label).is_none()) {
            self.returns();
        }
        let passed = self.passed;
        for label in labels {
            if let Some(block) = self.target(*label) {
                block.come(passed);
            }
        }
    }

    /// None for the function itself.
    fn target(&mut self, label: u32) -> Option<&mut Block> {
        let place = self.blocks.len() - 1 - label as usize;
        self.blocks.get_mut(place).filter(|_| place > 0)
    }

    fn returns(&mut self) {
        if self.checks_at_end && self.passed.check.is_some_and(|passed| passed > self.known.bounds.little) {
            self.check_here();
        }
        self.called.returns(self.passed);
    }
}

impl Block {
    fn come(&mut self, passed: Passed) {
        self.end = self.end.map(|end| end.or(passed));
    }
}
