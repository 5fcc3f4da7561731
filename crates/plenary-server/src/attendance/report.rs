//! The report of an event as tables: sums by unit, and what each member came to.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;
use plenary_audience::attendance::{Counts, Status};
use plenary_audience::book::{Excused, MemberLine, Span};
use plenary_model::limits::BOOK_LINES_PER_COMMIT;
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use plenary_show::BegunAct;
use plenary_store::{Event, Lines, Store, StoreError};
use serde::Deserialize;

use super::book::{line_of, span};
use super::ledger;
use super::order::{ActSums, Recorded, Sums};
use crate::tables::write::{Format, WriteError, write_rows};

/// One file of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// Sums by unit.
    Units(Format),
    /// What each member came to.
    Members(Format),
    /// The book.
    Book,
}

/// In which language a report is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// What it is made from cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The task that wrote it has ended.
    #[error("the report was not finished")]
    Unfinished,
}

impl File {
    const ALL: [Self; 5] = [
        Self::Units(Format::Csv),
        Self::Units(Format::Xlsx),
        Self::Members(Format::Csv),
        Self::Members(Format::Xlsx),
        Self::Book,
    ];

    /// The file with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Units(Format::Csv) => "units.csv",
            Self::Units(Format::Xlsx) => "units.xlsx",
            Self::Members(Format::Csv) => "members.csv",
            Self::Members(Format::Xlsx) => "members.xlsx",
            Self::Book => "book.txt",
        }
    }

    /// What it is to a browser.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Units(Format::Csv) | Self::Members(Format::Csv) => "text/csv; charset=utf-8",
            Self::Units(Format::Xlsx) | Self::Members(Format::Xlsx) => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
            Self::Book => "text/plain; charset=utf-8",
        }
    }
}

/// The sums of all units that have any, each behind the one that it stands under, with how many came to each
/// act.
///
/// # Errors
/// [`ReportError`].
pub async fn units(
    (sums, acts): (Arc<Sums>, Arc<ActSums>),
    format: Format,
    wording: Wording,
) -> Result<Vec<u8>, ReportError> {
    written(move |out| {
        let tree = sums.directory.tree();
        let rows = tree.all().filter_map(|index| {
            let counts = sums.of(index);
            let unit = tree.record(index);
            let depth = tree.upwards(index).skip(1).count();
            let parent = unit.parent.map(|parent| parent.to_string()).unwrap_or_default();
            (counts != Counts::default()).then(|| {
                let Counts { expected, came, late, left, missing, excused, .. } = counts;
                let Counts { watched_replay, heads, .. } = counts;
                let share = match expected {
                    0 => String::new(),
                    some => format!("{:.1} %", 100.0 * f64::from(came) / f64::from(some)),
                };
                let [expected, came, late, left, missing, excused, replay, heads] =
                    [expected, came, late, left, missing, excused, watched_replay, heads]
                        .map(|count| count.to_string());
                let code = unit.code.to_string();
                let level = (depth + 1).to_string();
                let known = [
                    level, code, unit.name, parent, expected, came, share, late, left, missing,
                    excused, replay, heads,
                ];
                let came_to = acts.of_code(&unit.code);
                known.into_iter().chain(came_to.iter().map(u32::to_string)).collect()
            })
        });
        let titles = acts.acts.iter().map(|act| act.title.clone());
        let head = wording.of_units().into_iter().map(str::to_owned).chain(titles);
        write_rows(head.collect::<Vec<String>>(), rows, format, out)
    })
    .await
}

/// What everybody in a sealed book came to.
///
/// # Errors
/// [`ReportError`].
pub async fn of_book(store: &Store, event: &Event) -> Result<Vec<MemberLine>, ReportError> {
    let mut lines = Vec::new();
    let mut last = 0;
    loop {
        let most = BOOK_LINES_PER_COMMIT as u32;
        let page = store.book_lines(event.id, Lines::After(last, most)).await?;
        let Some(number) = page.last().and_then(|line| line.split(' ').next()?.parse().ok()) else {
            return Ok(ledger::members(&lines).into_values().collect());
        };
        last = number;
        lines.extend(page);
    }
}

/// What everybody comes to by what is recorded now.
///
/// # Errors
/// [`ReportError`].
pub async fn of_record(
    store: &Store,
    event: &Event,
    recorded: Recorded,
) -> Result<Vec<MemberLine>, ReportError> {
    let people = store.people().await?;
    let names: BTreeMap<PersonCode, Box<str>> =
        people.into_iter().map(|person| (person.code, person.name)).collect();
    let excuses = store.excuses(event.id).await?;
    let excuses = excuses.into_iter().map(|excuse| (excuse.person.clone(), excuse)).collect();
    let tree = recorded.directory.tree();
    let lines = recorded.members.into_iter().map(|(code, known)| {
        let present = known.present.iter().map(|interval| span(event, *interval)).collect();
        let unit = tree.record(known.unit).code;
        line_of((code, unit), (known.status, known.expected), present, (&names, &excuses))
    });
    Ok(lines.collect())
}

/// What each member came to, by code, and for how many minutes they were there during each act.
///
/// # Errors
/// [`ReportError`].
pub async fn members(
    (members, acts): (Vec<MemberLine>, Arc<ActSums>),
    format: Format,
    (wording, offset_minutes): (Wording, i32),
) -> Result<Vec<u8>, ReportError> {
    let offset = Offset::from_seconds(offset_minutes.saturating_mul(60)).unwrap_or(Offset::UTC);
    written(move |out| {
        let tree = acts.directory.tree();
        let rows = members.into_iter().map(|member| {
            let MemberLine { code, name, unit, status, present, excuse, .. } = member;
            let unit_name = tree.find(&unit).map(|unit| tree.unit(unit).name.clone());
            let time = |at: Option<WallMs>| at.map(|at| clock(at, offset)).unwrap_or_default();
            let minutes: u64 = present.iter().map(|span| span.until_ms.0 - span.from_ms.0).sum();
            let minutes = if present.is_empty() { String::new() } else { whole_minutes(minutes) };
            let [came, went] = [
                time(present.first().map(|span: &Span| span.from_ms)),
                time(present.last().map(|span| span.until_ms)),
            ];
            let excuse = excuse.map(|Excused { reason, by }| format!("{reason} ({by})"));
            let during = acts.acts.iter().map(|act| during(act, &present));
            let known = [
                code.to_string(),
                name,
                unit.to_string(),
                unit_name.unwrap_or_default(),
                wording.status(status).to_owned(),
                came,
                went,
                minutes,
                excuse.unwrap_or_default(),
            ];
            known.into_iter().chain(during).collect()
        });
        let zone = format!("UTC{offset}");
        let known = wording.of_members().map(|title| title.replace("{zone}", &zone));
        let head = known.into_iter().chain(acts.acts.iter().map(|act| act.title.clone()));
        write_rows(head.collect::<Vec<String>>(), rows, format, out)
    })
    .await
}

/// For how many minutes somebody was there during an act.
fn during(act: &BegunAct, present: &[Span]) -> String {
    let end = act.until.unwrap_or(WallMs(u64::MAX));
    let within = present.iter().filter(|span| act.from <= span.until_ms && span.from_ms < end);
    let within = within.map(|span| {
        let (from, until) = (span.from_ms.max(act.from), span.until_ms.min(end));
        // Who was heard of once was there as well.
        until.0.saturating_sub(from.0).max(1)
    });
    whole_minutes(within.sum())
}

/// Rounded up: whoever was there for a moment was there.
fn whole_minutes(ms: u64) -> String {
    ms.div_ceil(60_000).to_string()
}

fn clock(at: WallMs, offset: Offset) -> String {
    let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
    let time = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    offset.to_datetime(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

async fn written(
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), WriteError> + Send + 'static,
) -> Result<Vec<u8>, ReportError> {
    let done = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        write(&mut out).map(|()| out)
    });
    Ok(done.await.map_err(|_| ReportError::Unfinished)??)
}

impl Wording {
    const fn of_units(self) -> [&'static str; 13] {
        match self {
            Self::En => [
                "Level",
                "Code",
                "Unit",
                "Under",
                "Expected",
                "Came",
                "Share",
                "Late",
                "Left early",
                "Absent",
                "Excused",
                "Replay",
                "Unnamed in halls",
            ],
            Self::Zh => [
                "层级",
                "编码",
                "单位",
                "上级",
                "应到",
                "实到",
                "到会率",
                "迟到",
                "早退",
                "缺席",
                "请假",
                "观看回放",
                "会场无名人数",
            ],
        }
    }

    const fn of_members(self) -> [&'static str; 9] {
        match self {
            Self::En => [
                "Code",
                "Name",
                "Unit code",
                "Unit",
                "Attendance",
                "Came ({zone})",
                "Went ({zone})",
                "Minutes",
                "Excuse",
            ],
            Self::Zh => [
                "编码",
                "姓名",
                "单位编码",
                "单位",
                "出席情况",
                "进入 ({zone})",
                "离开 ({zone})",
                "分钟",
                "请假事由",
            ],
        }
    }

    const fn status(self, status: Status) -> &'static str {
        match (self, status) {
            (Self::En, Status::Expected) => "expected",
            (Self::En, Status::Present) => "present",
            (Self::En, Status::Late) => "late",
            (Self::En, Status::Left) => "left early",
            (Self::En, Status::Absent) => "absent",
            (Self::En, Status::Excused) => "excused",
            (Self::En, Status::WatchedReplay) => "watched the replay",
            (Self::En, Status::Uninvited) => "not expected",
            (Self::Zh, Status::Expected) => "应到",
            (Self::Zh, Status::Present) => "出席",
            (Self::Zh, Status::Late) => "迟到",
            (Self::Zh, Status::Left) => "早退",
            (Self::Zh, Status::Absent) => "缺席",
            (Self::Zh, Status::Excused) => "请假",
            (Self::Zh, Status::WatchedReplay) => "观看回放",
            (Self::Zh, Status::Uninvited) => "未邀请",
        }
    }
}
