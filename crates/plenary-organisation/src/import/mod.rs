//! Tables of units and people: read, checked row by row, and compared with what is known. Nothing is
//! changed here; what would change is a plan that a person sees before it is carried out.

mod cells;
mod column;
mod fault;
mod people;
mod people_plan;
mod table;
mod units;
mod units_plan;

pub use column::{Column, OF_PEOPLE, OF_UNITS};
pub use fault::{BadTable, Fault, Faults, Trouble};
pub use people::{PersonRow, read_people};
pub use people_plan::{PeoplePlan, PersonChange, plan_people};
pub use table::{Row, Table};
pub use units::{UnitRow, read_units};
pub use units_plan::{UnitsPlan, plan_units};
