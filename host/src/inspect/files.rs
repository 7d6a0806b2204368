//! Whose files are in the image, and how much they take.

use crate::image::Image;
use anyhow::Result;
use serde::Serialize;

/// The first that fits.
const OWNERS: [(&[u8], &str); 4] = [
    (b"/app/", "application"),
    (b"/lib/python3.13/site-packages/", "packages"),
    (b"/lib/", "standard library"),
    (b"/", "gateway"),
];

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    pub owner: &'static str,
    pub files: u64,
    /// Bytes in the image, many of them compressed.
    pub stored: u64,
    /// Bytes of the files when open.
    pub inflated: u64,
}

pub fn parts(image: &[u8]) -> Result<Vec<Part>> {
    let mut parts = OWNERS.map(|(_, owner)| Part { owner, files: 0, stored: 0, inflated: 0 });
    Image::parse(image)?.each(&mut |path, file| {
        if let Some(i) = OWNERS.iter().position(|(folder, _)| path.starts_with(folder)) {
            parts[i].files += 1;
            parts[i].stored += file.stored();
            parts[i].inflated += file.size();
        }
        Ok(())
    })?;
    Ok(parts.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{File, ImageBuilder};

    #[test]
    fn files_are_told_by_their_folders() {
        let mut builder = ImageBuilder::default();
        for path in ["/app/app.py", "/lib/python3.13/os.pyc", "/lib/python3.13/site-packages/x.py", "/wasgi/c.json"] {
            builder.add(path.as_bytes(), File::raw(path.as_bytes(), 0).unwrap()).unwrap();
        }
        builder.add(b"/app/long", File::packed(vec![b'a'; 4096], Some(vec![b'z'; 9]), 0).unwrap()).unwrap();
        let parts = parts(&builder.finish().unwrap()).unwrap();
        assert_eq!(parts.iter().map(|part| part.files).collect::<Vec<_>>(), [2, 1, 1, 1]);
        assert_eq!(parts[0].inflated, 4096 + 11);
        assert!(parts[0].stored < 100);
    }
}
