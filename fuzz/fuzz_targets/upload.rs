//! Uploads: told by content, stripped, drawn small.
#![no_main]

use cases::attachments::{sniff, strip, thumbnail};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(media) = sniff(bytes) else { return };
    if let Ok(stripped) = strip(media, bytes.to_vec().into()) {
        assert!(stripped.len() <= bytes.len() + 1024);
    }
    let _ = thumbnail(media, bytes);
});
