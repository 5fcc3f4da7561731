//! Tables of units and people over HTTP: handing one in, looking at what it would change, carrying it
//! out or giving it up, and fetching all there is.

use std::fs::File;
use std::io;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use plenary_model::id::ImportId;
use plenary_model::limits::{BODY_SECONDS_MAX, TABLE_FILE_BYTES_MAX};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use utoipa::{IntoParams, ToSchema};

use super::body::JsonBody;
use super::permission::Caller;
use super::problem::Problem;
use super::sentence;
use crate::app::App;
use crate::organisation::{
    ApplyError, ExportError, ImportError, Missing, Preview, Progress, Subject,
};
use crate::tables::Unreadable;
use crate::tables::write::Format;

/// How much of a table is sent at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Which table.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TableQuery {
    /// What the table is about.
    table: Subject,
}

/// A table that was handed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import {
    /// Its id.
    #[schema(value_type = String)]
    id: ImportId,
    /// What the table is about.
    table: Subject,
    /// Where it stands.
    progress: ImportProgress,
}

/// Where an import stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ImportProgress {
    /// It is read.
    Reading {
        /// Rows so far.
        rows: u32,
    },
    /// It waits for somebody to carry it out.
    Ready {
        /// What it would change.
        preview: Preview,
    },
    /// It is carried out.
    Applying,
    /// It cannot be imported.
    Refused {
        /// Stable name of the reason.
        code: String,
        /// A sentence that says what to do.
        detail: String,
    },
    /// It was carried out.
    Applied {
        /// Units or people that were written.
        written: usize,
    },
}

/// What happens to those whom the table does not have.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingChoice {
    /// They stay as they are.
    Keep,
    /// Units are closed, people have left; nothing is deleted.
    Close,
}

/// How to carry it out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// What happens to those whom the table does not have.
    missing: MissingChoice,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Applied {
    /// Units or people that were written; none when everything was known.
    written: usize,
}

/// Hands in a table as CSV or XLSX, and begins to read it.
#[utoipa::path(post, tag = "organisation", path = "/api/org/imports", params(TableQuery),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 201, body = Import), (status = 413, body = Problem),
              (status = 503, body = Problem)))]
pub async fn begin_import(
    State(app): State<App>,
    Caller(account): Caller,
    Query(query): Query<TableQuery>,
    body: Body,
) -> Result<(StatusCode, Json<Import>), Problem> {
    let desk = app.tables();
    let place = desk.place(account.id).map_err(|crowded| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "imports_crowded", sentence(&crowded))
    })?;
    let file = desk.file().map_err(|error| Problem::internal(&error))?;
    let file = received(body, file).await?;
    let id = desk.begin(place, account.id, query.table, file);
    show(&app, id).map(|import| (StatusCode::CREATED, Json(import)))
}

/// Where an import stands.
#[utoipa::path(get, tag = "organisation", path = "/api/org/imports/{import}",
    params(("import" = String, Path)),
    responses((status = 200, body = Import), (status = 404, body = Problem)))]
pub async fn show_import(
    State(app): State<App>,
    Path(import): Path<String>,
) -> Result<Json<Import>, Problem> {
    show(&app, id_of(&import)?).map(Json)
}

/// Gives an import up.
#[utoipa::path(delete, tag = "organisation", path = "/api/org/imports/{import}",
    params(("import" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn give_up_import(
    State(app): State<App>,
    Path(import): Path<String>,
) -> Result<StatusCode, Problem> {
    let known = app.tables().give_up(id_of(&import)?);
    if known { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

/// Carries an import out: all of it or nothing.
#[utoipa::path(post, tag = "organisation", path = "/api/org/imports/{import}/apply",
    params(("import" = String, Path)), request_body = ApplyRequest,
    responses((status = 200, body = Applied), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn apply_import(
    State(app): State<App>,
    Path(import): Path<String>,
    JsonBody(request): JsonBody<ApplyRequest>,
) -> Result<Json<Applied>, Problem> {
    let missing = match request.missing {
        MissingChoice::Keep => Missing::Keep,
        MissingChoice::Close => Missing::Gone,
    };
    let done = app.tables().apply(id_of(&import)?, missing).await.map_err(not_applied)?;
    Ok(Json(Applied { written: done.written }))
}

/// All open units as CSV.
#[utoipa::path(get, tag = "organisation", path = "/api/org/units.csv",
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn units_csv(State(app): State<App>) -> Result<Response, Problem> {
    export(&app, Subject::Units, Format::Csv).await
}

/// All open units as a workbook.
#[utoipa::path(get, tag = "organisation", path = "/api/org/units.xlsx",
    responses((status = 200, body = String, content_type = "application/octet-stream")))]
pub async fn units_xlsx(State(app): State<App>) -> Result<Response, Problem> {
    export(&app, Subject::Units, Format::Xlsx).await
}

/// Everybody who belongs to the organisation as CSV.
#[utoipa::path(get, tag = "organisation", path = "/api/org/people.csv",
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn people_csv(State(app): State<App>) -> Result<Response, Problem> {
    export(&app, Subject::People, Format::Csv).await
}

/// Everybody who belongs to the organisation as a workbook.
#[utoipa::path(get, tag = "organisation", path = "/api/org/people.xlsx",
    responses((status = 200, body = String, content_type = "application/octet-stream")))]
pub async fn people_xlsx(State(app): State<App>) -> Result<Response, Problem> {
    export(&app, Subject::People, Format::Xlsx).await
}

fn id_of(import: &str) -> Result<ImportId, Problem> {
    import.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "import_unknown", format!("{}.", ApplyError::Unknown))
}

fn show(app: &App, id: ImportId) -> Result<Import, Problem> {
    let (table, progress) = app.tables().look(id).ok_or_else(unknown)?;
    let progress = match progress {
        Progress::Reading(rows) => ImportProgress::Reading { rows },
        Progress::Ready(preview) => ImportProgress::Ready { preview: *preview },
        Progress::Applying => ImportProgress::Applying,
        Progress::Refused(code, detail) => {
            ImportProgress::Refused { code, detail: sentence(&detail) }
        }
        Progress::Applied(done) => ImportProgress::Applied { written: done.written },
    };
    Ok(Import { id, table, progress })
}

/// Writes what comes into the file, as long as it comes and is not more than any table has.
async fn received(body: Body, file: File) -> Result<File, Problem> {
    if TABLE_FILE_BYTES_MAX < body.size_hint().lower() {
        return Err(too_large());
    }
    let mut file = tokio::fs::File::from_std(file);
    let mut pieces = body.into_data_stream();
    let mut bytes = 0;
    loop {
        let limit = Duration::from_secs(BODY_SECONDS_MAX);
        let next = tokio::time::timeout(limit, pieces.next()).await.map_err(|_| cut_off())?;
        let Some(piece) = next else { break };
        let piece = piece.map_err(|_| cut_off())?;
        bytes += piece.len() as u64;
        if TABLE_FILE_BYTES_MAX < bytes {
            return Err(too_large());
        }
        file.write_all(&piece).await.map_err(|error| Problem::internal(&error))?;
    }
    file.flush().await.map_err(|error| Problem::internal(&error))?;
    Ok(file.into_std().await)
}

fn too_large() -> Problem {
    let unreadable = Unreadable::FileTooLarge;
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, unreadable.code(), sentence(&unreadable))
}

fn cut_off() -> Problem {
    let detail = "The file did not arrive whole. Check your network and hand it in again.";
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body_late", detail)
}

fn not_applied(error: ApplyError) -> Problem {
    let told = sentence(&error);
    let (status, code) = match &error {
        ApplyError::Unknown => return unknown(),
        ApplyError::Reading => (StatusCode::CONFLICT, "import_reading"),
        ApplyError::Import(import) => match import {
            ImportError::Faulty(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_cells"),
            ImportError::Changed => (StatusCode::CONFLICT, "organisation_changed"),
            ImportError::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
            ImportError::Read(_)
            | ImportError::Table(_)
            | ImportError::Tree(_)
            | ImportError::Store(_)
            | ImportError::Failed(_) => return Problem::internal(import),
        },
    };
    Problem::new(status, code, told)
}

async fn export(app: &App, subject: Subject, format: Format) -> Result<Response, Problem> {
    let file = app.tables().export(subject, format).await;
    let file = file.map_err(|error: ExportError| Problem::internal(&error))?;
    let bytes = file.metadata().map_err(|error| Problem::internal(&error))?.len();
    let name = match subject {
        Subject::Units => "units",
        Subject::People => "people",
    };
    let (ending, kind) = match format {
        Format::Csv => ("csv", "text/csv; charset=utf-8"),
        Format::Xlsx => {
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
    };
    let disposition = format!("attachment; filename=\"{name}.{ending}\"");
    let pieces = stream::try_unfold(tokio::fs::File::from_std(file), next_piece);
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

async fn next_piece(mut file: tokio::fs::File) -> io::Result<Option<(Bytes, tokio::fs::File)>> {
    let mut piece = vec![0; PIECE_BYTES];
    let read = file.read(&mut piece).await?;
    piece.truncate(read);
    Ok((0 < read).then(|| (Bytes::from(piece), file)))
}
