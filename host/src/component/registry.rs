//! A component's metadata in sections that other tools read: `wasm-tools metadata show`, registries, scanners.

use super::metadata::{Identity, Metadata, append_section};
use super::sbom::{self, Bill};
use anyhow::Result;
use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Revision, Version};

/// Returns the component with its name, producers, registry metadata, bill of materials and wasgi's own section.
pub fn write(component: Vec<u8>, identity: &Identity, bill: &Bill, metadata: &Metadata) -> Result<Vec<u8>> {
    let mut known = AddMetadata::default();
    known.name = AddMetadataField::Set(identity.name.clone());
    known.language = vec![("Python".to_owned(), metadata.census.python.clone())];
    known.processed_by = vec![("wasgi".to_owned(), metadata.wasgi.clone())];
    known.version = AddMetadataField::Set(Version::new(identity.version.clone()));
    known.description = AddMetadataField::Set(Description::new(format!(
        "WSGI application {}:{}, memory cap {}",
        metadata.application.module, metadata.application.attribute, metadata.memory.cap
    )));
    known.licenses = AddMetadataField::Set(Licenses::new(&bill.licences())?);
    known.revision = AddMetadataField::Set(Revision::new(format!("sha256:{}", metadata.source)));
    let mut component = known.to_wasm(&component)?;
    append_section(&mut component, sbom::SECTION, &serde_json::to_vec(&bill.document(identity, &metadata.source))?);
    metadata.write(&mut component)?;
    Ok(component)
}
