//! Which files only their user, and root, can change: what runs outside any sandbox must be one of them.
//!
//! A user who may write to a folder may replace a file in it, so all folders above the file count, as for sshd
//! (`StrictModes` in sshd_config(5)).

use nix::unistd::{Group, User, geteuid};
use std::ffi::CString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const WRITABLE_BY_GROUP: u32 = 0o020;
const WRITABLE_BY_ALL: u32 = 0o002;
/// In a sticky folder users may only rename and remove their own files.
const STICKY: u32 = 0o1000;

/// Checks a folder and all above it; the path must have no links (`canonicalize`). Returns what is wrong with the first
/// folder that others can change, and the cure.
///
/// # Errors
/// When a folder cannot be checked.
pub fn fault_of_folders(folder: &Path) -> io::Result<Option<String>> {
    for folder in folder.ancestors() {
        let found = fs::symlink_metadata(folder)?;
        let shown = folder.display();
        // The owner of the root directory owns everything; in a container it may be unknown.
        if folder.parent().is_some() && !is_of_ours(&found) {
            return Ok(Some(format!("{shown} belongs to user {} (`chown` it to yourself or to root)", found.uid())));
        }
        if found.mode() & STICKY == 0 && others_may_write(folder, &found) {
            return Ok(Some(format!("others may write to {shown} (`chmod go-w {shown}` ends that)")));
        }
    }
    Ok(None)
}

/// Whether it belongs to this user or to root.
pub fn is_of_ours(found: &Metadata) -> bool {
    [geteuid().as_raw(), 0].contains(&found.uid())
}

/// Whether others than its owner may write to a file or folder.
pub fn others_may_write(path: &Path, found: &Metadata) -> bool {
    match found.mode() & (WRITABLE_BY_ALL | WRITABLE_BY_GROUP) {
        0 => false,
        WRITABLE_BY_GROUP => has_acl(path) || !is_owners_group(found.uid(), found.gid()),
        _ => true,
    }
}

/// Whether a group is the owner's own, as many systems give one to each user, with a umask of 002: it has the user's
/// name and no other member (pam_umask(8), `usergroups`). Processes of containers are in root's group without being
/// root.
fn is_owners_group(owner: u32, group: u32) -> bool {
    let (Ok(Some(user)), Ok(Some(group))) = (User::from_uid(owner.into()), Group::from_gid(group.into())) else {
        return false;
    };
    owner != 0 && user.name == group.name && group.mem.iter().all(|member| *member == user.name)
}

/// With an access control list, the group's permissions are the most that any user named in it has (acl(5)).
fn has_acl(path: &Path) -> bool {
    let Ok(path) = CString::new(path.as_os_str().as_bytes()) else { return true };
    let name = c"system.posix_acl_access";
    // SAFETY: both strings end in a zero, and with a size of 0 nothing is written.
    unsafe { libc::lgetxattr(path.as_ptr(), name.as_ptr(), std::ptr::null_mut(), 0) >= 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown};

    /// A folder with these permissions, in a folder of this user's.
    fn folder(mode: u32) -> tempfile::TempDir {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(&inner, Permissions::from_mode(mode)).unwrap();
        outer
    }

    fn fault(folder: &tempfile::TempDir) -> Option<String> {
        let below = folder.path().canonicalize().unwrap().join("inner/below");
        fs::create_dir(&below).unwrap();
        fs::set_permissions(&below, Permissions::from_mode(0o700)).unwrap();
        fault_of_folders(&below).unwrap()
    }

    #[test]
    fn folders_of_ones_own_are_fine() {
        for mode in [0o700, 0o755] {
            assert_eq!(fault(&folder(mode)), None, "{mode:o}");
        }
    }

    #[test]
    fn a_sticky_folder_is_fine() {
        assert_eq!(fault(&folder(0o1777)), None);
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_not() {
        for mode in [0o777, 0o757, 0o702] {
            let folder = folder(mode);
            let fault = fault(&folder).expect("others may write to it");
            let cure = format!("chmod go-w {}", folder.path().canonicalize().unwrap().join("inner").display());
            assert!(fault.contains(&cure), "{mode:o}: {fault}");
        }
    }

    #[test]
    fn a_folder_of_root_with_rights_for_its_group_is_not() {
        if geteuid().is_root() {
            assert!(fault(&folder(0o775)).is_some());
        }
    }

    #[test]
    fn a_folder_of_somebody_else_is_not() {
        let folder = folder(0o755);
        if geteuid().is_root() {
            chown(folder.path().join("inner"), Some(65_533), None).unwrap();
            assert!(fault(&folder).expect("it is another's").contains("belongs to user 65533"));
        }
    }

    #[test]
    fn a_group_counts_as_a_users_own_by_its_name() {
        let user = |name: &str| User::from_name(name).unwrap().map(|user| user.uid.as_raw());
        let group = |name: &str| Group::from_name(name).unwrap().map(|group| group.gid.as_raw());
        assert!(!is_owners_group(0, 0), "containers run as others in root's group");
        if let (Some(daemon), Some(own), Some(other)) = (user("daemon"), group("daemon"), group("bin")) {
            assert!(is_owners_group(daemon, own) && !is_owners_group(daemon, other));
        }
    }
}
