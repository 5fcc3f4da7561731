//! An event for people's calendars (iCalendar, RFC 5545).

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::IntoResponse;
use jiff::Timestamp;
use plenary_model::time::WallMs;
use plenary_store::Event;
use serde::Deserialize;
use utoipa::IntoParams;

use super::cards;
use super::members;
use super::problem::Problem;
use crate::app::App;

/// Longest line in bytes, without its end (RFC 5545 section 3.1).
const LINE_BYTES_MAX: usize = 75;

/// For whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CalendarQuery {
    /// What the link in it begins with, as the page has it in its address: a proxy may end TLS.
    origin: Option<String>,
}

/// One event as a file for calendars.
#[utoipa::path(get, tag = "events", path = "/api/events/{event}/calendar.ics",
    params(("event" = String, Path), CalendarQuery),
    responses((status = 200, body = String, content_type = "text/calendar"),
              (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show_calendar(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<CalendarQuery>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
    let event = app.event(&name).await?;
    if !members::may_watch(&app, &event, &headers).await {
        return Err(members::not_joined());
    }
    let origin = cards::origin(&app, query.origin.as_deref(), &headers, &uri)?;
    let starts = event.starts.ok_or_else(|| {
        let detail = "It is not said yet when this event begins.";
        Problem::new(StatusCode::NOT_FOUND, "event_no_time", detail)
    })?;
    let file = written(&event, starts, &origin);
    let disposition = format!("attachment; filename=\"{}.ics\"", event.slug);
    let kind = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((kind, file))
}

fn written(event: &Event, starts: WallMs, origin: &str) -> String {
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Plenary//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        // Calendars know by it that a file is about an event that they have.
        format!("UID:{}@plenary", event.id),
        format!("DTSTAMP:{}", moment(event.created)),
        // Title and time of an event never change.
        "SEQUENCE:0".to_owned(),
        format!("DTSTART:{}", moment(starts)),
        format!("SUMMARY:{}", escaped(&event.title)),
        format!("URL:{origin}/e/{}", event.slug),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

/// A moment in UTC, to the second.
fn moment(at: WallMs) -> String {
    let at = i64::try_from(at.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.unwrap_or(Timestamp::MAX).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text with its signs escaped (RFC 5545 section 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\\' | ';' | ',' => escaped.extend(['\\', sign]),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A line in pieces that are short enough, none of which ends within a character.
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 8);
    let mut long = 0;
    for sign in line.chars() {
        if LINE_BYTES_MAX < long + sign.len_utf8() {
            folded.push_str("\r\n ");
            // The space at the front counts.
            long = 1;
        }
        folded.push(sign);
        long += sign.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use plenary_model::admission::Admission;
    use plenary_model::event::Phase;
    use plenary_model::id::EventId;

    use super::*;

    #[test]
    fn a_calendar_reads_the_time_in_utc_and_a_long_title_in_pieces() {
        let id: EventId = "evt_0190a1b2c3d47e5f8a9b0c1d2e3f4a5b".parse().unwrap();
        let event = Event {
            id,
            slug: "day".into(),
            title: "2026 年度集团主题日; 表彰, 展示 \\ 论坛与全体成员的共同聚会".into(),
            key: "key".into(),
            phase: Phase::Doors,
            epoch: None,
            created: WallMs(1_795_000_000_000),
            starts: None,
            ended: None,
            admission: Admission::Everybody,
        };
        let file = written(&event, WallMs(1_795_845_600_000), "https://plenary.example.org");
        assert!(file.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX));
        assert!(file.ends_with("END:VCALENDAR\r\n"));
        assert_snapshot!(file.replace("\r\n", "\n"), @r"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Plenary//EN
        METHOD:PUBLISH
        BEGIN:VEVENT
        UID:evt_0190a1b2c3d47e5f8a9b0c1d2e3f4a5b@plenary
        DTSTAMP:20261118T110640Z
        SEQUENCE:0
        DTSTART:20261128T060000Z
        SUMMARY:2026 年度集团主题日\; 表彰\, 展示 \\ 论坛与全体成
         员的共同聚会
        URL:https://plenary.example.org/e/day
        END:VEVENT
        END:VCALENDAR
        ");
    }
}
