//! The tree from stored units, and stored units from the tree.

use std::collections::{BTreeMap, BTreeSet};

use plenary_model::unit::{UnitCode, UnitRecord};

use super::{Change, Refused, Tree, UnitIndex};

impl Tree {
    /// The tree that these units form, in whatever order they come.
    ///
    /// # Errors
    /// [`Refused`] when they form none: a code twice, a unit under one that is not there or under
    /// itself, or more than a tree may have.
    pub fn from_records(records: Vec<UnitRecord>) -> Result<Self, Refused> {
        let mut under: BTreeMap<Option<UnitCode>, Vec<UnitRecord>> = BTreeMap::new();
        for record in records {
            under.entry(record.parent.clone()).or_default().push(record);
        }
        let mut tree = Self::default();
        let mut parents = vec![None];
        while let Some(parent) = parents.pop() {
            for record in under.remove(&parent).unwrap_or_default() {
                parents.push(Some(record.code.clone()));
                tree.add(record)?;
            }
        }
        let unreached: Vec<UnitRecord> = under.into_values().flatten().collect();
        unreached_because(&unreached).map_or(Ok(tree), Err)
    }

    /// A unit as it is stored.
    pub fn record(&self, index: UnitIndex) -> UnitRecord {
        let unit = self.unit(index);
        UnitRecord {
            code: unit.code.clone(),
            name: unit.name.clone(),
            kind: unit.kind.clone(),
            order: unit.order,
            parent: unit.parent.map(|parent| self.unit(parent).code.clone()),
            state: unit.state,
        }
    }

    /// The units that are new or other than in the tree `before`, each behind the one that it stands
    /// under.
    pub fn records_since(&self, before: &Self) -> Vec<UnitRecord> {
        let records = self.all().map(|index| self.record(index));
        let was = |record: &UnitRecord| before.find(&record.code).map(|index| before.record(index));
        records.filter(|record| was(record).as_ref() != Some(record)).collect()
    }

    fn add(&mut self, record: UnitRecord) -> Result<(), Refused> {
        let UnitRecord { code, name, kind, order, parent, state } = record;
        let created = Change::Created { code: code.clone(), name, kind, order, parent };
        self.check(&created)?;
        self.apply(&created);
        if let Some(index) = self.find(&code) {
            self.units[index.get()].state = state;
        }
        Ok(())
    }
}

/// Why no way leads from the top to these units; nothing when there are none.
fn unreached_because(units: &[UnitRecord]) -> Option<Refused> {
    let codes: BTreeSet<&UnitCode> = units.iter().map(|unit| &unit.code).collect();
    let mut parents = units.iter().filter_map(|unit| unit.parent.as_ref().map(|up| (unit, up)));
    let circle = parents.clone().next();
    match parents.find(|(_, parent)| !codes.contains(parent)) {
        Some((_, parent)) => Some(Refused::Unknown(parent.clone())),
        None => circle.map(|(unit, parent)| Refused::UnderItself {
            unit: unit.code.clone(),
            parent: parent.clone(),
        }),
    }
}
