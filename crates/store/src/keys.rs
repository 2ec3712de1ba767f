//! Key files in the data folder: 32 bytes in hexadecimal, readable by their owner only. They are never in a backup.

use crate::{Entropy, StoreError};
use data_encoding::HEXLOWER_PERMISSIVE;
use std::{collections::BTreeMap, fs, io::Write, path::Path};
use zeroize::Zeroizing;

/// A secret key.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// Reads a key file; `None` if there is none.
pub(crate) fn read(file: &Path) -> Result<Option<Secret>, StoreError> {
    let text = match fs::read(file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let wrong = || StoreError::Config(format!("{} is not a key of 32 bytes in hexadecimal", file.display()));
    let bytes = Zeroizing::new(HEXLOWER_PERMISSIVE.decode(text.trim_ascii()).map_err(|_| wrong())?);
    let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| wrong())?;
    Ok(Some(Zeroizing::new(key)))
}

/// Reads all keys of a folder whose names begin with `prefix` (`master-0001.key`), by name.
pub(crate) fn read_all(folder: &Path, prefix: &str) -> Result<BTreeMap<String, Secret>, StoreError> {
    let mut found = BTreeMap::new();
    if !folder.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let wanted = name.starts_with(prefix) && file.extension().is_some_and(|end| end == "key");
        if wanted && let Some(key) = read(&file)? {
            found.insert(name.to_owned(), key);
        }
    }
    Ok(found)
}

/// Makes a key and writes its file so that a crash leaves either none or a whole one.
pub(crate) fn make(file: &Path, entropy: &dyn Entropy) -> Result<Secret, StoreError> {
    let mut key = Zeroizing::new([0; 32]);
    entropy.fill(&mut *key);
    let text = Zeroizing::new(HEXLOWER_PERMISSIVE.encode(&*key));
    let folder = file.parent().ok_or_else(|| StoreError::Config("a key file needs a folder".into()))?;
    fs::create_dir_all(folder)?;
    let draft = file.with_extension("draft");
    let mut open = private().open(&draft)?;
    open.write_all(text.as_bytes())?;
    open.write_all(b"\n")?;
    open.sync_all()?;
    fs::rename(&draft, file)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(key)
}

/// How a file is created that nobody else may read.
fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
