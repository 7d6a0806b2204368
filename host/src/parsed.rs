//! Options as the command line reads them, with their defaults: for tests.

use clap::Args;

/// What a group of options is with these written.
pub fn parsed<T: Args>(options: &[&str]) -> T {
    let command = T::augment_args(clap::Command::new("options"));
    T::from_arg_matches(&command.get_matches_from([&["options"], options].concat())).unwrap()
}
