//! How a file of a package is packed.

/// The form in which the image holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    AsIs,
    /// Bytecode in place of the source, as in the standard library.
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
