//! The owners of the pages of linear memory.

use crate::component::metadata::Metadata;
use serde::Serialize;
use std::collections::BTreeSet;

/// The page size of operating systems, by which a request dirties memory.
const PAGE: usize = 4096;
/// WebAssembly's page size is 64 KiB.
const PAGES_PER_WASM_PAGE: usize = 16;

/// The ends of parts of linear memory, as the guest's linker laid it out: stack, static data, heap.
pub struct Marks {
    pub stack_end: u32,
    pub heap_base: u32,
}

/// The pages of one owner.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Region {
    pub owner: &'static str,
    /// Pages of 4 KiB.
    pub pages: u64,
    /// Those of them that are not blank, which the snapshot must store.
    pub non_zero: u64,
    /// Pages of 64 KiB that hold one of those.
    pub wasm_pages: u64,
}

#[derive(Clone, Copy)]
enum Owner {
    Stack,
    StaticData,
    Interpreter,
    Application,
    FileImage,
    Nobody,
}

/// In the order of [`Owner`].
const NAMES: [&str; 6] = [
    "C stack",
    "interpreter: static data",
    "interpreter and gateway: heap",
    "application: heap",
    "file image",
    "heap, not yet used",
];

pub fn regions(memory: &[u8], marks: &Marks, metadata: &Metadata) -> Vec<Region> {
    let mut regions = NAMES.map(|owner| Region { owner, pages: 0, non_zero: 0, wasm_pages: 0 });
    let mut wasm_pages = NAMES.map(|_| BTreeSet::new());
    for (index, page) in memory.chunks(PAGE).enumerate() {
        let is_blank = page.iter().all(|&byte| byte == 0);
        let owner = owner(index, is_blank, marks, metadata) as usize;
        regions[owner].pages += 1;
        if !is_blank {
            regions[owner].non_zero += 1;
            wasm_pages[owner].insert(index / PAGES_PER_WASM_PAGE);
        }
    }
    for (region, wasm_pages) in regions.iter_mut().zip(wasm_pages) {
        region.wasm_pages = wasm_pages.len() as u64;
    }
    regions.into()
}

/// A page on a border belongs to the owner of its larger part. A heap page belongs to the first to write to it.
fn owner(index: usize, is_blank: bool, marks: &Marks, metadata: &Metadata) -> Owner {
    let middle = (index * PAGE + PAGE / 2) as u64;
    let image = &metadata.memory.image;
    match middle {
        _ if middle < u64::from(marks.stack_end) => Owner::Stack,
        _ if middle < u64::from(marks.heap_base) => Owner::StaticData,
        _ if (u64::from(image.start)..u64::from(image.end)).contains(&middle) => Owner::FileImage,
        _ if is_blank => Owner::Nobody,
        _ if metadata.census.pages_before.is_set(index) => Owner::Interpreter,
        _ => Owner::Application,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::metadata::tests::metadata;

    #[test]
    fn each_page_has_one_owner() {
        let mut memory = vec![0; 32 * PAGE];
        for page in [1, 3, 8, 10, 15, 16, 20] {
            memory[page * PAGE + 7] = 1;
        }
        let mut metadata = metadata();
        // The image begins a little after the start of page 16; pages 8, 10 and 15 were written before.
        metadata.memory.image = 16 * 4096 + 16..20 * 4096;
        metadata.census.pages_before = "008580".to_owned().try_into().unwrap();
        let regions = regions(&memory, &Marks { stack_end: 2 * 4096, heap_base: 5 * 4096 + 100 }, &metadata);
        let counts: Vec<_> = regions.iter().map(|region| (region.pages, region.non_zero, region.wasm_pages)).collect();
        assert_eq!(counts, [(2, 1, 1), (3, 1, 1), (3, 3, 1), (1, 1, 1), (4, 1, 1), (19, 0, 0)]);
    }
}
