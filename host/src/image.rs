//! The read-only file image that lives inside the guest: standard library, application, site-packages.
//!
//! `guest/src/image.c` reads it below libc. Layout (little endian, offsets from the image's start):
//! a 40-byte header, one 40-byte node per file or folder, the names, the data. The data begins with the dictionary
//! that compressed files share. The children of a folder are contiguous and sorted by name, so that a look-up is a
//! binary search and `readdir` is a range.

#[path = "image/compress.rs"]
mod compress;

pub use compress::Packer;

use anyhow::{Context, Result, bail, ensure};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};

const MAGIC: &[u8; 8] = b"WASGIIMG";
const VERSION: u32 = 2;
const HEADER_LEN: usize = 40;
const NODE_LEN: usize = 40;
const KIND_DIRECTORY: u32 = 0;
const KIND_FILE: u32 = 1;
const FLAG_PACKED: u32 = 1;
const FLAG_EXECUTABLE: u32 = 2;
/// As on Linux.
const LONGEST_PATH: usize = 4096;
const DAMAGED: &str = "file image damaged";

/// A file's content as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File<'a> {
    data: Cow<'a, [u8]>,
    /// Length in bytes when the file is opened.
    size: u32,
    packed: bool,
    /// The only permission bit kept.
    executable: bool,
    /// Seconds since 1970.
    mtime: u64,
}

impl<'a> File<'a> {
    /// A file stored uncompressed: reading it needs no copy in the guest.
    pub fn raw(data: impl Into<Cow<'a, [u8]>>, mtime: u64) -> Result<Self> {
        let data = data.into();
        let size = u32::try_from(data.len()).context("file larger than 4 GiB")?;
        Ok(File { data, size, packed: false, executable: false, mtime })
    }

    /// A file stored as [`Packer::pack`] compressed it, for files that are rarely opened.
    pub fn packed(data: impl Into<Cow<'a, [u8]>>, packed: Option<Vec<u8>>, mtime: u64) -> Result<Self> {
        let raw = File::raw(data, mtime)?;
        Ok(match packed {
            Some(packed) => File { data: packed.into(), packed: true, ..raw },
            None => raw,
        })
    }

    /// The same file, with or without its execute bit.
    #[must_use]
    pub fn with_execute_bit(self, executable: bool) -> Self {
        File { executable, ..self }
    }

    /// Bytes that it takes in the image.
    pub fn stored(&self) -> u64 {
        self.data.len() as u64
    }

    /// Bytes that a reader gets.
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
    dictionary: &'a [u8],
}

impl<'a> ImageBuilder<'a> {
    /// With the dictionary that its files are packed with.
    pub fn with_dictionary(dictionary: &'a [u8]) -> Self {
        ImageBuilder { dictionary, ..ImageBuilder::default() }
    }

    /// Begins with the files and the dictionary of another image.
    pub fn on(image: &Image<'a>) -> Result<Self> {
        let mut builder = ImageBuilder::with_dictionary(image.dictionary()?);
        image.each(&mut |path, file| builder.add(path, file))?;
        Ok(builder)
    }

    /// Adds a file at an absolute path of the guest, creating the folders above it. A later file replaces an earlier.
    ///
    /// # Errors
    /// When a component of the path is already a file.
    pub fn add(&mut self, path: &[u8], file: File<'a>) -> Result<()> {
        let mut components: Vec<&[u8]> = path.split(|&b| b == b'/').filter(|c| !c.is_empty()).collect();
        let name = components.pop().context("empty path")?;
        self.directory(&components, path)?.insert(name.to_vec(), Node::File(file));
        Ok(())
    }

    /// Adds a folder, empty unless files are added to it.
    ///
    /// # Errors
    /// As [`ImageBuilder::add`].
    pub fn add_directory(&mut self, path: &[u8]) -> Result<()> {
        let components: Vec<&[u8]> = path.split(|&b| b == b'/').filter(|c| !c.is_empty()).collect();
        self.directory(&components, path).map(|_| ())
    }

    /// The folder of these components, created if needed; `path` is for the error.
    fn directory(&mut self, components: &[&[u8]], path: &[u8]) -> Result<&mut BTreeMap<Vec<u8>, Node<'a>>> {
        components.iter().try_fold(&mut self.root, |folder, component| {
            match folder.entry(component.to_vec()).or_insert_with(|| Node::Directory(BTreeMap::new())) {
                Node::Directory(children) => Ok(children),
                Node::File(_) => bail!("{} is both a file and a folder", String::from_utf8_lossy(path)),
            }
        })
    }

    /// Writes the image, with equal content stored once.
    ///
    /// # Errors
    /// When it would be larger than 4 GiB.
    pub fn finish(&self) -> Result<Vec<u8>> {
        let mut nodes = vec![];
        let mut names = vec![];
        let mut data = self.dictionary.to_vec();
        let mut written = HashMap::new();
        // Breadth first, so that the children of a folder get consecutive indices.
        let mut queue = VecDeque::from([(0u32, &b""[..], NodeRef::Directory(&self.root))]);
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
                    let offset = *written.entry(&file.data).or_insert_with(|| {
                        data.extend_from_slice(&file.data);
                        data.len() - file.data.len()
                    });
                    let offset = u32::try_from(offset).context("the image is larger than 4 GiB")?;
                    let packed = if file.packed { FLAG_PACKED } else { 0 };
                    let flags = packed | if file.executable { FLAG_EXECUTABLE } else { 0 };
                    ([KIND_FILE, flags, offset, file.data.len() as u32, file.size, parent], file.mtime)
                }
            };
            nodes.push((head, fields, mtime));
        }
        write_image(&nodes, &names, &data, self.dictionary.len())
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

fn write_image(
    nodes: &[([u32; 2], [u32; 6], u64)],
    names: &[u8],
    data: &[u8],
    dictionary_len: usize,
) -> Result<Vec<u8>> {
    let strings_offset = HEADER_LEN + nodes.len() * NODE_LEN;
    let data_offset = (strings_offset + names.len()).next_multiple_of(8);
    let total = u32::try_from(data_offset + data.len()).context("the image is larger than 4 GiB")?;
    let mut out = Vec::with_capacity(total as usize);
    out.extend_from_slice(MAGIC);
    let offsets = [HEADER_LEN, strings_offset, data_offset].map(|offset| offset as u32);
    for field in [&[VERSION, nodes.len() as u32][..], &offsets, &[total, dictionary_len as u32, 0]].concat() {
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

    /// The dictionary of its compressed files.
    pub fn dictionary(&self) -> Result<&'a [u8]> {
        self.slice(self.u32(24)?, 0, self.u32(32)?)
    }

    /// Visits every file, with its absolute path in the guest.
    ///
    /// # Errors
    /// When the image is damaged, and those of `visit`.
    pub fn each(&self, visit: &mut dyn FnMut(&[u8], File<'a>) -> Result<()>) -> Result<()> {
        let mut nodes_left = self.u32(12)?;
        self.walk(0, &mut Vec::new(), &mut nodes_left, visit)
    }

    /// A damaged image may have a folder inside itself: visiting more nodes than there are is an error.
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
            let (packed, executable) = (flags & FLAG_PACKED != 0, flags & FLAG_EXECUTABLE != 0);
            return visit(path, File { data, size, packed, executable, mtime });
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
            found.push((String::from_utf8(path.to_vec()).unwrap(), file.data.len(), file.size, file.packed));
            Ok(())
        };
        let parsed = Image::parse(image).unwrap();
        parsed.each(&mut visit).unwrap();
        assert_eq!(
            ImageBuilder::on(&parsed).unwrap().finish().unwrap(),
            image,
            "an image read back and written again is the same"
        );
        found
            .into_iter()
            .map(|(path, stored, size, packed)| {
                (path, File { data: vec![0; stored].into(), size, packed, executable: false, mtime: 0 })
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
    fn folders_may_be_empty_and_files_executable() {
        let mut builder = ImageBuilder::default();
        builder.add_directory(b"/a/empty").unwrap();
        builder.add(b"/a/run", File::raw(b"#!".to_vec(), 0).unwrap().with_execute_bit(true)).unwrap();
        builder.add_directory(b"/a").unwrap();
        let image = builder.finish().unwrap();
        let parsed = Image::parse(&image).unwrap();
        let nodes: Vec<_> = (0..4).map(|index| parsed.node(index).unwrap()).collect();
        assert_eq!(
            nodes.iter().map(|node| (node[2], node[3], node[5])).collect::<Vec<_>>(),
            [(KIND_DIRECTORY, 0, 1), (KIND_DIRECTORY, 0, 2), (KIND_DIRECTORY, 0, 0), (KIND_FILE, FLAG_EXECUTABLE, 2),]
        );
        assert!(builder.add_directory(b"/a/run/below").is_err());
    }

    fn packed(data: &[u8], packer: &Packer) -> File<'static> {
        File::packed(data.to_vec(), packer.pack(data).unwrap(), 0).unwrap()
    }

    #[test]
    fn only_what_shrinks_is_compressed() {
        let packer = Packer::new(b"").unwrap();
        let mut builder = ImageBuilder::default();
        builder.add(b"/long", packed(&[b'a'; 4096], &packer)).unwrap();
        builder.add(b"/short", packed(b"abc", &packer)).unwrap();
        let image = builder.finish().unwrap();
        let found = files(&image);
        assert!(found[0].1.packed && found[0].1.size == 4096 && found[0].1.data.len() < 100);
        assert!(!found[1].1.packed && found[1].1.size == 3);
    }

    #[test]
    fn a_dictionary_goes_with_its_files() {
        let text = b"what all of these files have in common ".repeat(9);
        let packer = Packer::new(&text).unwrap();
        let mut builder = ImageBuilder::with_dictionary(&text);
        builder.add(b"/a", packed(&text, &packer)).unwrap();
        builder.add(b"/b", packed(&text, &packer)).unwrap();
        let image = builder.finish().unwrap();
        assert_eq!(Image::parse(&image).unwrap().dictionary().unwrap(), text);
        let stored = files(&image)[0].1.data.len();
        assert!(stored < 20);
        assert!(image.len() < HEADER_LEN + 3 * NODE_LEN + 8 + text.len() + 2 * stored, "equal content is there once");
    }

    #[test]
    fn a_damaged_image_is_an_error() {
        let mut builder = ImageBuilder::default();
        builder.add(b"/a/b", File::raw(b"text".to_vec(), 0).unwrap()).unwrap();
        let image = builder.finish().unwrap();
        for at in (HEADER_LEN..HEADER_LEN + 3 * NODE_LEN).chain([20, 24, 32, 33]) {
            for value in [0, 1, 2, 0x7f, 0xff] {
                let mut damaged = image.clone();
                damaged[at] = value;
                // Any result will do, but no panic and no endless loop.
                let _ = Image::parse(&damaged).unwrap().each(&mut |_, _| Ok(()));
            }
        }
        let mut inside_itself = image;
        inside_itself[HEADER_LEN + 16] = 0;
        assert!(Image::parse(&inside_itself).unwrap().each(&mut |_, _| Ok(())).is_err());
    }

    #[test]
    fn a_folder_may_be_empty() {
        let mut builder = ImageBuilder::default();
        builder.add_directory(b"/app/data/").unwrap();
        builder.add(b"/app/x", File::raw(b"x".to_vec(), 0).unwrap()).unwrap();
        builder.add_directory(b"/app").unwrap();
        let image = builder.finish().unwrap();
        assert_eq!(image[12..16], 4u32.to_le_bytes(), "the root, two folders and a file");
        let mut visit = |path: &[u8], _: File| {
            assert_eq!(path, b"/app/x");
            Ok(())
        };
        Image::parse(&image).unwrap().each(&mut visit).unwrap();
        assert!(builder.add_directory(b"/app/x").is_err());
    }

    #[test]
    fn a_file_is_not_a_folder() {
        let mut builder = ImageBuilder::default();
        builder.add(b"/a", File::raw(b"".to_vec(), 0).unwrap()).unwrap();
        assert!(builder.add(b"/a/b", File::raw(b"".to_vec(), 0).unwrap()).is_err());
        assert!(Image::parse(b"WASGIIMG").is_err());
    }
}
