//! The organisation as everybody reads it: the tree with the number of members of each unit, as it was
//! after some change.

use plenary_model::limits::FOUND_MAX;
use plenary_model::unit::{UnitCode, UnitRecord};
use plenary_organisation::{Refused, Tree, UnitIndex};

/// One state of the organisation; it never changes.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    revision: u64,
    tree: Tree,
    own: Vec<u32>,
    below: Vec<u32>,
    units_below: Vec<u32>,
}

impl Directory {
    /// The organisation as it is stored.
    ///
    /// # Errors
    /// [`Refused`] when the units are no tree.
    pub fn new(
        revision: u64,
        units: Vec<UnitRecord>,
        members: &[(UnitCode, u32)],
    ) -> Result<Self, Refused> {
        let tree = Tree::from_records(units)?;
        Ok(Self { revision, tree, ..Self::default() }.with_members(members))
    }

    fn with_members(mut self, members: &[(UnitCode, u32)]) -> Self {
        self.own = vec![0; self.tree.len()];
        self.below = vec![0; self.tree.len()];
        self.units_below = vec![0; self.tree.len()];
        for unit in self.tree.all() {
            for above in self.tree.upwards(unit).skip(1) {
                self.units_below[above.get()] += 1;
            }
        }
        for (code, count) in members {
            let Some(unit) = self.tree.find(code) else { continue };
            self.own[unit.get()] += count;
            for above in self.tree.upwards(unit) {
                self.below[above.get()] += count;
            }
        }
        self
    }

    /// How often the organisation had changed before.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The units.
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// How many members a unit has of its own.
    pub fn members(&self, unit: UnitIndex) -> u32 {
        self.own[unit.get()]
    }

    /// How many members a unit has, with everything below it.
    pub fn members_within(&self, unit: UnitIndex) -> u32 {
        self.below[unit.get()]
    }

    /// How many units stand anywhere below one.
    pub fn units_within(&self, unit: UnitIndex) -> u32 {
        self.units_below[unit.get()]
    }

    /// Units whose name or code holds a text, capital or small, in the order of the tree; and whether
    /// there are more.
    pub fn find(&self, text: &str) -> (Vec<UnitIndex>, bool) {
        let wanted = text.trim().to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&wanted);
        let mut found: Vec<UnitIndex> = self
            .tree
            .all()
            .filter(|index| {
                let unit = self.tree.unit(*index);
                holds(&unit.name) || holds(unit.code.as_str())
            })
            .take(FOUND_MAX + 1)
            .collect();
        let more = FOUND_MAX < found.len();
        found.truncate(FOUND_MAX);
        (found, more)
    }
}
