//! Sockets with a path, for a proxy on the same machine.

use super::Bound;
use anyhow::{Context, Result, ensure};
use nix::sys::stat::{Mode as Bits, umask};
use nix::unistd::{Gid, Group, Uid, User, chown};
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::str::FromStr;

/// Permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(u32);

impl FromStr for Mode {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let bits = u32::from_str_radix(text, 8).ok().filter(|bits| *bits <= 0o777);
        Ok(Mode(bits.context("a mode is three octal digits, such as 660")?))
    }
}

/// To whom a socket's file is to belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner(Option<Uid>, Option<Gid>);

impl FromStr for Owner {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (user, group) = text.split_once(':').map_or((text, ""), |parts| parts);
        ensure!(!user.is_empty() || !group.is_empty(), "write USER, USER:GROUP or :GROUP");
        Ok(Owner(user_id(user)?, group_id(group)?))
    }
}

fn user_id(name: &str) -> Result<Option<Uid>> {
    if let (true, _) | (_, Ok(_)) = (name.is_empty(), name.parse::<u32>()) {
        return Ok(name.parse().ok().map(Uid::from_raw));
    }
    let user = User::from_name(name)?.with_context(|| format!("there is no user {name}"))?;
    Ok(Some(user.uid))
}

fn group_id(name: &str) -> Result<Option<Gid>> {
    if let (true, _) | (_, Ok(_)) = (name.is_empty(), name.parse::<u32>()) {
        return Ok(name.parse().ok().map(Gid::from_raw));
    }
    let group = Group::from_name(name)?.with_context(|| format!("there is no group {name}"))?;
    Ok(Some(group.gid))
}

/// Opens a socket at a path. A file that a server has left behind there is replaced.
///
/// # Errors
/// When a server listens there, something else is there, or the folder takes no new file.
pub fn open(path: &Path, mode: Mode, owner: Option<&Owner>) -> Result<Bound> {
    let shown = path.display();
    if let Ok(found) = fs::symlink_metadata(path) {
        ensure!(found.file_type().is_socket(), "{shown} is no socket: remove it, or choose another --bind unix:PATH");
        ensure!(
            UnixStream::connect(path).is_err(),
            "{shown} is in use: stop what listens there, or choose another path"
        );
        fs::remove_file(path).with_context(|| format!("cannot replace {shown}"))?;
    }
    // Nobody else may connect before it has its mode and owner.
    let before = umask(Bits::from_bits_truncate(0o177));
    let listener = UnixListener::bind(path);
    umask(before);
    let listener = listener.with_context(|| format!("cannot listen on unix:{shown}: choose another --bind"))?;
    if let Some(Owner(user, group)) = owner {
        chown(path, *user, *group).with_context(|| format!("cannot give {shown} to --socket-owner"))?;
    }
    fs::set_permissions(path, Permissions::from_mode(mode.0))?;
    let path = fs::canonicalize(path)?;
    Ok(Bound::Unix(listener, Some(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_its_mode_and_one_that_was_left_behind_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock");
        let mode = "600".parse().unwrap();
        let Bound::Unix(first, _) = open(&path, mode, None).unwrap() else { panic!("a Unix socket") };
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let error = open(&path, mode, None).err().unwrap().to_string();
        assert!(error.contains("is in use"), "{error}");
        drop(first);
        open(&path, mode, None).unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(open(&file, mode, None).err().unwrap().to_string().contains("is no socket"));
        assert!(file.is_file(), "nothing is lost");
    }

    #[test]
    fn modes_and_owners() {
        assert!("9".parse::<Mode>().is_err() && "1000".parse::<Mode>().is_err());
        assert_eq!("0660".parse::<Mode>().unwrap(), Mode(0o660));
        assert_eq!("root:0".parse::<Owner>().unwrap(), Owner(Some(Uid::from_raw(0)), Some(Gid::from_raw(0))));
        assert_eq!(":7".parse::<Owner>().unwrap(), Owner(None, Some(Gid::from_raw(7))));
        for (text, why) in [(":", "write USER"), ("no-such-user", "there is no user"), (":no-such", "no group")] {
            assert!(text.parse::<Owner>().unwrap_err().to_string().contains(why), "{text}");
        }
    }
}
