//! The verbs of the command line, one file each.

pub mod build;
pub mod check;
pub mod compile;
pub mod doctor;
pub mod health;
pub mod inspect;
pub mod machine_code;
pub mod manual;
pub mod run;
pub mod serve;
