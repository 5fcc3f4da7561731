//! `bench faults`: what a viewer sees of a speaker that dies and of a media engine that is killed.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use plenary_model::scene::Layout;
use serde::Serialize;

use super::continuity::Continuity;
use super::director::Director;
use super::eyes::{Eyes, Seen};
use super::figures::Spread;
use super::follow::{Arrived, Follower};
use super::process::Demo;
use super::processes;
use super::served::Served;
use crate::demo::marker::Mark;

/// The rendition that is watched.
const WATCHED: &str = "v720";
/// In parts: longer than anything here may take.
const PATIENCE: usize = 60;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// From the last new picture of a dead source until its card, in programme time.
    pub card: Option<Spread>,
    /// Parts that were missing meanwhile.
    pub parts_missing: usize,
    /// Programme that a killed media engine costs.
    pub without_programme: Option<Spread>,
}

/// Kills a speaker and a media engine so many times each.
///
/// # Errors
/// A server does not run, or the programme does not come back.
pub fn run(runs: usize) -> anyhow::Result<Figures> {
    let (mut cards, mut parts_missing) = (Vec::new(), 0);
    for _ in 0..runs {
        let (card_ms, missing) = speaker_dies()?;
        cards.push(card_ms);
        parts_missing += missing;
    }
    let data = tempfile::tempdir()?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let demo = Demo::start(&env::current_exe()?, data.path(), listen)?;
    let mut watch = Watch::new(Follower::new(demo.web.clone(), &demo.hls, WATCHED));
    for kill in 1..=runs {
        watch.until(|_, _| Ok(Some(())))?;
        processes::kill(processes::media_worker(demo.process.id())?)?;
        watch.until(|seen, _| Ok((kill <= seen.breaks_ms.len()).then_some(())))?;
    }
    let without_programme = Spread::of(watch.seen.breaks_ms);
    Ok(Figures { card: Spread::of(cards), parts_missing, without_programme })
}

/// How long the last picture stood, and how many parts were missing.
fn speaker_dies() -> anyhow::Result<(f64, usize)> {
    let data = tempfile::tempdir()?;
    let served = Served::start(&env::current_exe()?, data.path(), &["Ada".to_owned()], &[])?;
    let place = served.places.first().context("the event has no seat")?;
    let speaker = served.speak(place)?;
    Director::open(&served.studio)?.put_on_air(&place.camera())?;
    let mut watch = Watch::new(Follower::new(served.web.clone(), &served.hls, WATCHED));
    let mut eyes = Eyes::new(served.web.clone())?;
    let mut see = |part: &Arrived| eyes.see(part, Layout::Full.tiles());
    watch.until(|_, part| Ok(see(part)?.iter().any(|seen| seen.mark().is_some()).then_some(())))?;
    speaker.kill()?;
    let mut last = LastPicture::default();
    let card_ms =
        watch.until(|_, part| Ok(see(part)?.iter().find_map(|seen| last.card_ms(seen))))?;
    Ok((card_ms, watch.seen.missing))
}

/// The last new picture of a source, while it is watched.
#[derive(Debug, Default)]
pub struct LastPicture {
    /// Its mark and its programme time in milliseconds.
    pub newest: Option<(Mark, f64)>,
    /// How often it was repeated.
    pub held: usize,
}

impl LastPicture {
    /// Takes the next picture; how long after the last new one it comes when it is the card.
    pub fn card_ms(&mut self, seen: &Seen) -> Option<f64> {
        match (seen.mark(), self.newest) {
            (Some(mark), Some((known, _))) if mark == known => self.held += 1,
            (Some(mark), _) => *self = Self { newest: Some((mark, seen.programme_ms)), held: 0 },
            (None, Some((_, since_ms))) => return Some(seen.programme_ms - since_ms),
            (None, None) => {}
        }
        None
    }
}

/// A viewer who notes what is missing.
struct Watch {
    follower: Follower,
    seen: Continuity,
}

impl Watch {
    const fn new(follower: Follower) -> Self {
        Self { follower, seen: Continuity::new() }
    }

    /// Follows until something is found in a part.
    fn until<T>(
        &mut self,
        mut found: impl FnMut(&Continuity, &Arrived) -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        for _ in 0..PATIENCE {
            for part in self.follower.next_parts()? {
                self.seen.take(&part);
                if let Some(found) = found(&self.seen, &part)? {
                    return Ok(found);
                }
            }
        }
        anyhow::bail!("what was waited for did not come in {PATIENCE} parts")
    }
}
