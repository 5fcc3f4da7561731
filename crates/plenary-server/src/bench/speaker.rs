//! `bench speaker`: a synthetic speaker in a process of its own, who joins by a stage link as a
//! browser does, or by an encoder's link (WHIP). Its picture carries the mark that the other measurements read.

use std::io::Write as _;
use std::sync::mpsc::channel;

use plenary_model::id::SeatId;
use plenary_model::person::Card;
use plenary_programme::font::Fonts;
use plenary_store::Seat;
use uuid::Uuid;

use super::page::Page;
use super::web::Web;
use crate::demo::{Cast, Offer, Setting, Speakers};

/// Width of its pictures.
const WIDTH: u32 = 960;

/// Joins by `link`, a stage link or an encoder's, and speaks until the process is ended; comes back by itself when the connection
/// is lost. Prints a line when the stage has answered for the first time.
///
/// # Errors
/// What to change, in the text.
pub fn run(link: &str, source: u8, grain: bool) -> anyhow::Result<()> {
    let card =
        Card { name: format!("Speaker {source}"), unit: String::new(), title: String::new() };
    let seat = Seat { id: SeatId::new(Uuid::nil()), card };
    let local = Web::of(link)?.0.local()?;
    let setting = Setting { local, width: WIDTH, fonts: Fonts::from_system()?, grain };
    let (answered, answers) = channel();
    let link = link.to_owned();
    let offer = move |offer: Offer| {
        let (link, answered) = (link.clone(), answered.clone());
        async move {
            let answer = join(&link, &offer).map_err(|error| error.to_string())?;
            // Only the first answer is waited for.
            let _ = answered.send(());
            Ok(answer)
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let cast = vec![Cast { seat, source, slides: false }];
    let speakers = Speakers::start(cast, &setting, runtime.handle(), &offer)?;
    answers.recv()?;
    writeln!(std::io::stdout().lock(), "on stage")?;
    runtime.block_on(async { tokio::signal::ctrl_c().await })?;
    drop(speakers);
    Ok(())
}

/// Brings an offer to a stage link as a page, or to an encoder's link (WHIP).
fn join(link: &str, offer: &Offer) -> anyhow::Result<String> {
    let (web, path) = Web::of(link)?;
    if path.starts_with("/whip/") {
        return web.session(&path, &offer.sdp);
    }
    Ok(Page::open(link, (&offer.sdp, &offer.tracks), None)?.answer)
}
