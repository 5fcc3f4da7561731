//! Personal links for printing: each with a code that a telephone reads.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use fast_qr::qr::QRCodeError;
use fast_qr::{ECL, QRBuilder};
use plenary_model::limits::CARDS_MAX;
use plenary_model::member::Person;
use plenary_model::unit::{PersonCode, UnitCode, UnitState};
use plenary_organisation::UnitIndex;
use plenary_organisation::admission::Doors;
use plenary_store::Event;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::guard::same_host;
use super::members::invitation;
use super::problem::Problem;
use super::units::{above, find};
use crate::app::App;
use crate::organisation::Directory;

/// Which links.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CardsQuery {
    /// Those of all units below as well.
    #[serde(default)]
    within: bool,
    /// Those from this unit on.
    unit: Option<String>,
    /// Those behind this person of that unit.
    person: Option<String>,
    /// What the links begin with, as the page has it in its address: a proxy may end TLS.
    origin: Option<String>,
}

/// Some links for printing.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkCards {
    /// Title of the event.
    event: String,
    /// Name of the unit.
    unit: String,
    /// How many members there are, invited or not.
    members: u32,
    /// By unit in the order of the tree, then by code.
    cards: Vec<LinkCard>,
    /// Where there are more; null at the end.
    #[schema(required)]
    next: Option<NextCard>,
}

/// One person's link.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkCard {
    /// Whose.
    #[schema(value_type = String)]
    code: PersonCode,
    /// Their name.
    name: String,
    /// Names of their unit and of those above it, the top first.
    units: Vec<String>,
    /// The whole link.
    link: String,
    /// It as a code that telephones read.
    qr: QrCode,
}

/// A code that telephones read.
#[derive(Debug, Serialize, ToSchema)]
pub struct QrCode {
    /// How many squares it has on each side, without the white round it.
    size: usize,
    /// Its dark squares, as the `d` of an SVG path with a unit for each.
    path: String,
}

/// Where further links begin.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextCard {
    /// In this unit.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// Behind this person.
    #[schema(value_type = String)]
    person: PersonCode,
}

/// Links of the invited members of a unit, for printing.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/cards/{unit}",
    params(("event" = String, Path), ("unit" = String, Path), CardsQuery),
    responses((status = 200, body = LinkCards), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
pub async fn list_cards(
    State(app): State<App>,
    Path((event, unit)): Path<(String, String)>,
    Query(query): Query<CardsQuery>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<LinkCards>, Problem> {
    let origin = origin(&app, query.origin.as_deref(), &headers, &uri)?;
    let event = app.event(&event).await?;
    let directory = app.organisation().now();
    let top = find(&directory, &unit)?;
    let from = match &query.unit {
        Some(unit) => find(&directory, unit)?,
        None => top,
    };
    let person = query.person.map(|code| code.parse()).transpose();
    let after: Option<PersonCode> = person.map_err(|_| Problem::person_unknown())?;
    let tree = directory.tree();
    let units: Vec<UnitIndex> = if query.within {
        tree.downwards(top).skip_while(|index| *index != from).collect()
    } else {
        vec![top]
    };
    let (invited, more) = invited(&app, &event, (&directory, &units), after).await?;
    let issues = app.store().issues().await.map_err(|error| Problem::internal(&error))?;
    let issues: BTreeMap<PersonCode, u32> = issues.into_iter().collect();
    let next = invited.last().filter(|_| more);
    let next = next.map(|last| NextCard { unit: last.unit.clone(), person: last.code.clone() });
    let cards = invited.iter().filter_map(|person| {
        let issue = issues.get(&person.code).copied().unwrap_or_default();
        let pass = invitation(&app, (person, issue), &event)?;
        Some(card(&directory, person, format!("{origin}/e/{}/join#pass={pass}", event.slug)))
    });
    let cards = cards.collect::<Result<_, _>>().map_err(|error| Problem::internal(&error))?;
    let members = if query.within { directory.members_within(top) } else { directory.members(top) };
    let unit = tree.unit(top).name.clone();
    Ok(Json(LinkCards { event: event.title, unit, members, cards, next }))
}

/// What links begin with: a page may only name the host that it asks.
pub fn origin(
    app: &App,
    named: Option<&str>,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<String, Problem> {
    let foreign = || {
        let detail = "Links can only begin with the address of this server.";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "origin_bad", detail)
    };
    if let Some(origin) = named {
        let web = origin.starts_with("http://") || origin.starts_with("https://");
        return if web && same_host(origin, headers, uri) {
            Ok(origin.to_owned())
        } else {
            Err(foreign())
        };
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
    let scheme = if app.speaks_tls() { "https" } else { "http" };
    host.map(|host| format!("{scheme}://{host}")).ok_or_else(foreign)
}

/// The invited members of these units, the first of them behind somebody; and whether there are more.
async fn invited(
    app: &App,
    event: &Event,
    (directory, units): (&Directory, &[UnitIndex]),
    mut after: Option<PersonCode>,
) -> Result<(Vec<Person>, bool), Problem> {
    let tree = directory.tree();
    let doors = Doors::new(tree, &event.admission);
    let mut found = Vec::new();
    for index in units {
        let unit = tree.record(*index);
        let takes_part = match unit.state {
            UnitState::Open => 0 < directory.members(*index),
            UnitState::Closed => false,
        };
        if !takes_part {
            after = None;
            continue;
        }
        let people = app.store().people_of(&unit.code, after.take().as_ref(), u32::MAX).await;
        let people = people.map_err(|error| Problem::internal(&error))?;
        found.extend(people.into_iter().filter(|person| {
            let member = person.standing == plenary_model::member::Standing::Member;
            member && doors.invites(&person.code, *index)
        }));
        if CARDS_MAX < found.len() {
            found.truncate(CARDS_MAX);
            return Ok((found, true));
        }
    }
    Ok((found, false))
}

fn card(directory: &Directory, person: &Person, link: String) -> Result<LinkCard, QRCodeError> {
    let tree = directory.tree();
    let unit = tree.find(&person.unit);
    let path = unit.into_iter().flat_map(|unit| above(tree, unit).chain([unit]));
    Ok(LinkCard {
        code: person.code.clone(),
        name: person.name.to_string(),
        units: path.map(|unit| tree.unit(unit).name.clone()).collect(),
        qr: QrCode::of(&link)?,
        link,
    })
}

impl QrCode {
    /// Its runs of dark squares, a rectangle each.
    ///
    /// # Errors
    /// The text is too long for a code.
    pub fn of(text: &str) -> Result<Self, QRCodeError> {
        // Printed codes are folded and smudged; half of the squares for correction makes them too fine.
        let code = QRBuilder::new(text).ecl(ECL::M).build()?;
        let mut path = String::new();
        for row in 0..code.size {
            let squares: Vec<bool> = code[row].iter().map(|square| square.value()).collect();
            let mut column = 0;
            for run in squares.chunk_by(|one, next| one == next) {
                if run[0] {
                    let long = run.len();
                    path.push_str(&format!("M{column} {row}h{long}v1h-{long}z"));
                }
                column += run.len();
            }
        }
        Ok(Self { size: code.size, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// White squares round a code (ISO/IEC 18004 asks for four), and the pixels of a square.
    const QUIET: usize = 4;
    const SQUARE: usize = 3;

    /// The squares that an SVG renderer fills.
    fn filled(qr: &QrCode) -> Vec<Vec<bool>> {
        let mut squares = vec![vec![false; qr.size]; qr.size];
        for run in qr.path.split('M').skip(1) {
            let (place, rest) = run.split_once('h').unwrap();
            let (column, row) = place.split_once(' ').unwrap();
            let (column, row): (usize, usize) = (column.parse().unwrap(), row.parse().unwrap());
            let long: usize = rest.split('v').next().unwrap().parse().unwrap();
            squares[row][column..column + long].fill(true);
        }
        squares
    }

    #[test]
    fn a_reader_of_codes_reads_the_whole_link() {
        let pass = "A1b2_-".repeat(25);
        let link = format!("https://plenary.example.org/e/theme-day-2026/join#pass={pass}");
        let qr = QrCode::of(&link).unwrap();
        let squares = filled(&qr);
        let side = (qr.size + 2 * QUIET) * SQUARE;
        let dark = |x: usize, y: usize| {
            let square = |at: usize| (at / SQUARE).checked_sub(QUIET);
            let (Some(column), Some(row)) = (square(x), square(y)) else { return false };
            squares.get(row).and_then(|row| row.get(column)).copied().unwrap_or_default()
        };
        let mut picture = rqrr::PreparedImage::prepare_from_bitmap(side, side, dark);
        let codes = picture.detect_grids();
        assert_eq!(codes.len(), 1);
        assert_eq!(codes[0].decode().unwrap().1, link);
    }
}
