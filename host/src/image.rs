//! The read-only file image that lives inside the guest: standard library, application, site-packages.
//!
//! `guest/src/image.c` reads it below libc. Layout (little endian, offsets from the image's start):
//! a 32-byte header, one 40-byte node per file or folder, the names, the data. The children of a folder are
//! contiguous and sorted by name, so that a look-up is a binary search and `readdir` is a range.

use anyhow::{Context, Result, bail, ensure};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

const MAGIC: &[u8; 8] = b"WASGIIMG";
const VERSION: u32 = 1;
const HEADER_LEN: usize = 32;
const NODE_LEN: usize = 40;
const KIND_DIRECTORY: u32 = 0;
const KIND_FILE: u32 = 1;
const FLAG_DEFLATED: u32 = 1;
/// As on Linux.
const LONGEST_PATH: usize = 4096;
const DAMAGED: &str = "file image damaged";

/// A file's content as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File<'a> {
    data: Cow<'a, [u8]>,
    /// Length in bytes when the file is opened.
    size: u32,
    deflated: bool,
    /// Seconds since 1970.
    mtime: u64,
}

impl<'a> File<'a> {
    /// A file stored as it is: reading it costs no copy in the guest.
    pub fn raw(data: impl Into<Cow<'a, [u8]>>, mtime: u64) -> Result<Self> {
        let data = data.into();
        let size = u32::try_from(data.len()).context("file larger than 4 GiB")?;
        Ok(File { data, size, deflated: false, mtime })
    }

    /// A file stored as a zlib stream where that saves at least an eighth; for what is rarely opened.
    pub fn deflated(data: impl Into<Cow<'a, [u8]>>, mtime: u64) -> Result<Self> {
        let raw = File::raw(data, mtime)?;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&raw.data)?;
        let packed = encoder.finish()?;
        if packed.len() + raw.data.len() / 8 >= raw.data.len() {
            return Ok(raw);
        }
        Ok(File { data: packed.into(), deflated: true, ..raw })
    }

    /// Bytes that it takes in the image.
    pub fn stored(&self) -> u64 {
        self.data.len() as u64
    }

    /// Bytes that one who opens it reads.
    pub fn size(&self) -> u64 {
        u64::from(self.size)
    }
}

#[derive(Debug)]
enum Node<'a> {
    Directory(BTreeMap<Vec<u8>, Node<'a>>),
    File(File<'a>),
}

/// Collects files and writes the image.
#[derive(Debug, Default)]
pub struct ImageBuilder<'a> {
    root: BTreeMap<Vec<u8>, Node<'a>>,
}

impl<'a> ImageBuilder<'a> {
    /// Adds a file at an absolute path of the guest, creating the folders above it. A later file replaces an earlier.
    ///
    /// # Errors
    /// When a component of the path is already a file.
    pub fn add(&mut self, path: &[u8], file: File<'a>) -> Result<()> {
        let mut components: Vec<&[u8]> = path.split(|&b| b == b'/').filter(|c| !c.is_empty()).collect();
        let name = components.pop().context("empty path")?;
        let folder = components.iter().try_fold(&mut self.root, |folder, component| {
            match folder.entry(component.to_vec()).or_insert_with(|| Node::Directory(BTreeMap::new())) {
                Node::Directory(children) => Ok(children),
                Node::File(_) => bail!("{} is both a file and a folder", String::from_utf8_lossy(path)),
            }
        })?;
        folder.insert(name.to_vec(), Node::File(file));
        Ok(())
    }

    /// Adds every file of another image.
    pub fn merge(&mut self, image: &Image<'a>) -> Result<()> {
        image.each(&mut |path, file| self.add(path, file))
    }

    /// Writes the image.
    ///
    /// # Errors
    /// When it would be larger than 4 GiB.
    pub fn finish(&self) -> Result<Vec<u8>> {
        let mut nodes = vec![];
        let mut names = vec![];
        let mut data: Vec<u8> = vec![];
        // Breadth first, so that the children of a folder get neighbouring indices.
        let mut queue = std::collections::VecDeque::from([(0u32, &b""[..], NodeRef::Directory(&self.root))]);
        let mut next_index = 1u32;
        while let Some((parent, name, node)) = queue.pop_front() {
            let index = nodes.len() as u32;
            let name_off = names.len() as u32;
            names.extend_from_slice(name);
            let head = [name_off, name.len() as u32];
            let (fields, mtime) = match node {
                NodeRef::Directory(children) => {
                    let first = next_index;
                    next_index += children.len() as u32;
                    queue.extend(children.iter().map(|(name, node)| (index, &name[..], NodeRef::from(node))));
                    ([KIND_DIRECTORY, 0, first, children.len() as u32, 0, parent], 0)
                }
                NodeRef::File(file) => {
                    data.resize(data.len().next_multiple_of(8), 0);
                    let offset = u32::try_from(data.len()).context("the image is larger than 4 GiB")?;
                    data.extend_from_slice(&file.data);
                    let flags = if file.deflated { FLAG_DEFLATED } else { 0 };
                    ([KIND_FILE, flags, offset, file.data.len() as u32, file.size, parent], file.mtime)
                }
            };
            nodes.push((head, fields, mtime));
        }
        write_image(&nodes, &names, &data)
    }
}

/// A node on its way into the queue.
enum NodeRef<'n, 'a> {
    Directory(&'n BTreeMap<Vec<u8>, Node<'a>>),
    File(&'n File<'a>),
}

impl<'n, 'a> From<&'n Node<'a>> for NodeRef<'n, 'a> {
    fn from(node: &'n Node<'a>) -> Self {
        match node {
            Node::Directory(children) => NodeRef::Directory(children),
            Node::File(file) => NodeRef::File(file),
        }
    }
}

fn write_image(nodes: &[([u32; 2], [u32; 6], u64)], names: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    let strings_offset = HEADER_LEN + nodes.len() * NODE_LEN;
    let data_offset = (strings_offset + names.len()).next_multiple_of(8);
    let total = u32::try_from(data_offset + data.len()).context("the image is larger than 4 GiB")?;
    let mut out = Vec::with_capacity(total as usize);
    out.extend_from_slice(MAGIC);
    for field in [VERSION, nodes.len() as u32, HEADER_LEN as u32, strings_offset as u32, data_offset as u32, total] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    for (head, fields, mtime) in nodes {
        for field in head.iter().chain(fields) {
            out.extend_from_slice(&field.to_le_bytes());
        }
        out.extend_from_slice(&mtime.to_le_bytes());
    }
    out.extend_from_slice(names);
    out.resize(data_offset, 0);
    out.extend_from_slice(data);
    Ok(out)
}

/// A written image, read back.
pub struct Image<'a> {
    bytes: &'a [u8],
}

impl<'a> Image<'a> {
    /// Checks the header and gives access to the nodes.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        ensure!(bytes.len() >= HEADER_LEN && bytes.starts_with(MAGIC), "not a wasgi file image");
        let image = Image { bytes };
        ensure!(image.u32(8)? == VERSION, "file image of another version");
        ensure!(image.u32(28)? as usize == bytes.len(), "file image cut short");
        Ok(image)
    }

    /// Visits every file, with its absolute path in the guest.
    ///
    /// # Errors
    /// When the image is damaged, and what `visit` gives.
    pub fn each(&self, visit: &mut dyn FnMut(&[u8], File<'a>) -> Result<()>) -> Result<()> {
        let mut nodes_left = self.u32(12)?;
        self.walk(0, &mut Vec::new(), &mut nodes_left, visit)
    }

    /// A damaged image may say that a folder is inside of itself: each node is visited once, or it is an error.
    fn walk(
        &self,
        index: u32,
        path: &mut Vec<u8>,
        nodes_left: &mut u32,
        visit: &mut dyn FnMut(&[u8], File<'a>) -> Result<()>,
    ) -> Result<()> {
        *nodes_left = nodes_left.checked_sub(1).context(DAMAGED)?;
        ensure!(path.len() <= LONGEST_PATH, DAMAGED);
        let [_, _, kind, flags, first, count, size, _, mtime, mtime_high] = self.node(index)?;
        if kind == KIND_FILE {
            let data = Cow::Borrowed(self.slice(self.u32(24)?, first, count)?);
            let mtime = u64::from(mtime) | u64::from(mtime_high) << 32;
            return visit(path, File { data, size, deflated: flags & FLAG_DEFLATED != 0, mtime });
        }
        for child in first..first.checked_add(count).context(DAMAGED)? {
            let [name_off, name_len, ..] = self.node(child)?;
            let length = path.len();
            path.push(b'/');
            path.extend_from_slice(self.slice(self.u32(20)?, name_off, name_len)?);
            self.walk(child, path, nodes_left, visit)?;
            path.truncate(length);
        }
        Ok(())
    }

    fn node(&self, index: u32) -> Result<[u32; NODE_LEN / 4]> {
        let start = HEADER_LEN + index as usize * NODE_LEN;
        let mut fields = [0; NODE_LEN / 4];
        for (i, field) in fields.iter_mut().enumerate() {
            *field = self.u32(start + i * 4)?;
        }
        Ok(fields)
    }

    fn slice(&self, part: u32, offset: u32, length: u32) -> Result<&'a [u8]> {
        let start = part as usize + offset as usize;
        self.bytes.get(start..start + length as usize).context(DAMAGED)
    }

    fn u32(&self, offset: usize) -> Result<u32> {
        let bytes = self.bytes.get(offset..offset + 4).context(DAMAGED)?;
        Ok(u32::from_le_bytes(bytes.try_into()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(image: &[u8]) -> Vec<(String, File<'_>)> {
        let mut found = vec![];
        let mut visit = |path: &[u8], file: File<'_>| {
            found.push((String::from_utf8(path.to_vec()).unwrap(), file.data.len(), file.size, file.deflated));
            Ok(())
        };
        let parsed = Image::parse(image).unwrap();
        parsed.each(&mut visit).unwrap();
        let mut builder = ImageBuilder::default();
        builder.merge(&parsed).unwrap();
        assert_eq!(builder.finish().unwrap(), image, "an image read back and written again is the same");
        found
            .into_iter()
            .map(|(path, stored, size, deflated)| {
                (path, File { data: vec![0; stored].into(), size, deflated, mtime: 0 })
            })
            .collect()
    }

    #[test]
    fn children_are_contiguous_and_sorted() {
        let mut builder = ImageBuilder::default();
        for path in ["/b/x.py", "/a.py", "/b/a/deep.txt", "/c"] {
            builder.add(path.as_bytes(), File::raw(path.as_bytes(), 7).unwrap()).unwrap();
        }
        let image = builder.finish().unwrap();
        let paths: Vec<_> = files(&image).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["/a.py", "/b/a/deep.txt", "/b/x.py", "/c"]);
    }

    #[test]
    fn only_what_shrinks_is_deflated() {
        let mut builder = ImageBuilder::default();
        builder.add(b"/long", File::deflated(vec![b'a'; 4096], 0).unwrap()).unwrap();
        builder.add(b"/short", File::deflated(b"abc".to_vec(), 0).unwrap()).unwrap();
        let image = builder.finish().unwrap();
        let found = files(&image);
        assert!(found[0].1.deflated && found[0].1.size == 4096 && found[0].1.data.len() < 100);
        assert!(!found[1].1.deflated && found[1].1.size == 3);
    }

    #[test]
    fn a_damaged_image_is_an_error() {
        let mut builder = ImageBuilder::default();
        builder.add(b"/a/b", File::raw(b"text".to_vec(), 0).unwrap()).unwrap();
        let image = builder.finish().unwrap();
        for at in (HEADER_LEN..HEADER_LEN + 3 * NODE_LEN).chain([20, 24]) {
            for value in [0, 1, 2, 0x7f, 0xff] {
                let mut damaged = image.clone();
                damaged[at] = value;
                // Whatever comes of it: no panic, no end missing.
                let _ = Image::parse(&damaged).unwrap().each(&mut |_, _| Ok(()));
            }
        }
        let mut inside_itself = image;
        inside_itself[HEADER_LEN + 16] = 0;
        assert!(Image::parse(&inside_itself).unwrap().each(&mut |_, _| Ok(())).is_err());
    }

    #[test]
    fn a_file_is_not_a_folder() {
        let mut builder = ImageBuilder::default();
        builder.add(b"/a", File::raw(b"".to_vec(), 0).unwrap()).unwrap();
        assert!(builder.add(b"/a/b", File::raw(b"".to_vec(), 0).unwrap()).is_err());
        assert!(Image::parse(b"WASGIIMG").is_err());
    }
}
