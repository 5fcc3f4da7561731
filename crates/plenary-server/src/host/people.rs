//! Who is there: pages that come, speak and go, and the seats that they hold on the stage.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::SEATS_MAX;
use plenary_model::person::Card;
use plenary_show::{Says, Seen};
use plenary_stage::{Link, Part};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::pages::Role;
use super::task::Task;
use super::{AttachRefused, Attached, Page, PageId};
use crate::clock::wall_now;
use crate::http::layouts;
use crate::media::{MediaEvent, Offer};
use crate::ws::message::{FromPage, ToPage};

/// How long a seat is kept for a page that went without a word.
const GRACE: Duration = Duration::from_secs(30);

impl Task {
    pub(super) fn attach(
        &mut self,
        page: Page,
        reply: oneshot::Sender<Result<Attached, AttachRefused>>,
    ) {
        let (seat, role, card) = match page {
            Page::Stage { seat, card } => (seat, Role::Speaker, Some(card)),
            Page::Encoder { seat, card } => (seat, Role::Encoder, Some(card)),
            Page::Studio => (SeatId::new(Uuid::now_v7()), Role::Director, None),
        };
        if SEATS_MAX <= self.joined.len() && !self.joined.contains(&seat) {
            let _ = reply.send(Err(AttachRefused::StageFull));
            return;
        }
        let opened = self.pages.open(seat, role);
        let Ok(attached) = &opened else {
            let _ = reply.send(opened);
            return;
        };
        let page = attached.page;
        let part = match role {
            Role::Speaker | Role::Encoder => Part::Speaker,
            Role::Director => Part::Observer,
        };
        if self.joined.insert(seat) {
            self.media.join(seat, part);
        }
        self.leaving.remove(&seat);
        if let Some(card) = &card {
            self.cards.insert(seat, card.clone());
        }
        self.welcome(page, seat, role, card);
        if reply.send(opened).is_err() {
            self.detach(page);
        }
    }

    fn welcome(&mut self, page: PageId, seat: SeatId, role: Role, card: Option<Card>) {
        self.pages.say(
            page,
            &ToPage::Welcome {
                event: self.event,
                title: self.title.clone(),
                seat: card.is_some().then_some(seat),
                card,
                ice_servers: self.turn.servers(wall_now(), &seat.to_string()),
                layouts: layouts::all(),
            },
        );
        self.pages.say(page, &ToPage::Roster { people: self.roster.people(&self.show) });
        self.pages.say(page, &ToPage::Speaking { seat: self.speaking });
        if role == Role::Director {
            self.pages.say(page, &ToPage::Show { show: Arc::new(self.show.view()) });
            self.say_sources();
        }
    }

    pub(super) fn hear(&mut self, page: PageId, message: FromPage) {
        let Some((seat, role)) = self.pages.who(page) else { return };
        match message {
            FromPage::Offer { sdp, tracks, fresh } => {
                self.media.offer(seat, Offer { sdp, tracks, fresh });
                if self.media.has_ended() {
                    let message = "the stage has ended".into();
                    self.pages.say(page, &ToPage::Refused { code: "stage_ended", message });
                }
            }
            FromPage::Wants { pictures, programme } => {
                self.media.wants(seat, pictures, programme);
            }
            FromPage::Muted { microphone, camera } => {
                self.note(page, |says| {
                    says.microphone = !microphone;
                    says.camera = !camera;
                });
            }
            FromPage::Hand { raised } => self.note(page, |says| says.hand = raised),
            FromPage::Leave if role != Role::Director => {
                self.pages.close(page);
                self.leave(seat);
            }
            FromPage::Leave => {}
        }
    }

    /// A page says something of its person, who need not be on the stage yet.
    fn note(&mut self, page: PageId, change: impl FnOnce(&mut Says)) {
        if let Some((seat, says)) = self.pages.note(page, change) {
            self.see(seat, Seen::Says(says));
        }
    }

    pub(super) fn detach(&mut self, page: PageId) {
        match self.pages.close(page) {
            Some((seat, Role::Director)) => {
                self.joined.remove(&seat);
                self.media.leave(seat);
            }
            Some((seat, Role::Speaker | Role::Encoder)) if !self.pages.has(seat) => {
                self.leaving.insert(seat, Instant::now() + GRACE);
            }
            Some(_) | None => {}
        }
    }

    /// The seat is given up: its sources go, its places show nothing.
    fn leave(&mut self, seat: SeatId) {
        self.leaving.remove(&seat);
        self.joined.remove(&seat);
        self.media.leave(seat);
        for source in [SourceId::Camera(seat), SourceId::Screen(seat)] {
            if self.sources.remove(source) {
                self.worker.remove_source(source);
            }
        }
        if self.roster.leave(seat) {
            self.say_roster();
        }
    }

    /// Gives up the seats whose pages stayed away too long.
    pub(super) fn give_up_seats(&mut self) {
        let now = Instant::now();
        let late = self.leaving.iter().filter(|(_, at)| **at <= now);
        for seat in late.map(|(seat, _)| *seat).collect::<Vec<SeatId>>() {
            self.leave(seat);
        }
    }

    pub(super) fn on_stage(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Say { seat, message } => {
                self.pages.say_to_seat(seat, &message.into());
            }
            MediaEvent::Refused { seat, refused } => {
                let (code, message) = (refused.code(), refused.to_string());
                self.pages.say_to_seat(seat, &ToPage::Refused { code, message });
            }
            MediaEvent::Link { seat, link } => self.on_link(seat, link),
            MediaEvent::Speaking(seat) => {
                self.speaking = seat;
                self.pages.say_to_all(&ToPage::Speaking { seat });
            }
            MediaEvent::Sources(states) => {
                self.sources.see_stage(&states);
                self.see_screens(&states);
            }
            MediaEvent::Contribution(_) => unreachable!("media goes its own way, past the host"),
        }
    }

    fn on_link(&mut self, seat: SeatId, link: Link) {
        let Some(card) = self.cards.get(&seat).cloned() else { return };
        match link {
            Link::Up => {
                let says = self.pages.says_of(seat).unwrap_or_default();
                if let Err(full) = self.roster.join(seat, card, says) {
                    let told = ToPage::Refused { code: "stage_full", message: full.to_string() };
                    self.pages.say_to_seat(seat, &told);
                    return;
                }
                self.ensure_source(SourceId::Camera(seat));
                self.say_roster();
            }
            Link::Interrupted => self.see(seat, Seen::Lost),
            Link::Down | Link::Faulted => {
                // An encoder comes back with a new session; a page offers again by itself.
                self.pages.put_out_encoder(seat);
                self.see(seat, Seen::Lost);
            }
        }
    }

    /// A screen is shared as long as its packets come.
    fn see_screens(&mut self, states: &[plenary_stage::SourceState]) {
        let mut changed = false;
        let seats: Vec<SeatId> = self.cards.keys().copied().collect();
        for seat in seats {
            let screen = SourceId::Screen(seat);
            let shared = states.iter().any(|state| state.source == screen && state.arriving);
            changed |= self.roster.see(seat, Seen::Screen(shared));
            if shared {
                self.ensure_source(screen);
            }
        }
        if changed {
            self.say_roster();
        }
    }

    fn see(&mut self, seat: SeatId, seen: Seen) {
        if self.roster.see(seat, seen) {
            self.say_roster();
        }
    }

    pub(super) fn say_roster(&mut self) {
        let people = self.roster.people(&self.show);
        self.pages.say_to_all(&ToPage::Roster { people });
    }
}
