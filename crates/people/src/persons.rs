//! The people a matter is about: details sealed per person, masked by default, erasable.

use crate::PeopleError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{
    Conn, Store, Timestamp, Tx,
    vault::{DataKey, Vault},
};

/// A phone number: digits only, 5 to 15, a leading `+86` or `0086` taken off.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct Phone(String);

/// An identity document's number: 18-digit identity numbers are checked, others kept as letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String)]
pub struct Document(String);

/// A person's details in clear. Everything is optional: a form asks for what the case needs and no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<Phone>,
    /// Identity document number.
    pub document: Option<Document>,
    /// Address.
    pub address: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// How the person wants to be addressed or reached.
    pub note: Option<String>,
}

/// A person's details as lists show them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MaskedPerson {
    /// `王**`.
    pub name: Option<String>,
    /// `138****5678`.
    pub phone: Option<String>,
    /// `620***********1234`.
    pub document: Option<String>,
    /// The address up to the town or village, the rest as `***`.
    pub address: Option<String>,
    /// `w***@example.org`.
    pub email: Option<String>,
    /// Whether the details were erased.
    pub erased: bool,
}

/// A person sealed and ready to be stored; made before the transaction.
#[derive(Clone)]
pub struct Draft {
    key: DataKey,
    sealed: Vec<u8>,
    phone_hash: Option<Vec<u8>>,
    document_hash: Option<Vec<u8>>,
    phone_last4: Option<String>,
}

impl Phone {
    /// Reads a number as typed.
    pub fn parse(text: &str) -> Result<Phone, PeopleError> {
        let _ = text;
        todo!()
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `138****5678`.
    pub fn masked(&self) -> String {
        todo!()
    }

    /// The last four digits.
    pub fn last4(&self) -> &str {
        todo!()
    }
}

impl Document {
    /// Reads a number as typed; an 18-digit identity number must have a right check digit (GB 11643-1999).
    pub fn parse(text: &str) -> Result<Document, PeopleError> {
        let _ = text;
        todo!()
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first three and last four characters.
    pub fn masked(&self) -> String {
        todo!()
    }
}

impl Draft {
    /// Seals the details under a new key of that person.
    pub fn seal(store: &Store, person: &Person) -> Result<Draft, PeopleError> {
        let _ = (store, person);
        todo!()
    }
}

/// Stores a new person and returns its id.
pub fn insert(tx: &mut Tx<'_>, draft: &Draft, now: Timestamp) -> Result<i64, PeopleError> {
    let _ = (tx, draft, now);
    todo!()
}

/// Replaces a person's details (a correction); the old key is destroyed.
pub fn replace(tx: &mut Tx<'_>, id: i64, draft: &Draft, now: Timestamp) -> Result<(), PeopleError> {
    let _ = (tx, id, draft, now);
    todo!()
}

/// Erases a person: key, sealed details, hashes and last digits.
pub fn erase(tx: &mut Tx<'_>, id: i64, now: Timestamp) -> Result<(), PeopleError> {
    let _ = (tx, id, now);
    todo!()
}

/// The details as lists show them, by id.
pub fn masked(
    conn: &mut Conn,
    vault: &Vault,
    ids: &[i64],
) -> Result<BTreeMap<i64, MaskedPerson>, PeopleError> {
    let _ = (conn, vault, ids);
    todo!()
}

/// The details in clear. The caller writes the access down with its purpose.
pub fn reveal(conn: &mut Conn, vault: &Vault, id: i64) -> Result<Person, PeopleError> {
    let _ = (conn, vault, id);
    todo!()
}

/// The persons with exactly this phone number. The caller states and logs the purpose.
pub fn with_phone(conn: &mut Conn, vault: &Vault, phone: &Phone) -> Result<Vec<i64>, PeopleError> {
    let _ = (conn, vault, phone);
    todo!()
}

/// The persons with exactly this document number. The caller states and logs the purpose.
pub fn with_document(conn: &mut Conn, vault: &Vault, document: &Document) -> Result<Vec<i64>, PeopleError> {
    let _ = (conn, vault, document);
    todo!()
}

impl TryFrom<String> for Phone {
    type Error = String;
    fn try_from(text: String) -> Result<Phone, String> {
        Phone::parse(&text).map_err(|error| error.code().to_owned())
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> String {
        phone.0
    }
}

impl TryFrom<String> for Document {
    type Error = String;
    fn try_from(text: String) -> Result<Document, String> {
        Document::parse(&text).map_err(|error| error.code().to_owned())
    }
}

impl From<Document> for String {
    fn from(document: Document) -> String {
        document.0
    }
}
