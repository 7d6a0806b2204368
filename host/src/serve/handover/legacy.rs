//! The new process's side.

use super::{VARIABLE, Will};
use crate::serve::listen::{Bound, Handed, inherited};
use anyhow::{Context, Result};
use std::fs::File;
use std::io::Write;
use std::os::unix::process::parent_id;

/// What an old process hands over.
pub struct Legacy {
    pub listeners: Vec<Bound>,
    pub admin: Vec<Bound>,
    pub ready: Ready,
}

/// Where readiness is told.
pub struct Ready(File);

impl Legacy {
    /// That of the process that started this one; None if none did so to hand over.
    ///
    /// # Errors
    /// When what it names is not there.
    pub fn find() -> Result<Option<Self>> {
        let Ok(text) = std::env::var(VARIABLE) else { return Ok(None) };
        let will: Will = serde_json::from_str(&text).with_context(|| format!("{VARIABLE}: {text}"))?;
        if will.from != parent_id() {
            return Ok(None);
        }
        let adopt = |all: Vec<Handed>| all.into_iter().map(Handed::adopt).collect::<Result<Vec<_>>>();
        let ready = Ready(inherited::own(will.ready)?.into());
        let (listeners, admin) = (adopt(will.listeners)?, adopt(will.admin)?);
        Ok(Some(Legacy { listeners, admin, ready }))
    }
}

impl Ready {
    /// Tells that requests are answered from now on; the old process leaves. If it is gone, so much the better.
    pub fn tell(mut self) {
        let _ = self.0.write_all(&[1]);
    }
}
