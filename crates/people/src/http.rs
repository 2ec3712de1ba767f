//! The area's routes.

use crate::{People, web::Api};

/// Every route of the area, under `/api/v1`.
pub fn router(people: People) -> Api {
    Api::new().with_state(people)
}
