//! How a file of a package is packed.

/// What of a file is in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    AsIs,
    /// Byte code in the place of the source, as the standard library has it.
    ByteCode,
    LeftOut,
}

impl Form {
    /// For fingerprints.
    pub fn word(self) -> &'static [u8] {
        match self {
            Form::AsIs => b"as it is",
            Form::ByteCode => b"byte code",
            Form::LeftOut => b"left out",
        }
    }
}
