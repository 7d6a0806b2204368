//! The files in the image, by owner and size.

use crate::image::Image;
use crate::layout::{APP, SITE_PACKAGES};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// The first matching prefix wins.
const OWNERS: [(&str, &str); 4] =
    [(APP, "application"), (SITE_PACKAGES, "packages"), ("/lib", "standard library"), ("", "gateway")];

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    pub owner: &'static str,
    pub files: u64,
    /// Bytes in the image, many of them compressed.
    pub stored: u64,
    /// Bytes of the files when decompressed.
    pub inflated: u64,
}

pub fn parts(image: &[u8]) -> Result<Vec<Part>> {
    let mut parts = OWNERS.map(|(_, owner)| Part { owner, files: 0, stored: 0, inflated: 0 });
    Image::parse(image)?.each(&mut |path, file| {
        if let Some(i) = OWNERS.iter().position(|(folder, _)| path.starts_with(folder.as_bytes())) {
            parts[i].files += 1;
            parts[i].stored += file.stored();
            parts[i].inflated += file.size();
        }
        Ok(())
    })?;
    Ok(parts.into())
}

/// A file of the image, or a folder with all that is below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Absolute in the guest; a folder's ends with a slash.
    pub path: String,
    pub files: u64,
    /// Bytes in the image, many of them compressed. Equal content is stored once, but counts for each file.
    pub stored: u64,
    /// Bytes when decompressed.
    pub inflated: u64,
}

/// All folders and all files, each list with the largest first.
///
/// # Errors
/// When the image is damaged.
pub fn list(image: &[u8]) -> Result<(Vec<Entry>, Vec<Entry>)> {
    let mut folders = BTreeMap::<String, Entry>::new();
    let mut files = vec![];
    Image::parse(image)?.each(&mut |path, file| {
        let path = String::from_utf8_lossy(path).into_owned();
        for (end, _) in path.match_indices('/') {
            let folder = &path[..=end];
            let all = folders.entry(folder.to_owned()).or_default();
            all.files += 1;
            all.stored += file.stored();
            all.inflated += file.size();
        }
        files.push(Entry { path, files: 1, stored: file.stored(), inflated: file.size() });
        Ok(())
    })?;
    let mut folders: Vec<_> = folders.into_iter().map(|(path, all)| Entry { path, ..all }).collect();
    for list in [&mut folders, &mut files] {
        list.sort_by(|a, b| (b.inflated, &a.path).cmp(&(a.inflated, &b.path)));
    }
    Ok((folders, files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{File, ImageBuilder};

    #[test]
    fn files_are_told_by_their_folders() {
        let mut builder = ImageBuilder::default();
        let package = format!("{SITE_PACKAGES}/x.py");
        for path in ["/app/app.py", "/lib/python/os.pyc", &package, "/wasgi/c.json"] {
            builder.add(path.as_bytes(), File::raw(path.as_bytes(), 0).unwrap()).unwrap();
        }
        builder.add(b"/app/long", File::packed(vec![b'a'; 4096], Some(vec![b'z'; 9]), 0).unwrap()).unwrap();
        let parts = parts(&builder.finish().unwrap()).unwrap();
        assert_eq!(parts.iter().map(|part| part.files).collect::<Vec<_>>(), [2, 1, 1, 1]);
        assert_eq!(parts[0].inflated, 4096 + 11);
        assert!(parts[0].stored < 100);
    }

    #[test]
    fn the_largest_come_first_and_folders_hold_all_below_them() {
        let mut builder = ImageBuilder::default();
        for (path, size) in [("/app/b", 2), ("/app/static/a", 3), ("/app/c", 2), ("/lib/x", 9)] {
            builder.add(path.as_bytes(), File::raw(vec![b'x'; size], 0).unwrap()).unwrap();
        }
        let (folders, files) = list(&builder.finish().unwrap()).unwrap();
        assert_eq!(
            files.iter().map(|file| &*file.path).collect::<Vec<_>>(),
            ["/lib/x", "/app/static/a", "/app/b", "/app/c"]
        );
        let folders: Vec<_> = folders.iter().map(|all| (&*all.path, all.files, all.inflated)).collect();
        assert_eq!(folders, [("/", 4, 16), ("/lib/", 1, 9), ("/app/", 3, 7), ("/app/static/", 1, 3)]);
    }
}
