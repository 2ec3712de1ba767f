//! The tree of units, held in memory while one question is answered.

use diesel::prelude::*;
use rules::words::UnitKind;
use std::collections::{BTreeMap, BTreeSet};
use store::{Conn, StoreError, schema::units};

/// What the tree needs of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The unit above.
    pub parent: Option<i64>,
    /// Its kind.
    pub kind: UnitKind,
    /// Whether it still works.
    pub active: bool,
    /// Its area (the town of a town unit).
    pub area: Option<i64>,
}

/// All units by id.
#[derive(Clone, Debug, Default)]
pub struct UnitTree {
    nodes: BTreeMap<i64, Node>,
}

impl UnitTree {
    /// Makes a tree of parts (tests, imports).
    pub fn new(nodes: impl IntoIterator<Item = (i64, Node)>) -> UnitTree {
        UnitTree { nodes: nodes.into_iter().collect() }
    }

    /// Reads the tree.
    pub fn load(conn: &mut Conn) -> Result<UnitTree, StoreError> {
        type Row = (i64, Option<i64>, String, bool, Option<i64>);
        let rows: Vec<Row> = units::table
            .select((units::id, units::parent_id, units::kind, units::active, units::area_id))
            .load(conn)?;
        let mut nodes = BTreeMap::new();
        for (id, parent, kind, active, area) in rows {
            let kind = UnitKind::parse(&kind)
                .map_err(|error| StoreError::Corrupt { what: "unit kind", detail: error.to_string() })?;
            nodes.insert(id, Node { parent, kind, active, area });
        }
        Ok(UnitTree { nodes })
    }

    /// One unit.
    pub fn get(&self, unit: i64) -> Option<&Node> {
        self.nodes.get(&unit)
    }

    /// Every unit.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Node)> {
        self.nodes.iter().map(|(id, node)| (*id, node))
    }

    /// The unit and every unit it stands under. The centre heads the tree but is nobody's superior: the walk
    /// does not climb from another kind of unit into it.
    pub fn lineage(&self, unit: i64) -> BTreeSet<i64> {
        let mut seen = BTreeSet::new();
        let mut next = Some(unit);
        while let Some(id) = next {
            if !seen.insert(id) {
                break;
            }
            next = self.superior(id);
        }
        seen
    }

    /// The unit and every unit under it (see [`UnitTree::lineage`] for the centre).
    pub fn family(&self, unit: i64) -> BTreeSet<i64> {
        self.nodes.keys().copied().filter(|id| self.lineage(*id).contains(&unit)).chain([unit]).collect()
    }

    /// The unit above, unless that is the centre and this one is not.
    pub fn superior(&self, unit: i64) -> Option<i64> {
        let node = self.nodes.get(&unit)?;
        let parent = node.parent?;
        let above = self.nodes.get(&parent)?;
        if above.kind == UnitKind::Centre && node.kind != UnitKind::Centre { None } else { Some(parent) }
    }
}
