//! Names of the demo's people, and which duties there are to hold.

use super::dice::Dice;
use crate::Failure;
use serde::Deserialize;
use std::collections::BTreeMap;

const PEOPLE: &str = include_str!("../../../../data/demo/people.toml");

#[derive(Deserialize)]
struct PeopleFile {
    surnames: Vec<String>,
    given: Vec<String>,
    centre: Vec<Desk>,
    towns: BTreeMap<String, String>,
}

/// A duty at the centre and how many hold it.
#[derive(Clone, Debug, Deserialize)]
pub struct Desk {
    /// What they sign in with; numbered where there is more than one.
    pub login: String,
    /// The role's word.
    pub role: String,
    /// How many.
    pub count: usize,
}

/// Names people from a seed.
pub struct Names {
    file: PeopleFile,
    dice: Dice,
}

impl Names {
    /// Names from a seed.
    ///
    /// # Errors
    /// When the shipped file is not what it should be.
    pub fn shipped(seed: u64) -> Result<Names, Failure> {
        let file = toml::from_str(PEOPLE).map_err(|error| Failure::said(error.to_string()))?;
        Ok(Names { file, dice: Dice::new(seed, 11) })
    }

    /// A name put together by chance.
    pub fn draw(&mut self) -> String {
        format!("{}{}", self.dice.pick(&self.file.surnames), self.dice.pick(&self.file.given))
    }

    /// A telephone number of the demo: its range is made up.
    pub fn phone(&mut self) -> String {
        format!("1990000{:04}", self.dice.below(10_000))
    }

    /// The duties at the centre.
    pub fn centre(&self) -> &[Desk] {
        &self.file.centre
    }

    /// How towns sign in, by the nine digits of their code.
    pub fn towns(&self) -> &BTreeMap<String, String> {
        &self.file.towns
    }
}
