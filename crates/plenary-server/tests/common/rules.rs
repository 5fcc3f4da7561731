//! Every playlist of a stretch of the broadcast, by our own checker.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use plenary_hls::check::{Checker, Violation};
use plenary_server::bench::playlist::Playlist;
use plenary_server::bench::web::Web;

use super::RENDITIONS;

/// Players of all renditions who ask for every part's playlist.
pub struct Rules {
    told: Receiver<(&'static str, String)>,
    followers: Vec<JoinHandle<()>>,
    least: usize,
}

impl Rules {
    /// Lets them ask for so many parts of the broadcast whose multivariant playlist is at `hls`.
    pub fn start(web: &Web, hls: &str, parts: usize) -> Self {
        let (tell, told) = channel();
        let folder = hls.strip_suffix("index.m3u8").expect("the multivariant playlist");
        let followers = RENDITIONS.map(|rendition| {
            let (web, tell) = (web.clone(), tell.clone());
            let folder = format!("{folder}{rendition}/");
            thread::spawn(move || follow(&web, &folder, (rendition, parts), &tell))
        });
        Self { told, followers: followers.into(), least: RENDITIONS.len() * parts * 2 }
    }

    /// Waits for all of them and gives what was wrong.
    pub fn broken(self) -> Vec<Violation> {
        let mut checker = Checker::new();
        let mut served = 0;
        for (rendition, text) in self.told {
            checker.observe(rendition, &text);
            served += 1;
        }
        for follower in self.followers {
            follower.join().expect("a follower does not panic");
        }
        assert!(self.least <= served);
        checker.finish()
    }
}

/// Asks for each part's playlist as a player does, whole and as a delta update in turn.
fn follow(
    web: &Web,
    folder: &str,
    (rendition, parts): (&'static str, usize),
    tell: &Sender<(&'static str, String)>,
) {
    let get = |query: &str| {
        let answer = web.get(&format!("{folder}live.m3u8{query}")).expect("an answer");
        answer.ok().expect("a playlist").text()
    };
    let mut text = get("");
    for _ in 0..parts {
        let playlist = Playlist::parse(&text).expect("a playlist");
        let newest = playlist.segments.last().expect("a segment");
        let (msn, part) = match &newest.uri {
            Some(_) => (newest.msn + 1, 0),
            None => (newest.msn, newest.parts.len()),
        };
        let query = format!("?_HLS_msn={msn}&_HLS_part={part}");
        let delta = get(&format!("{query}&_HLS_skip=YES"));
        tell.send((rendition, delta)).expect("the test listens");
        text = get(&query);
        tell.send((rendition, text.clone())).expect("the test listens");
    }
}
