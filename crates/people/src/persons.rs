//! The people a matter is about: details sealed per person, masked by default, erasable.

mod mask;

use crate::{PeopleError, model::checked_text};
use diesel::prelude::*;
use mask::{half_width, has_right_check_digit, mask, mask_address, mask_email, mask_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{
    Conn, Run, Store, StoreError, Timestamp, Tx, ms,
    schema::persons,
    vault::{DataKey, Vault},
};

/// What the sealed details are bound to.
const CONTEXT: &str = "persons.sealed";
/// The kind of subject that a person's key belongs to.
const SUBJECT: &str = "person";
/// The purposes of the keyed hashes: a phone's hash never equals a document's.
const PHONE: &str = "phone";
const DOCUMENT: &str = "document";

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
        let invalid = PeopleError::field("phone", "phone.invalid");
        let mut digits = String::new();
        for c in text.trim().chars() {
            match half_width(c) {
                digit if digit.is_ascii_digit() => digits.push(digit),
                '+' if digits.is_empty() => {}
                ' ' | '-' | '(' | ')' => {}
                _ => return Err(invalid),
            }
        }
        let plain =
            digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86").filter(|n| n.len() == 11));
        let number = plain.map(str::to_owned).unwrap_or(digits);
        if (5..=15).contains(&number.len()) { Ok(Phone(number)) } else { Err(invalid) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `138****5678`; of a short number only the last two digits.
    pub fn masked(&self) -> String {
        let shown = if self.0.len() >= 11 { (3, 4) } else { (0, 2) };
        mask(&self.0, shown.0, shown.1)
    }

    /// The last four digits: they filter a list one may see anyway.
    pub fn last4(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

impl Document {
    /// Reads a number as typed; an 18-digit identity number must have a right check digit (GB 11643-1999).
    pub fn parse(text: &str) -> Result<Document, PeopleError> {
        let mut number = String::new();
        for c in text.trim().chars() {
            match half_width(c).to_ascii_uppercase() {
                c if c.is_ascii_alphanumeric() => number.push(c),
                ' ' | '-' | '(' | ')' => {}
                _ => return Err(PeopleError::field("document", "document.invalid")),
            }
        }
        let identity = number.len() == 18 && number[..17].bytes().all(|byte| byte.is_ascii_digit());
        if identity && !has_right_check_digit(&number) {
            return Err(PeopleError::field("document", "document.check_digit"));
        }
        if (5..=20).contains(&number.len()) {
            Ok(Document(number))
        } else {
            Err(PeopleError::field("document", "document.invalid"))
        }
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first three and last four characters of an identity number; of a shorter one the last two.
    pub fn masked(&self) -> String {
        let shown = if self.0.len() >= 15 { (3, 4) } else { (0, 2) };
        mask(&self.0, shown.0, shown.1)
    }
}

impl Person {
    /// Whether nothing is known at all: then there is nothing to store.
    pub fn is_empty(&self) -> bool {
        *self == Person::default()
    }

    /// As lists show it.
    pub fn masked(&self) -> MaskedPerson {
        MaskedPerson {
            name: self.name.as_deref().map(mask_name),
            phone: self.phone.as_ref().map(Phone::masked),
            document: self.document.as_ref().map(Document::masked),
            address: self.address.as_deref().map(mask_address),
            email: self.email.as_deref().map(mask_email),
            erased: false,
        }
    }

    fn checked(&self) -> Result<Person, PeopleError> {
        let text = |field, value: &Option<String>, longest| match value {
            Some(value) => checked_text(field, value, longest).map(|t| Some(t).filter(|t| !t.is_empty())),
            None => Ok(None),
        };
        Ok(Person {
            name: text("name", &self.name, 60)?,
            phone: self.phone.clone(),
            document: self.document.clone(),
            address: text("address", &self.address, 200)?,
            email: text("email", &self.email, 100)?,
            note: text("note", &self.note, 200)?,
        })
    }
}

impl Draft {
    /// Seals the details under a new key of that person.
    pub fn seal(store: &Store, person: &Person) -> Result<Draft, PeopleError> {
        let person = person.checked()?;
        let vault = store.vault();
        let key = vault.new_key()?;
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt { what: "person", detail: error.to_string() };
        let text = serde_json::to_vec(&person).map_err(corrupt)?;
        Ok(Draft {
            sealed: vault.seal(&key, CONTEXT, &text),
            phone_hash: person.phone.as_ref().map(|phone| vault.lookup_hash(PHONE, phone.as_str())),
            document_hash: person
                .document
                .as_ref()
                .map(|number| vault.lookup_hash(DOCUMENT, number.as_str())),
            phone_last4: person.phone.as_ref().map(|phone| phone.last4().to_owned()),
            key,
        })
    }
}

/// A person as stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = persons)]
struct PersonRow {
    id: i64,
    key_id: i64,
    sealed: Vec<u8>,
    erased_at: Option<i64>,
}

/// Stores a new person and returns its id.
pub fn insert(tx: &mut Tx<'_>, draft: &Draft, now: Timestamp) -> Result<i64, PeopleError> {
    let id = tx.id()?;
    tx.keep_key(&draft.key, SUBJECT, id, now)?;
    diesel::insert_into(persons::table)
        .values((
            persons::id.eq(id),
            persons::key_id.eq(draft.key.id),
            persons::sealed.eq(draft.sealed.clone()),
            persons::phone_hash.eq(draft.phone_hash.clone()),
            persons::document_hash.eq(draft.document_hash.clone()),
            persons::phone_last4.eq(draft.phone_last4.clone()),
            persons::created_at.eq(ms(now)),
            persons::erased_at.eq(None::<i64>),
        ))
        .run(tx.conn())?;
    Ok(id)
}

/// Replaces a person's details (a correction); the old key is destroyed. Who was erased stays erased.
pub fn replace(tx: &mut Tx<'_>, id: i64, draft: &Draft, now: Timestamp) -> Result<(), PeopleError> {
    let row = find(tx.conn(), id)?;
    if row.erased_at.is_some() {
        return Err(PeopleError::Refused("person.erased"));
    }
    tx.erase_subject(SUBJECT, id)?;
    tx.keep_key(&draft.key, SUBJECT, id, now)?;
    store::update(persons::table.find(id))
        .set((
            persons::key_id.eq(draft.key.id),
            persons::sealed.eq(draft.sealed.clone()),
            persons::phone_hash.eq(draft.phone_hash.clone()),
            persons::document_hash.eq(draft.document_hash.clone()),
            persons::phone_last4.eq(draft.phone_last4.clone()),
        ))
        .run(tx.conn())?;
    Ok(())
}

/// Erases a person: key, sealed details, hashes and last digits. The row stays, so that cases keep their reporter.
pub fn erase(tx: &mut Tx<'_>, id: i64, now: Timestamp) -> Result<(), PeopleError> {
    if find(tx.conn(), id)?.erased_at.is_some() {
        return Ok(());
    }
    tx.erase_subject(SUBJECT, id)?;
    store::update(persons::table.find(id))
        .set((
            persons::sealed.eq(Vec::<u8>::new()),
            persons::phone_hash.eq(None::<Vec<u8>>),
            persons::document_hash.eq(None::<Vec<u8>>),
            persons::phone_last4.eq(None::<String>),
            persons::erased_at.eq(Some(ms(now))),
        ))
        .run(tx.conn())?;
    Ok(())
}

/// The details as lists show them, by id.
pub fn masked(
    conn: &mut Conn,
    vault: &Vault,
    ids: &[i64],
) -> Result<BTreeMap<i64, MaskedPerson>, PeopleError> {
    let rows: Vec<PersonRow> =
        persons::table.filter(persons::id.eq_any(ids.to_vec())).select(PersonRow::as_select()).load(conn)?;
    let key_ids: Vec<i64> = rows.iter().filter(|row| row.erased_at.is_none()).map(|row| row.key_id).collect();
    let keys = vault.keys(conn, &key_ids)?;
    let mut people = BTreeMap::new();
    for row in rows {
        let person = match keys.get(&row.key_id) {
            Some(key) if row.erased_at.is_none() => open(vault, key, &row.sealed)?.masked(),
            _ => MaskedPerson { erased: true, ..MaskedPerson::default() },
        };
        people.insert(row.id, person);
    }
    Ok(people)
}

/// The details in clear. The caller writes the access down with its purpose.
pub fn reveal(conn: &mut Conn, vault: &Vault, id: i64) -> Result<Person, PeopleError> {
    let row = find(conn, id)?;
    if row.erased_at.is_some() {
        return Err(PeopleError::Refused("person.erased"));
    }
    let key = vault.key(conn, row.key_id)?;
    open(vault, &key, &row.sealed)
}

/// The persons with exactly this phone number. The caller states and logs the purpose.
pub fn with_phone(conn: &mut Conn, vault: &Vault, phone: &Phone) -> Result<Vec<i64>, PeopleError> {
    let hash = vault.lookup_hash(PHONE, phone.as_str());
    Ok(persons::table
        .filter(persons::phone_hash.eq(hash))
        .order(persons::id)
        .select(persons::id)
        .load(conn)?)
}

/// The persons with exactly this document number. The caller states and logs the purpose.
pub fn with_document(conn: &mut Conn, vault: &Vault, document: &Document) -> Result<Vec<i64>, PeopleError> {
    let hash = vault.lookup_hash(DOCUMENT, document.as_str());
    Ok(persons::table
        .filter(persons::document_hash.eq(hash))
        .order(persons::id)
        .select(persons::id)
        .load(conn)?)
}

fn find(conn: &mut Conn, id: i64) -> Result<PersonRow, PeopleError> {
    persons::table
        .find(id)
        .select(PersonRow::as_select())
        .first(conn)
        .optional()?
        .ok_or(PeopleError::Refused("person.not_found"))
}

fn open(vault: &Vault, key: &DataKey, sealed: &[u8]) -> Result<Person, PeopleError> {
    let text = vault.open(key, CONTEXT, sealed)?;
    let corrupt =
        |error: serde_json::Error| StoreError::Corrupt { what: "person", detail: error.to_string() };
    Ok(serde_json::from_slice(&text).map_err(corrupt)?)
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
