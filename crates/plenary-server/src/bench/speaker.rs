//! `bench speaker`: a synthetic speaker in a process of its own, who joins by a stage link as a
//! browser does. Its picture carries the mark that the other measurements read.

use std::io;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::mpsc::channel;

use plenary_model::id::SeatId;
use plenary_model::person::Card;
use plenary_programme::font::Fonts;
use plenary_store::Seat;
use uuid::Uuid;

use super::page::Page;
use crate::demo::{Cast, Offer, Setting, Speakers};

pub use crate::demo::voice::{PERIOD_MS, Voice};

/// Width of its pictures.
const WIDTH: u32 = 960;

/// The address of ours that a server is reached from.
fn way_to(server: SocketAddr) -> io::Result<IpAddr> {
    let any = if server.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    Ok(socket.local_addr()?.ip())
}

/// Joins by `link` and speaks until the process is ended; comes back by itself when the connection
/// is lost. Prints a line when the stage has answered for the first time.
///
/// # Errors
/// What to change, in the text.
pub fn run(link: &str, source: u8) -> anyhow::Result<()> {
    let card =
        Card { name: format!("Speaker {source}"), unit: String::new(), title: String::new() };
    let seat = Seat { id: SeatId::new(Uuid::nil()), card };
    let local = way_to(super::web::Web::of(link)?.0.address())?;
    let setting = Setting { local, width: WIDTH, fonts: Fonts::from_system()? };
    let (answered, answers) = channel();
    let link = link.to_owned();
    let offer = move |offer: Offer| {
        let (link, answered) = (link.clone(), answered.clone());
        async move {
            let page = Page::open(&link, (&offer.sdp, &offer.tracks), None)
                .map_err(|error| error.to_string())?;
            // Only the first answer is waited for.
            let _ = answered.send(());
            Ok(page.answer)
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
