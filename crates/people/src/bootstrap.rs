//! The first start: the centre, and one account for each separated administrator.

use crate::{People, PeopleError, Role};

/// An account made at the first start, with its one-time password.
#[derive(Clone, Debug)]
pub struct FirstAccount {
    /// What to sign in with.
    pub login: String,
    /// The one-time password: shown once, must be changed at the first sign-in.
    pub password: String,
    /// The role.
    pub role: Role,
}

/// Creates the centre unit and the three administrators when there is no account yet; otherwise does nothing and
/// returns an empty list.
pub async fn bootstrap(people: &People, centre_name: &str) -> Result<Vec<FirstAccount>, PeopleError> {
    let _ = (people, centre_name);
    todo!()
}
