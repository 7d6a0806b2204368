//! Files on their way into the image.

use super::form::Form;
use crate::layout::PYTHON_TAG;
use crate::units::Size;

/// The most an application's own folder may hold. A larger one is nearly always the wrong folder (a home folder, a
/// repository with data), and every byte would count against each request's memory.
pub const APP_FOLDER_LIMIT: Size = Size(64 << 20);
/// The same for installed packages, which are compressed.
pub const PACKAGES_LIMIT: Size = Size(256 << 20);

/// A file on its way into the image.
pub struct Source {
    /// Absolute path in the guest.
    pub guest_path: String,
    pub bytes: Vec<u8>,
    /// Seconds since 1970.
    pub mtime: u64,
    /// Its owner may execute it.
    pub executable: bool,
    pub form: Form,
}

impl Source {
    /// How the image holds it, beside its bytes; for fingerprints.
    pub fn kind(&self) -> &'static [u8] {
        match (self.executable, self.form) {
            (true, Form::AsIs) => b"executable",
            _ => self.form.word(),
        }
    }

    /// Where importlib expects this file's bytecode: beside the source, or in place of it.
    pub fn bytecode_path(&self) -> Option<String> {
        let (folder, name) = self.guest_path.strip_suffix(".py")?.rsplit_once('/')?;
        Some(match self.form {
            Form::ByteCode => format!("{folder}/{name}.pyc"),
            _ => format!("{folder}/__pycache__/{name}.{PYTHON_TAG}.pyc"),
        })
    }
}
