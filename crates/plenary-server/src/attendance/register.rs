//! Who may come to one event and who is there: the core of attendance under the organisation's codes.

use std::collections::BTreeMap;
use std::sync::Arc;

use plenary_audience::attendance::{
    Attendance, Counts, Course, Fact, MemberIndex, Moment, Rules, Status, UnitNumber,
};
use plenary_model::admission::Admission;
use plenary_model::id::LinkId;
use plenary_model::member::{Person, Standing};
use plenary_model::unit::{PersonCode, UnitCode};
use plenary_organisation::UnitIndex;
use plenary_organisation::admission::{Doors, TurnedAway};
use plenary_store::{Excuse, PresenceRow};

use crate::organisation::Directory;

/// Whoever is silent for so long is gone: two beats that are lost, and a slow network.
const SILENT_MS: u64 = 75_000;
/// Late is whoever comes after this.
const LATE_MS: u64 = 5 * 60_000;
/// Too early goes whoever leaves this long before the end.
const EARLY_MS: u64 = 5 * 60_000;

/// Why somebody does not get in now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not for them.
    #[error(transparent)]
    TurnedAway(#[from] TurnedAway),
    /// Their unit's places are taken.
    #[error("all {places} places of {unit} are taken")]
    Full {
        /// Its name.
        unit: String,
        /// How many there are.
        places: u32,
    },
}

/// One event's members.
pub struct Register {
    directory: Arc<Directory>,
    admission: Admission,
    attendance: Attendance,
    numbers: BTreeMap<PersonCode, MemberIndex>,
    /// Of each member, by number.
    members: Vec<(PersonCode, UnitIndex)>,
    /// By the unit's place in the tree: many pages ask for the members of one unit, each second.
    own: Vec<Vec<MemberIndex>>,
    issues: Arc<BTreeMap<PersonCode, u32>>,
    /// Places of units that are taken; whoever is invited by name takes none.
    taken: BTreeMap<UnitIndex, u32>,
    /// How many were counted in each hall who have no name.
    halls: BTreeMap<LinkId, u32>,
}

/// What a register is made from.
pub struct Kept {
    /// Everybody of the organisation.
    pub people: Vec<Person>,
    /// How often links were revoked.
    pub issues: Vec<(PersonCode, u32)>,
    /// When people were there before.
    pub presence: Vec<PresenceRow>,
    /// Who was excused.
    pub excuses: Vec<Excuse>,
    /// Who watched the replay.
    pub replays: Vec<PersonCode>,
    /// How many were counted in each hall who have no name.
    pub halls: Vec<Unnamed>,
}

/// How many were counted in a hall who have no name.
#[derive(Debug, Clone)]
pub struct Unnamed {
    /// The hall.
    pub hall: LinkId,
    /// Whose it is.
    pub unit: UnitCode,
    /// How many.
    pub heads: u32,
}

impl Register {
    /// The register of an event.
    pub fn new(directory: Arc<Directory>, admission: Admission, kept: Kept) -> Self {
        let tree = directory.tree();
        let units = tree.len();
        let mut parents = vec![None; units];
        for unit in tree.all() {
            parents[unit.get()] = tree.parent(unit).map(number);
        }
        let rules = Rules { silent_ms: SILENT_MS, late_ms: LATE_MS, early_ms: EARLY_MS };
        let attendance = Attendance::new(rules, parents);
        let issues = Arc::new(kept.issues.into_iter().collect());
        let mut register = Self {
            directory,
            admission,
            attendance,
            numbers: BTreeMap::new(),
            members: Vec::new(),
            own: vec![Vec::new(); units],
            issues,
            taken: BTreeMap::new(),
            halls: BTreeMap::new(),
        };
        for person in &kept.people {
            match person.standing {
                Standing::Member => drop(register.enter(person)),
                Standing::Left => {}
            }
        }
        register.remember(&kept.presence);
        for excuse in kept.excuses {
            register.excuse(&excuse.person, excuse.excused);
        }
        for unnamed in kept.halls {
            register.count_heads(&unnamed);
        }
        for person in kept.replays {
            if let Some(member) = register.number(&person) {
                register.attendance.apply(Fact::WatchedReplay { member });
            }
        }
        register
    }

    /// Takes up when people were there before, in the order in which it happened: who was silent since
    /// goes in that order too.
    fn remember(&mut self, presence: &[PresenceRow]) {
        let mut facts = Vec::with_capacity(2 * presence.len());
        for row in presence {
            let Some(member) = self.number(&row.person) else { continue };
            let (at, until) = (Moment(row.from_ms), Moment(row.until_ms));
            facts.push((at, Fact::Came { member, at }));
            facts.push((until, Fact::Stayed { member, until }));
        }
        // Stable: of an interval that began and ended at once, the beginning stays first.
        facts.sort_by_key(|(at, _)| *at);
        for (_, fact) in facts {
            self.apply(fact);
        }
    }

    /// The organisation as it was when the register was made.
    pub const fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// The number of a member.
    pub fn number(&self, code: &PersonCode) -> Option<MemberIndex> {
        self.numbers.get(code).copied()
    }

    /// Whether a pass of this issue still holds for somebody.
    pub fn is_valid(&self, code: &PersonCode, issue: u32) -> bool {
        self.issues.get(code).copied().unwrap_or_default() == issue
    }

    /// How often passes of members were revoked; those whose never were are left out.
    pub const fn issues(&self) -> &Arc<BTreeMap<PersonCode, u32>> {
        &self.issues
    }

    /// Passes of somebody that are older than this are over.
    pub fn revoke(&mut self, code: PersonCode, issue: u32) {
        Arc::make_mut(&mut self.issues).insert(code, issue);
    }

    /// Lets somebody in, if there is a place: their number. `coming` have been let in and are not
    /// counted yet.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn admit(
        &mut self,
        person: &Person,
        coming: &[MemberIndex],
    ) -> Result<MemberIndex, Refused> {
        let unit = Doors::new(self.directory.tree(), &self.admission).admit(person)?;
        let known = self.number(&person.code);
        // Who was in comes in again.
        if !known.is_some_and(|known| self.has_come(known) || coming.contains(&known)) {
            for (top, places) in self.places(&person.code, unit) {
                let takes = |member: &&MemberIndex| self.takes(**member, top);
                let coming = coming.iter().filter(takes).count();
                let taken = self.taken.get(&top).copied().unwrap_or_default() as usize + coming;
                if places as usize <= taken {
                    let unit = self.directory.tree().unit(top).name.clone();
                    return Err(Refused::Full { unit, places });
                }
            }
        }
        Ok(match known {
            Some(known) => known,
            None => self.enter(person).ok_or(TurnedAway::NoUnit)?,
        })
    }

    /// Whether the event lets a member in.
    pub fn invites(&self, member: MemberIndex) -> bool {
        let known = self.members.get(member.0 as usize);
        known.is_some_and(|(code, unit)| {
            Doors::new(self.directory.tree(), &self.admission).invites(code, *unit)
        })
    }

    fn has_come(&self, member: MemberIndex) -> bool {
        !self.attendance.intervals(member).is_empty()
    }

    /// The units whose places somebody takes, and how many each has.
    fn places(&self, code: &PersonCode, unit: UnitIndex) -> Vec<(UnitIndex, u32)> {
        Doors::new(self.directory.tree(), &self.admission).places(code, unit).collect()
    }

    fn takes(&self, member: MemberIndex, top: UnitIndex) -> bool {
        let known = self.members.get(member.0 as usize);
        known.is_some_and(|(code, unit)| self.places(code, *unit).iter().any(|(of, _)| *of == top))
    }

    fn enter(&mut self, person: &Person) -> Option<MemberIndex> {
        let unit = self.directory.tree().find(&person.unit)?;
        let expected = match self.admission {
            // Nobody is missing where everybody may look in.
            Admission::Everybody => false,
            Admission::Members | Admission::Chosen { .. } => {
                Doors::new(self.directory.tree(), &self.admission).invites(&person.code, unit)
            }
        };
        let member = self.attendance.add(number(unit), expected);
        self.numbers.insert(person.code.clone(), member);
        self.members.push((person.code.clone(), unit));
        self.own[unit.get()].push(member);
        Some(member)
    }

    /// What a beat of a member comes to.
    pub fn beat(&self, member: MemberIndex, at: Moment) -> Option<Fact> {
        self.attendance.beat(member, at)
    }

    /// What is stored of a fact about presence.
    pub fn row(&self, fact: Fact) -> Option<PresenceRow> {
        let (member, from, until) = match fact {
            Fact::Came { member, at } => (member, at, at),
            Fact::Stayed { member, until } => {
                let last = self.attendance.intervals(member).last()?;
                (member, last.from, until)
            }
            Fact::Excused { .. } | Fact::WatchedReplay { .. } => return None,
        };
        let (person, _) = self.members.get(member.0 as usize)?;
        Some(PresenceRow { person: person.clone(), from_ms: from.0, until_ms: until.0 })
    }

    /// Who is stored as having watched the replay; whoever came need not.
    pub fn replay(&self, fact: Fact) -> Option<PersonCode> {
        match fact {
            Fact::WatchedReplay { member } if !self.has_come(member) => {
                Some(self.members.get(member.0 as usize)?.0.clone())
            }
            Fact::WatchedReplay { .. }
            | Fact::Came { .. }
            | Fact::Stayed { .. }
            | Fact::Excused { .. } => None,
        }
    }

    /// So many were counted in a hall who have no name.
    pub fn count_heads(&mut self, unnamed: &Unnamed) {
        let Some(unit) = self.directory.tree().find(&unnamed.unit) else { return };
        let was = self.halls.insert(unnamed.hall, unnamed.heads).unwrap_or_default();
        self.attendance.count_heads(number(unit), was, unnamed.heads);
    }

    /// Makes a fact true.
    pub fn apply(&mut self, fact: Fact) {
        if let Fact::Came { member, .. } = fact
            && !self.has_come(member)
            && let Some((code, unit)) = self.members.get(member.0 as usize)
        {
            for (top, _) in self.places(code, *unit) {
                *self.taken.entry(top).or_default() += 1;
            }
        }
        self.attendance.apply(fact);
    }

    /// Somebody need not come, or after all needs.
    pub fn excuse(&mut self, code: &PersonCode, excused: bool) {
        if let Some(member) = self.number(code) {
            self.attendance.apply(Fact::Excused { member, excused });
        }
    }

    /// The event begins or ends.
    pub fn go(&mut self, course: Course) {
        self.attendance.go(course);
    }

    /// Lets those go who have been silent for too long.
    pub fn wake(&mut self, now: Moment) {
        self.attendance.wake(now);
    }

    /// Whether sums have changed since this was asked last.
    pub fn has_changed(&mut self) -> bool {
        !self.attendance.changed_units().is_empty()
    }

    /// The sums of all units, each at its place in the tree.
    pub fn sums(&self) -> Vec<Counts> {
        let units = self.directory.tree().len();
        let numbers = (0..).map(UnitNumber).take(units);
        numbers.map(|unit| self.attendance.counts(unit)).collect()
    }

    /// All members.
    pub fn members(&self) -> impl Iterator<Item = (MemberIndex, &PersonCode, UnitIndex)> {
        let numbered = (0..).map(MemberIndex).zip(&self.members);
        numbered.map(|(member, (code, unit))| (member, code, *unit))
    }

    /// The members of a unit itself.
    pub fn own(&self, unit: UnitIndex) -> impl Iterator<Item = (MemberIndex, &PersonCode)> {
        let own = self.own.get(unit.get()).into_iter().flatten();
        own.filter_map(|member| Some((*member, &self.members.get(member.0 as usize)?.0)))
    }

    /// The unit of a member.
    pub fn unit_of(&self, member: MemberIndex) -> Option<UnitIndex> {
        self.members.get(member.0 as usize).map(|(_, unit)| *unit)
    }

    /// The core.
    pub const fn attendance(&self) -> &Attendance {
        &self.attendance
    }

    /// What the members of a unit itself come to, by code.
    pub fn members_of(&self, unit: UnitIndex) -> Vec<(PersonCode, Status)> {
        let told = self
            .own(unit)
            .filter_map(|(member, code)| Some((code.clone(), self.attendance.status(member)?)));
        told.collect()
    }
}

/// The unit's number in the core: its place in the tree.
pub fn number(unit: UnitIndex) -> UnitNumber {
    UnitNumber(u32::try_from(unit.get()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use plenary_model::member::OrganisationRole;
    use plenary_model::unit::{UnitRecord, UnitState};

    use super::*;

    fn person(code: &str) -> Person {
        Person {
            code: code.parse().unwrap(),
            name: code.into(),
            unit: "hq".parse().unwrap(),
            email: None,
            phone: None,
            roles: Vec::<OrganisationRole>::new(),
            standing: Standing::Member,
        }
    }

    #[test]
    fn whoever_had_gone_before_a_restart_is_not_here_after_it() {
        let unit = UnitRecord {
            code: "hq".parse().unwrap(),
            name: "HQ".into(),
            kind: String::new(),
            order: 0,
            parent: None,
            state: UnitState::Open,
        };
        let directory = Arc::new(Directory::new(0, vec![unit], &[]).unwrap());
        let row = |code: &str, from_ms, until_ms| PresenceRow {
            person: code.parse().unwrap(),
            from_ms,
            until_ms,
        };
        let now = 1_000_000;
        // By code, as they are stored: the first is still there, the others went long ago.
        let presence =
            vec![row("a", 10, now), row("b", 5, 20), row("c", 7, 7), row("d", now - 9, now - 1)];
        let people = ["a", "b", "c", "d"].map(person).to_vec();
        let kept = Kept {
            people,
            issues: vec![],
            presence,
            excuses: vec![],
            replays: vec![],
            halls: vec![],
        };
        let mut register = Register::new(directory, Admission::Members, kept);
        register.go(Course::On { since: Moment(0) });
        register.wake(Moment(now));
        let sums = register.sums();
        assert_eq!((sums[0].here, sums[0].came), (2, 4));
    }
}
