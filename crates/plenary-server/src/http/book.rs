//! The book of an event: closing, correcting and downloading it, and how long what is personal is kept.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use plenary_audience::attendance::Status;
use plenary_model::event::Phase;
use plenary_model::limits::{BOOK_LINES_PER_COMMIT, CORRECTION_CHARS_MAX, RETENTION_DAYS_MAX};
use plenary_model::text::clean_line;
use plenary_model::unit::PersonCode;
use plenary_store::{Event, Lines, Store};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::JsonBody;
use super::permission::Caller;
use super::problem::Problem;
use super::sentence;
use crate::app::App;
use crate::attendance::report::{self, File, ReportError, Wording};
use crate::attendance::{BookError, By, Correction, Ledger};
use crate::clock::wall_now;

/// Whether the book of an event is final.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BookBody {
    /// It is not: what is recorded may still change.
    Open {
        /// Whether it can be closed: its event is over.
        closable: bool,
    },
    /// It is.
    Sealed {
        /// When the programme began.
        #[schema(required)]
        began_ms: Option<u64>,
        /// When the event was closed.
        ended_ms: u64,
        /// How many entries it has.
        entries: u64,
        /// How often it was corrected.
        corrections: u64,
        /// The hash of its last entry.
        hash: String,
        /// When it was sealed last.
        sealed_ms: u64,
        /// By whom.
        by: String,
        /// When what is personal in it went; not yet, if null.
        #[schema(required)]
        forgotten_ms: Option<u64>,
    },
}

/// What somebody came to after all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// Who.
    #[schema(value_type = String)]
    person: PersonCode,
    /// What they came to.
    status: Status,
    /// Why.
    reason: String,
}

/// How long what is personal of an event is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// For so many days after its end; null is for ever.
    #[schema(required)]
    days: Option<u32>,
}

/// How a report is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// In which language.
    #[serde(default)]
    lang: Wording,
    /// The reader's time in minutes ahead of UTC.
    #[serde(default)]
    offset: i32,
}

impl From<&Ledger> for BookBody {
    fn from(ledger: &Ledger) -> Self {
        let book = ledger.book.clone();
        Self::Sealed {
            began_ms: ledger.opening.began_ms.map(|began| began.0),
            ended_ms: ledger.opening.ended_ms.0,
            entries: book.entries,
            corrections: book.seals.saturating_sub(1),
            hash: book.hash,
            sealed_ms: book.sealed.0,
            by: book.by,
            forgotten_ms: book.forgotten.map(|at| at.0),
        }
    }
}

/// Whether the book of an event is final.
#[utoipa::path(get, tag = "book", path = "/api/events/{event}/book",
    params(("event" = String, Path)),
    responses((status = 200, body = BookBody), (status = 404, body = Problem)))]
pub async fn show_book(
    State(app): State<App>,
    Path(event): Path<String>,
) -> Result<Json<BookBody>, Problem> {
    let event = app.event(&event).await?;
    let ledger = app.ledger(&event).await?;
    let open = BookBody::Open { closable: event.phase == Phase::Closed };
    Ok(Json(ledger.as_deref().map_or(open, BookBody::from)))
}

/// Writes and seals the book of an event that is over; one that is sealed stays as it is.
#[utoipa::path(post, tag = "book", path = "/api/events/{event}/book/close",
    params(("event" = String, Path)),
    responses((status = 200, body = BookBody), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn close_book(
    State(app): State<App>,
    Caller(account): Caller,
    Path(event): Path<String>,
) -> Result<Json<BookBody>, Problem> {
    let event = app.event(&event).await?;
    if event.phase != Phase::Closed {
        let detail = "End the event first; then close its book.";
        return Err(Problem::new(StatusCode::CONFLICT, "event_runs", detail));
    }
    let by = By { name: account.name, at: wall_now() };
    let desk = app.attendance(&event).await?;
    let ledger = app.books().close(desk, event, by).await.map_err(problem)?;
    Ok(Json(BookBody::from(&*ledger)))
}

/// Corrects what a sealed book says of somebody.
#[utoipa::path(post, tag = "book", path = "/api/events/{event}/book/corrections",
    params(("event" = String, Path)), request_body = CorrectionRequest,
    responses((status = 200, body = BookBody), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn correct_book(
    State(app): State<App>,
    Caller(account): Caller,
    Path(event): Path<String>,
    JsonBody(request): JsonBody<CorrectionRequest>,
) -> Result<Json<BookBody>, Problem> {
    let event = app.event(&event).await?;
    let person = app.person(&request.person).await?.ok_or_else(Problem::person_unknown)?;
    let reason = clean_line(&request.reason);
    let unusable = |code, detail| Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail));
    if !(1..=CORRECTION_CHARS_MAX).contains(&reason.chars().count()) {
        let detail = format!("A reason is one line of 1 to {CORRECTION_CHARS_MAX} characters.");
        return unusable("reason_bad", detail);
    }
    if matches!(request.status, Status::Expected | Status::Uninvited) {
        let detail = "A closed book says present, late, left, absent, excused or watched_replay.";
        return unusable("status_bad", detail.to_owned());
    }
    let correction = Correction {
        person: person.code,
        name: person.name.into(),
        unit: person.unit,
        is: request.status,
        reason,
    };
    let by = By { name: account.name, at: wall_now() };
    let ledger = app.books().correct(&event, correction, by).await.map_err(problem)?;
    Ok(Json(BookBody::from(&*ledger)))
}

/// Downloads the report of an event: `units.csv`, `units.xlsx`, `members.csv`, `members.xlsx`, and, when it
/// is sealed, its book as `book.txt`.
#[utoipa::path(get, tag = "book", path = "/api/events/{event}/report/{file}",
    params(("event" = String, Path), ("file" = String, Path),
           ("lang" = Option<String>, Query), ("offset" = Option<i32>, Query)),
    responses((status = 200, content_type = "application/octet-stream"),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn download_report(
    State(app): State<App>,
    Path((event, file)): Path<(String, String)>,
    Query(ReportQuery { lang, offset }): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let event = app.event(&event).await?;
    let Some(file) = File::named(&file) else {
        let detail = "There are units.csv, units.xlsx, members.csv, members.xlsx and book.txt.";
        return Err(Problem::new(StatusCode::NOT_FOUND, "report_unknown", detail));
    };
    let ledger = app.ledger(&event).await?;
    let body = match (file, &ledger) {
        (File::Book, None) => return Err(problem(BookError::Unsealed)),
        (File::Book, Some(ledger)) if ledger.book.forgotten.is_some() => {
            return Err(problem(BookError::Forgotten));
        }
        (File::Book, Some(_)) => book_text(app.store().clone(), event.clone()),
        (File::Units(format), _) => {
            let sums = app.sums(&event).await?;
            let sums = (sums, app.act_sums(&event).await?);
            Body::from(report::units(sums, format, lang).await.map_err(unwritten)?)
        }
        (File::Members(format), ledger) => {
            let members = if ledger.is_some() {
                report::of_book(app.store(), &event).await
            } else {
                let recorded = app.attendance(&event).await?.record(Vec::new()).await;
                let recorded = recorded.ok_or_else(Problem::event_unknown)?;
                report::of_record(app.store(), &event, recorded).await
            };
            let members = (members.map_err(unwritten)?, app.act_sums(&event).await?);
            Body::from(report::members(members, format, (lang, offset)).await.map_err(unwritten)?)
        }
    };
    let name = format!("attachment; filename=\"{}-{}\"", event.slug, file.name());
    let name = HeaderValue::from_str(&name).map_err(|error| Problem::internal(&error))?;
    let kind = HeaderValue::from_static(file.media_type());
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response())
}

/// The lines of a book, read as they are sent.
fn book_text(store: Store, event: Event) -> Body {
    let pages = stream::try_unfold((store, 0), move |(store, after)| async move {
        let most = BOOK_LINES_PER_COMMIT as u32;
        let lines = store.book_lines(event.id, Lines::After(after, most)).await?;
        if lines.is_empty() {
            return Ok(None);
        }
        let next = after + lines.len() as u64;
        let text: String = lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect();
        Ok::<_, plenary_store::StoreError>(Some((Bytes::from(text), (store, next))))
    });
    Body::from_stream(pages)
}

/// How long what is personal of an event is kept.
#[utoipa::path(get, tag = "book", path = "/api/org/retention",
    responses((status = 200, body = Retention)))]
pub async fn show_retention(State(app): State<App>) -> Result<Json<Retention>, Problem> {
    let days = app.store().retention().await.map_err(|error| Problem::internal(&error))?;
    Ok(Json(Retention { days }))
}

/// Sets how long what is personal of an event is kept. What is older goes within the hour.
#[utoipa::path(put, tag = "book", path = "/api/org/retention", request_body = Retention,
    responses((status = 200, body = Retention), (status = 422, body = Problem)))]
pub async fn set_retention(
    State(app): State<App>,
    JsonBody(Retention { days }): JsonBody<Retention>,
) -> Result<Json<Retention>, Problem> {
    if days.is_some_and(|days| !(1..=RETENTION_DAYS_MAX).contains(&days)) {
        let detail = format!("A retention is 1 to {RETENTION_DAYS_MAX} days, or null for ever.");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "retention_bad", detail));
    }
    app.store().set_retention(days).await.map_err(|error| Problem::internal(&error))?;
    Ok(Json(Retention { days }))
}

fn unwritten(error: ReportError) -> Problem {
    Problem::internal(&error)
}

fn problem(error: BookError) -> Problem {
    let told = sentence(&error);
    let (status, code) = match error {
        BookError::NoRecord => (StatusCode::SERVICE_UNAVAILABLE, "no_record"),
        BookError::Unsealed => (StatusCode::CONFLICT, "book_open"),
        BookError::UnknownUnit(_) => (StatusCode::CONFLICT, "unit_unknown"),
        BookError::Same => (StatusCode::CONFLICT, "book_says_so"),
        BookError::TooOften => (StatusCode::CONFLICT, "corrected_too_often"),
        BookError::Forgotten => (StatusCode::CONFLICT, "book_forgotten"),
        BookError::Store(error) => return Problem::internal(&error),
    };
    Problem::new(status, code, told)
}
