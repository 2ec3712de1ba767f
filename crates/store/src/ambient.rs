//! What the outside world gives: time and randomness. Only the binary and the test kit hold real ones.

use jiff::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `buf` whole.
    fn fill(&self, buf: &mut [u8]);
}
