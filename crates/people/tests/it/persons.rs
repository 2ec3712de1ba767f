//! Persons: sealed at rest, masked in lists, found by their full number only, erasable.

use people::{
    PeopleError,
    persons::{self, Document, Draft, Person, Phone},
};
use store::{Store, schema, testkit::on_both};

fn wang() -> Person {
    Person {
        name: Some("王小明".to_owned()),
        phone: Some(Phone::parse("138 1234 5678").unwrap()),
        document: Some(Document::parse("11010519491231002X").unwrap()),
        address: Some("清水县永清镇西关村12号".to_owned()),
        email: None,
        note: Some("  ".to_owned()),
    }
}

async fn stored(store: &Store, person: &Person) -> i64 {
    let draft = Draft::seal(store, person).unwrap();
    let now = store.clock().now();
    store.write(move |tx| persons::insert(tx, &draft, now)).await.unwrap()
}

async fn raw(store: &Store, id: i64) -> (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>, Option<String>) {
    use diesel::prelude::*;
    use schema::persons::dsl;
    store
        .read(move |conn| {
            let row = dsl::persons
                .find(id)
                .select((dsl::sealed, dsl::phone_hash, dsl::document_hash, dsl::phone_last4))
                .first(conn)?;
            Ok::<_, PeopleError>(row)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn details_are_sealed_masked_and_revealed() {
    on_both(|store| async move {
        let id = stored(&store, &wang()).await;
        let other = stored(&store, &Person { name: Some("李四".to_owned()), ..Person::default() }).await;
        let (sealed, phone_hash, document_hash, last4) = raw(&store, id).await;
        for clear in ["王小明", "13812345678", "11010519491231002X", "永清镇"] {
            assert!(!sealed.windows(clear.len()).any(|window| window == clear.as_bytes()));
        }
        assert_ne!(phone_hash.unwrap(), document_hash.unwrap());
        assert_eq!(last4.as_deref(), Some("5678"));
        let vault_of = store.clone();
        let (masked, clear) = store
            .read(move |conn| {
                let vault = vault_of.vault();
                let masked = persons::masked(conn, vault, &[id, other, 99])?;
                Ok::<_, PeopleError>((masked, persons::reveal(conn, vault, id)?))
            })
            .await
            .unwrap();
        assert_eq!(clear, Person { note: None, ..wang() });
        assert_eq!(masked.len(), 2);
        assert_eq!(masked[&id].name.as_deref(), Some("王**"));
        assert_eq!(masked[&id].phone.as_deref(), Some("138****5678"));
        assert_eq!(masked[&id].address.as_deref(), Some("清水县永清镇西关村***"));
        assert_eq!(masked[&other].phone, None);
    })
    .await;
}

#[tokio::test]
async fn a_person_is_found_by_the_full_number_only() {
    on_both(|store| async move {
        let id = stored(&store, &wang()).await;
        let second = stored(&store, &Person { phone: wang().phone, ..Person::default() }).await;
        let vault_of = store.clone();
        store
            .read(move |conn| {
                let vault = vault_of.vault();
                let phone = Phone::parse("+8613812345678").unwrap();
                assert_eq!(persons::with_phone(conn, vault, &phone)?, [id, second]);
                let near = Phone::parse("13812345679").unwrap();
                assert!(persons::with_phone(conn, vault, &near)?.is_empty());
                let document = Document::parse("11010519491231002x").unwrap();
                assert_eq!(persons::with_document(conn, vault, &document)?, [id]);
                Ok::<_, PeopleError>(())
            })
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_erased_person_cannot_be_opened_found_or_rewritten() {
    on_both(|store| async move {
        let id = stored(&store, &wang()).await;
        let now = store.clock().now();
        store.write(move |tx| persons::erase(tx, id, now)).await.unwrap();
        store.write(move |tx| persons::erase(tx, id, now)).await.unwrap();
        assert_eq!(raw(&store, id).await, (Vec::new(), None, None, None));
        let vault_of = store.clone();
        store
            .read(move |conn| {
                let vault = vault_of.vault();
                assert_eq!(persons::reveal(conn, vault, id).unwrap_err().code(), "person.erased");
                let masked = persons::masked(conn, vault, &[id])?;
                assert!(masked[&id].erased && masked[&id].name.is_none());
                assert!(persons::with_phone(conn, vault, &wang().phone.unwrap())?.is_empty());
                Ok::<_, PeopleError>(())
            })
            .await
            .unwrap();
        let draft = Draft::seal(&store, &wang()).unwrap();
        let refused = store.write(move |tx| persons::replace(tx, id, &draft, now)).await;
        assert_eq!(refused.unwrap_err().code(), "person.erased");
    })
    .await;
}

#[tokio::test]
async fn a_correction_destroys_what_stood_before() {
    on_both(|store| async move {
        let id = stored(&store, &wang()).await;
        let before = raw(&store, id).await;
        let right = Person { phone: Some(Phone::parse("13900001111").unwrap()), ..wang() };
        let draft = Draft::seal(&store, &right).unwrap();
        let now = store.clock().now();
        store.write(move |tx| persons::replace(tx, id, &draft, now)).await.unwrap();
        assert_ne!(raw(&store, id).await.0, before.0);
        let vault_of = store.clone();
        store
            .read(move |conn| {
                use diesel::prelude::*;
                let vault = vault_of.vault();
                assert_eq!(persons::reveal(conn, vault, id)?.phone.unwrap().last4(), "1111");
                assert!(persons::with_phone(conn, vault, &wang().phone.unwrap())?.is_empty());
                let keys: i64 = schema::data_keys::table
                    .filter(schema::data_keys::subject.eq(id))
                    .count()
                    .get_result(conn)?;
                assert_eq!(keys, 1);
                Ok::<_, PeopleError>(())
            })
            .await
            .unwrap();
    })
    .await;
}
