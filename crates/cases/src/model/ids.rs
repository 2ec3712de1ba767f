//! Identifiers in JSON are strings (JavaScript's numbers end at 2^53); both strings and numbers are read.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Number(i64),
    Text(String),
}

fn parse<E: Error>(value: Either) -> Result<i64, E> {
    match value {
        Either::Number(id) => Ok(id),
        Either::Text(text) => text.parse().map_err(|_| E::custom("an id is a string of digits")),
    }
}

/// `#[serde(with = "ids::id")]` for an `i64`.
pub mod id {
    use super::*;

    /// Writes a string.
    pub fn serialize<S: Serializer>(id: &i64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    /// Reads a string or a number.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        parse(Either::deserialize(from)?)
    }
}

/// `#[serde(with = "ids::option", default)]` for an `Option<i64>`; an empty string is none.
pub mod option {
    use super::*;

    /// Writes a string or null.
    pub fn serialize<S: Serializer>(id: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => to.collect_str(id),
            None => to.serialize_none(),
        }
    }

    /// Reads a string, a number, null or an empty string.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
        match Option::<Either>::deserialize(from)? {
            None => Ok(None),
            Some(Either::Text(text)) if text.is_empty() => Ok(None),
            Some(value) => parse(value).map(Some),
        }
    }
}

/// `#[serde(with = "ids::list", default)]` for a `Vec<i64>`.
pub mod list {
    use super::*;

    /// Writes strings.
    pub fn serialize<S: Serializer>(ids: &[i64], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ids.iter().map(ToString::to_string))
    }

    /// Reads strings or numbers.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<i64>, D::Error> {
        Vec::<Either>::deserialize(from)?.into_iter().map(parse).collect()
    }
}

/// `#[serde(with = "ids::number", default)]` for a whole number that a form may send as text; an empty text is none.
pub mod number {
    use super::*;

    /// Writes a number or null.
    pub fn serialize<S: Serializer>(number: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => to.serialize_i64(*number),
            None => to.serialize_none(),
        }
    }

    pub use super::option::deserialize;
}

/// `#[serde(with = "ids::yes_no")]` for a `bool` that a form may send as `yes` or `no`.
pub mod yes_no {
    use super::*;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Bool(bool),
        Text(String),
    }

    /// Writes a boolean.
    pub fn serialize<S: Serializer>(value: &bool, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bool(*value)
    }

    /// Reads a boolean, `yes`, `no`, `true` or `false`.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        match Said::deserialize(from)? {
            Said::Bool(value) => Ok(value),
            Said::Text(text) => match text.as_str() {
                "yes" | "true" => Ok(true),
                "no" | "false" | "" => Ok(false),
                _ => Err(D::Error::custom("`yes` or `no` is expected")),
            },
        }
    }
}
