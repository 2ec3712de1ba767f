//! Where the bytes lie: a folder by default, anything S3-compatible by URL. What lies there is sealed.

use super::AttachmentError;
use bytes::Bytes;
use object_store::{
    ObjectStore, ObjectStoreExt, local::LocalFileSystem, memory::InMemory, path::Path, prefix::PrefixStore,
};
use std::sync::Arc;

/// The object store of the attachments. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    objects: Arc<dyn ObjectStore>,
}

impl Files {
    /// A folder, made when it does not exist.
    ///
    /// # Errors
    /// When the folder cannot be made or opened.
    pub fn folder(folder: &std::path::Path) -> Result<Files, AttachmentError> {
        std::fs::create_dir_all(folder).map_err(|error| AttachmentError::Address(error.to_string()))?;
        // An acknowledged file must survive a power cut as its event does: written bytes and names are flushed.
        let objects = LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true).with_fsync(true);
        Ok(Files { objects: Arc::new(objects) })
    }

    /// Any store that `object_store` knows, by URL (`s3://bucket/prefix`), with its options (`aws_access_key_id`,
    /// `aws_endpoint` …).
    ///
    /// # Errors
    /// When the URL or an option is wrong.
    pub fn at_url(
        url: &str,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Files, AttachmentError> {
        let url = url::Url::parse(url).map_err(|error| AttachmentError::Address(error.to_string()))?;
        let (objects, prefix) = object_store::parse_url_opts(&url, options)?;
        Ok(Files { objects: Arc::new(PrefixStore::new(objects, prefix)) })
    }

    /// Memory only (tests).
    #[must_use]
    pub fn in_memory() -> Files {
        Files { objects: Arc::new(InMemory::new()) }
    }

    /// Puts an object.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), AttachmentError> {
        self.objects.put(&Path::from(path), bytes.into()).await?;
        Ok(())
    }

    /// Reads an object whole.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn get(&self, path: &str) -> Result<Bytes, AttachmentError> {
        Ok(self.objects.get(&Path::from(path)).await?.bytes().await?)
    }

    /// Takes an object away; one that is gone is no error.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn delete(&self, path: &str) -> Result<(), AttachmentError> {
        match self.objects.delete(&Path::from(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
