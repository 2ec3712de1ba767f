//! What follows the event log: the search index, and the feed of live screens.

mod index;
mod live;

pub use index::{INDEX, follower, index, reindex};
pub use live::{Batch, Listener, Live, Step};
