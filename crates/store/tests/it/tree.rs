//! The Merkle tree: proofs by the store, checked without it.

use crate::common::history;
use proptest::prelude::*;
use std::convert::Infallible;
use store::{
    StoreError, events,
    testkit::on_both,
    tree::{
        self, TreeHead,
        merkle::{self, Growing, Hash, Nodes},
    },
};

/// A tree in memory whose leaves are numbers.
struct Plain;

impl Nodes for Plain {
    type Error = Infallible;

    fn node(&mut self, height: u32, index: u64) -> Result<Hash, Infallible> {
        Ok(match height {
            0 => merkle::leaf(&index.to_be_bytes()),
            _ => merkle::node(&self.node(height - 1, 2 * index)?, &self.node(height - 1, 2 * index + 1)?),
        })
    }
}

/// The root as section 2.1.1 of RFC 9162 defines it, word for word.
fn root_by_definition(leaves: &[u64]) -> Hash {
    match leaves {
        [] => merkle::empty_root(),
        [one] => merkle::leaf(&one.to_be_bytes()),
        _ => {
            let mut k = 1;
            while k * 2 < leaves.len() {
                k *= 2;
            }
            merkle::node(&root_by_definition(&leaves[..k]), &root_by_definition(&leaves[k..]))
        }
    }
}

fn root(size: u64) -> Hash {
    root_by_definition(&(0..size).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn roots_and_proofs_hold_for_every_size(size in 1_u64..700, at in 0.0..1.0_f64, flip in 0_usize..4096) {
        let whole = root(size);
        prop_assert_eq!(merkle::root(&mut Plain, size).unwrap(), whole);
        let mut growing = Growing::default();
        (0..size).for_each(|leaf| growing.push(merkle::leaf(&leaf.to_be_bytes())));
        prop_assert_eq!(growing.root(), whole);

        let index = (at * size as f64) as u64;
        let leaf = merkle::leaf(&index.to_be_bytes());
        let mut path = merkle::inclusion(&mut Plain, index, size).unwrap();
        prop_assert!(merkle::check_inclusion(&leaf, index, size, &path, &whole));
        prop_assert!(!merkle::check_inclusion(&merkle::leaf(b"other"), index, size, &path, &whole));
        prop_assert!(!merkle::check_inclusion(&leaf, index, size, &path, &root(size + 1)));
        if size > 1 {
            prop_assert!(!merkle::check_inclusion(&leaf, (index + 1) % size, size, &path, &whole));
            let steps = path.len();
            path[flip % steps][flip % 32] ^= 1;
            prop_assert!(!merkle::check_inclusion(&leaf, index, size, &path, &whole));
        }

        let old = index + 1;
        let mut path = merkle::consistency(&mut Plain, old, size).unwrap();
        prop_assert!(merkle::check_consistency(old, &root(old), size, &whole, &path));
        if old < size {
            prop_assert!(!merkle::check_consistency(old, &root(old + 1), size, &whole, &path));
            prop_assert!(!merkle::check_consistency(old, &root(old), size, &root(size + 1), &path));
            let steps = path.len();
            path[flip % steps][flip % 32] ^= 1;
            prop_assert!(!merkle::check_consistency(old, &root(old), size, &whole, &path));
        }
    }
}

#[tokio::test]
async fn the_store_proves_over_several_tiles() {
    on_both(|store| async move {
        let mut heads = vec![];
        for more in [1, 2, 253, 1, 300] {
            history(&store, 1, more).await;
            heads.push(store.sign_head().await.unwrap().unwrap());
        }
        assert_eq!(heads.iter().map(|head| head.size).collect::<Vec<_>>(), [1, 3, 256, 257, 557]);
        assert_eq!(store.sign_head().await.unwrap().as_ref(), heads.last());
        let last = heads[4].clone();
        store
            .read::<_, StoreError, _>(move |conn| {
                assert_eq!(tree::heads(conn)?, heads);
                for old in &heads {
                    let path = tree::prove_consistency(conn, old.size, last.size)?;
                    let (from, to) = (old.size as u64, last.size as u64);
                    assert!(merkle::check_consistency(from, &old.root, to, &last.root, &path));
                }
                for event in events::after(conn, 0, 1000)? {
                    let position = event.position.unwrap();
                    let path = tree::prove_inclusion(conn, position, last.size)?;
                    let (leaf, index) = (merkle::leaf(&event.hash), position as u64 - 1);
                    assert!(merkle::check_inclusion(&leaf, index, last.size as u64, &path, &last.root));
                }
                assert!(tree::prove_inclusion(conn, 0, 3).is_err());
                assert!(tree::prove_inclusion(conn, 558, 557).is_err());
                assert!(tree::prove_consistency(conn, 3, 558).is_err());
                Ok(())
            })
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_head_goes_out_and_comes_back_as_json() {
    on_both(|store| async move {
        assert_eq!(store.sign_head().await.unwrap(), None);
        history(&store, 1, 3).await;
        let head = store.sign_head().await.unwrap().unwrap();
        let text = serde_json::to_string(&head).unwrap();
        let back: TreeHead = serde_json::from_str(&text).unwrap();
        assert_eq!(back, head);
        assert!(back.is_signed());
        let other: TreeHead = serde_json::from_str(&text.replace("\"size\":3", "\"size\":4")).unwrap();
        assert!(!other.is_signed());
        assert!(serde_json::from_str::<TreeHead>(&text.replace("head-1", "head-9")).is_err());
    })
    .await;
}
