//! `bench speaker`: a synthetic speaker in a process of its own, who joins by a stage link as a
//! browser does, or by an encoder's link (WHIP). Its picture carries the mark that the other measurements read.

use std::io::Write as _;

use anyhow::Context as _;
use plenary_model::id::SeatId;
use plenary_model::person::Card;
use plenary_programme::font::Fonts;
use plenary_store::Seat;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::page::{Never, Page};
use super::web::Web;
use crate::demo::{Cast, Offer, Setting, Speakers};

pub use crate::demo::voice::{PERIOD_MS, Voice};

/// Width of its pictures.
const WIDTH: u32 = 960;

/// Joins by `link`, a stage link or an encoder's, and speaks until the process is ended; comes back by
/// itself when the connection is lost, and on a stage link as soon as the stage closes the page. Prints
/// a line when the stage has answered for the first time.
///
/// # Errors
/// What to change, in the text.
pub fn run(link: &str, source: u8, grain: bool) -> anyhow::Result<()> {
    let card =
        Card { name: format!("Speaker {source}"), unit: String::new(), title: String::new() };
    let seat = Seat { id: SeatId::new(Uuid::nil()), card };
    let local = Web::of(link)?.0.local()?;
    let setting = Setting { local, width: WIDTH, fonts: Fonts::from_system()?, grain };
    let (opened, mut pages) = mpsc::unbounded_channel();
    let link = link.to_owned();
    let offer = move |offer: Offer| {
        let (link, opened) = (link.clone(), opened.clone());
        async move {
            let (answer, closed) = join(&link, &offer).map_err(|error| error.to_string())?;
            // At the end nobody listens.
            let _ = opened.send(closed);
            Ok(answer)
        }
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let begin = || {
        let cast = vec![Cast { seat: seat.clone(), source, slides: false }];
        Speakers::start(cast, &setting, runtime.handle(), &offer)
    };
    let mut speakers = begin()?;
    let mut page = runtime.block_on(pages.recv()).context("the speaker has ended")?;
    writeln!(std::io::stdout().lock(), "on stage")?;
    loop {
        let next = runtime.block_on(async {
            tokio::select! {
                biased;
                newer = pages.recv() => Next::Page(newer.flatten()),
                () = closed(&mut page) => Next::Rejoin,
                asked = tokio::signal::ctrl_c() => Next::End(asked),
            }
        });
        match next {
            Next::Page(newer) => page = newer,
            Next::Rejoin => {
                drop(speakers);
                speakers = begin()?;
                page = None;
            }
            Next::End(asked) => {
                drop(speakers);
                return Ok(asked?);
            }
        }
    }
}

/// Waits until the stage has closed the page; for ever while none is open.
async fn closed(page: &mut Option<oneshot::Receiver<Never>>) {
    match page {
        // That its sender is gone is all that it ever says.
        Some(page) => drop(page.await),
        None => std::future::pending().await,
    }
}

/// What a speaker does next.
enum Next {
    /// It has come back by itself.
    Page(Option<oneshot::Receiver<Never>>),
    /// The stage has closed its page.
    Rejoin,
    /// It was asked to end.
    End(std::io::Result<()>),
}

/// Brings an offer to a stage link as a page, or to an encoder's link (WHIP): the answer, and of a page
/// what tells that it was closed.
fn join(link: &str, offer: &Offer) -> anyhow::Result<(String, Option<oneshot::Receiver<Never>>)> {
    let (web, path) = Web::of(link)?;
    if path.starts_with("/whip/") {
        return Ok((web.session(&path, &offer.sdp)?, None));
    }
    let page = Page::open(link, (&offer.sdp, &offer.tracks), None)?;
    Ok((page.answer, Some(page.closed)))
}
