//! The stage as peers see it, in virtual time.

mod codecs;
mod common;
mod narrow;

use std::collections::BTreeSet;

use common::units::{SIZES, unit};
use common::{Weather, World, seat};
use plenary_model::frame::PictureCodec;
use plenary_model::frame::{ProgrammePicture, TrackKind};
use plenary_model::time::Ticks;
use plenary_stage::{Input, Link, Part, Refused, TransportAddress};

#[test]
fn two_speakers_see_and_hear_each_other_but_not_themselves() {
    let mut world = World::new(1);
    let a = world.join(1, 1, (2, 2));
    let b = world.join(2, 1, (2, 2));
    world.run(2_000);
    world.wants(a, &[(b, 640), (a, 640)]);
    world.wants(b, &[(a, 640)]);
    world.run(2_000);
    for (me, other) in [(a, b), (b, a)] {
        assert_eq!(world.clients[me].slots, (1, 1));
        let carried: Vec<_> = world.clients[me].map.iter().filter_map(|slot| slot.source).collect();
        assert_eq!(carried, [world.camera(other), world.camera(other)]);
        assert!(50 < world.seen(me).len(), "{} pictures", world.seen(me).len());
        let voices = world.clients[me].packets.iter().filter(|(_, p)| p.kind == TrackKind::Opus);
        let heard: Vec<u8> = voices.map(|(_, packet)| packet.payload[1]).collect();
        assert!(80 < heard.len() && heard.iter().all(|who| usize::from(*who) == other));
    }
    assert!(world.links.contains(&(seat(1), Link::Up)));
}

#[test]
fn layers_follow_the_width_and_change_at_keyframes() {
    let mut world = World::new(2);
    let a = world.join(1, 3, (1, 1));
    let b = world.join(2, 3, (1, 1));
    world.run(1_500);
    world.wants(b, &[(a, 320)]);
    world.run(2_000);
    let narrow = world.seen(b).len();
    assert!(world.seen(b).iter().all(|(layer, _)| *layer == 0), "only the narrow layer");
    world.wants(b, &[(a, 1280)]);
    world.run(4_000);
    let seen = world.seen(b);
    assert!(narrow < seen.len());
    assert_eq!(seen.last().map(|(layer, _)| *layer), Some(2), "{seen:?}");
    assert!(seen.iter().all(|(layer, _)| *layer != 9), "a unit was not as it was sent");
    let state = world.sources.iter().find(|state| state.source == world.camera(a));
    assert_eq!(state.and_then(|state| state.size), Some(SIZES[2]));
}

#[test]
fn a_slot_changes_its_source_without_an_offer() {
    let mut world = World::new(3);
    let a = world.join(1, 1, (1, 2));
    let b = world.join(2, 1, (1, 2));
    let c = world.join(3, 1, (1, 2));
    world.run(1_500);
    world.wants(c, &[(a, 640)]);
    world.run(1_500);
    let mid = world.clients[c].map[0].mid.clone();
    world.wants(c, &[(b, 640)]);
    assert_eq!(world.clients[c].map[0].source, Some(world.camera(b)));
    world.run(1_500);
    let packets: Vec<_> = world.clients[c].packets.iter().filter(|(of, _)| *of == mid).collect();
    assert!(packets.windows(2).all(|pair| pair[0].1.seq + 1 == pair[1].1.seq), "numbers go on");
    assert!(packets.windows(2).all(|pair| pair[0].1.time <= pair[1].1.time), "time goes on");
    assert!(world.seen(c).iter().all(|(layer, _)| *layer == 0));
}

#[test]
fn a_page_adds_slots_and_goes_on() {
    let mut world = World::new(4);
    let a = world.join(1, 1, (0, 0));
    let b = world.join(2, 1, (0, 0));
    world.run(1_000);
    world.clients[a].peer.add(plenary_stage::signal::TrackUse::Video, 1, 1);
    world.clients[a].peer.add(plenary_stage::signal::TrackUse::Audio, 1, 1);
    world.negotiate(a, false);
    world.wants(a, &[(b, 320)]);
    world.run(2_000);
    assert_eq!(world.clients[a].map.len(), 2);
    assert!(40 < world.seen(a).len());
    assert!(world.refused.is_empty(), "{:?}", world.refused);
}

#[test]
fn a_page_that_is_loaded_anew_hears_of_its_slots_again() {
    let mut world = World::new(12);
    let a = world.join(1, 1, (0, 0));
    world.join(2, 1, (0, 0));
    world.run(1_000);
    assert_eq!(world.clients[a].slots, (1, 1));
    world.clients[a].alive = false;
    let again = world.open(1, 1, (0, 0));
    assert_eq!(world.clients[again].slots, (1, 1), "the seat never left, the page knows nothing");
}

#[test]
fn the_same_numbers_of_udp_and_tcp_are_two_seats() {
    let mut world = World::new(5);
    let numbers = "10.0.1.9:5000".parse().unwrap();
    for (number, address) in
        [(1, TransportAddress::Udp(numbers)), (2, TransportAddress::Tcp(numbers))]
    {
        world.input(Input::Join { seat: seat(number), part: Part::Speaker });
        world.open_at(address, number, (1, (1, 1)), &[PictureCodec::H264]);
    }
    world.run(1_500);
    world.wants(0, &[(1, 320)]);
    world.wants(1, &[(0, 320)]);
    world.run(2_000);
    for client in 0..2 {
        assert!(20 < world.seen(client).len(), "{client} sees the other");
    }
    world.clients[0].alive = false;
    world.run(40_000);
    assert!(!world.links.contains(&(seat(2), Link::Down)), "only the other one is gone");
    assert!(world.clients[1].up);
}

#[test]
fn a_peer_that_vanishes_is_given_up_and_may_come_back() {
    let mut world = World::new(5);
    let a = world.join(1, 1, (1, 1));
    let b = world.join(2, 1, (1, 1));
    world.run(1_500);
    world.wants(b, &[(a, 320)]);
    world.clients[a].alive = false;
    world.run(40_000);
    assert_eq!(world.links.last(), Some(&(seat(1), Link::Down)));
    assert!(world.clients[b].map.iter().all(|slot| slot.source.is_none()));
    let again = world.join(1, 1, (1, 1));
    world.run(2_000);
    assert_eq!(world.links.last(), Some(&(seat(1), Link::Up)));
    assert_eq!(world.clients[b].map[0].source, Some(world.camera(again)));
}

#[test]
fn a_connection_that_never_comes_about_is_given_up() {
    let mut world = World::new(7);
    let silent = world.join(1, 1, (1, 1));
    world.clients[silent].alive = false;
    world.run(10_000);
    assert!(!world.links.contains(&(seat(1), Link::Down)), "it may still come");
    world.run(35_000);
    assert_eq!(world.links.last(), Some(&(seat(1), Link::Down)));
    let said = world.links.len();
    world.run(40_000);
    assert_eq!(world.links.len(), said, "once");
}

#[test]
fn a_storm_of_keyframe_requests_is_one_request_a_second() {
    let mut world = World::new(6);
    let a = world.join(1, 1, (0, 0));
    let watchers: Vec<usize> = (2..8).map(|n| world.join(n, 1, (1, 0))).collect();
    world.run(1_500);
    for watcher in &watchers {
        world.wants(*watcher, &[(a, 320)]);
    }
    world.run(1_500);
    let before = world.clients[a].keyframes_asked.len();
    for _ in 0..40 {
        for watcher in &watchers {
            let mid = world.clients[*watcher].map[0].mid.clone();
            let mut out = Vec::new();
            let now = world.now;
            world.clients[*watcher].peer.request_keyframe(now, &mid, &mut out);
            world.forward(*watcher, out);
        }
        world.run(50);
    }
    let asked = world.clients[a].keyframes_asked.len() - before;
    assert!((1..=3).contains(&asked), "{asked} requests in two seconds");
}

#[test]
fn what_the_feed_lets_out_is_whole_or_marked() {
    for seed in 0..4 {
        let mut world = World::new(100 + seed);
        let a = world.join(1, 3, (0, 0));
        world.run(1_500);
        world.input(Input::Feed { source: world.camera(a), width: Some(640) });
        world.weather = Weather { loss: 4, twice: 3, late: 10 };
        world.run(8_000);
        let pictures: Vec<_> = world.fed.iter().filter(|c| c.kind.is_picture()).collect();
        assert!(60 < pictures.len(), "seed {seed}: {} pictures", pictures.len());
        let mut before: Option<(usize, u32)> = None;
        for picture in pictures {
            let known = world.sent.get(picture.bytes.as_ref());
            let Some((layer, frame, key)) = known.copied() else {
                assert!(picture.after_loss, "seed {seed}: a damaged unit is not marked");
                continue;
            };
            let follows = before.is_some_and(|(l, f)| l == layer && f + 1 == frame);
            assert!(follows || key || picture.after_loss, "seed {seed}: gap before {frame}");
            assert!(key == picture.keyframe || picture.after_loss);
            before = Some((layer, frame));
        }
        let sounds: Vec<_> = world.fed.iter().filter(|c| c.kind == TrackKind::Opus).collect();
        assert!(300 < sounds.len());
        assert!(sounds.windows(2).all(|pair| pair[0].rtp_time < pair[1].rtp_time));
    }
}

/// Runs on; gives the layers of the pictures that were fed, and the longest time without one in
/// milliseconds, from the last one before.
fn fed_layers(world: &mut World, ms: u64) -> (BTreeSet<usize>, u64) {
    let pictures = |world: &World| {
        let pictures = world.fed.iter().filter(|fed| fed.kind.is_picture());
        pictures.map(|fed| (fed.arrival_us, world.sent[fed.bytes.as_ref()].0)).collect::<Vec<_>>()
    };
    let before = pictures(world).len();
    world.run(ms);
    let all = pictures(world);
    let longest_us = all[before - 1..].windows(2).map(|pair| pair[1].0 - pair[0].0).max();
    let layers = all[before..].iter().map(|(_, layer)| *layer).collect();
    (layers, longest_us.expect("pictures") / 1_000)
}

#[test]
fn a_layer_that_its_sender_stops_is_left_at_once_and_trusted_again_later() {
    let mut world = World::new(61);
    let a = world.join(1, 3, (0, 0));
    world.run(1_500);
    world.input(Input::Feed { source: world.camera(a), width: Some(1280) });
    world.run(2_000);
    assert_eq!(fed_layers(&mut world, 1_000), ([2].into(), 33));
    world.clients[a].stopped.insert(2);
    let (layers, longest_ms) = fed_layers(&mut world, 1_000);
    assert_eq!(layers, [1].into());
    assert!((150..300).contains(&longest_ms), "{longest_ms} ms");
    // The sender tries for two seconds, then stops again: nobody has followed.
    world.clients[a].stopped.clear();
    assert_eq!(fed_layers(&mut world, 2_000), ([1].into(), 33));
    world.clients[a].stopped.insert(2);
    world.run(1_000);
    let asked = world.clients[a].keyframes_asked.len();
    assert_eq!(fed_layers(&mut world, 5_000), ([1].into(), 33));
    assert_eq!(world.clients[a].keyframes_asked.len(), asked, "nothing is asked of what rests");
    // It goes on with the wide layer, which is trusted in the end.
    world.clients[a].stopped.clear();
    assert_eq!(fed_layers(&mut world, 4_500), ([1].into(), 33));
    world.run(1_500);
    assert_eq!(fed_layers(&mut world, 1_000), ([2].into(), 33));
}

#[test]
fn the_loudest_speaks_and_a_cough_does_not() {
    let mut world = World::new(8);
    let a = world.join(1, 1, (0, 0));
    let b = world.join(2, 1, (0, 0));
    world.voice = vec![-20, -70];
    world.run(3_000);
    assert_eq!(world.speaking, [Some(seat(1))]);
    world.voice[b] = -10;
    world.run(60);
    world.voice[b] = -70;
    world.run(2_000);
    assert_eq!(world.speaking, [Some(seat(1))], "a cough takes the floor");
    world.voice = vec![-70, -20];
    world.run(3_000);
    assert_eq!(world.speaking, [Some(seat(1)), Some(seat(2))]);
    world.voice = vec![-90, -90];
    world.run(6_000);
    assert_eq!(world.speaking.last(), Some(&None));
    let _ = a;
}

#[test]
fn a_muted_microphone_costs_the_others_little_and_its_voice_comes_back_whole() {
    let mut world = World::new(12);
    let a = world.join(1, 1, (0, 0));
    let b = world.join(2, 1, (0, 1));
    world.weather = Weather { late: 20, ..Weather::default() };
    world.run(3_000);
    world.voice[a] = -127;
    world.run(4_000);
    world.voice[a] = -30;
    world.run(2_000);
    world.run(100);
    let heard: Vec<_> =
        world.clients[b].packets.iter().filter(|(_, p)| p.kind == TrackKind::Opus).collect();
    let silent = heard.iter().filter(|(_, p)| p.level_db == Some(-127)).count();
    assert!((25..45).contains(&silent), "{silent} of 200 packets of silence went on");
    let mut seqs: Vec<u64> = heard.iter().map(|(_, p)| p.seq).collect();
    seqs.sort_unstable();
    let gaps: Vec<_> = seqs.windows(2).filter(|pair| pair[1] != pair[0] + 1).collect();
    assert!(gaps.is_empty(), "every packet has a number of its own, none is missing: {gaps:?}");
    let back = heard.iter().rev().take_while(|(_, p)| p.level_db != Some(-127)).count();
    assert!(95 < back, "{back} packets of two seconds of voice");
    let mut times: Vec<(u64, u64)> = heard.iter().map(|(_, p)| (p.seq, p.time)).collect();
    times.sort_unstable();
    assert!(times.windows(2).all(|pair| pair[0].1 < pair[1].1), "and its time goes on");
}

/// A programme of one rendition that world and viewers see.
struct Show {
    frame: u32,
    clock: u64,
}

impl Show {
    fn picture(&mut self, world: &mut World, rendition: u8, (idr, bytes_max): (bool, usize)) {
        let mut bytes = unit(0, usize::from(rendition), self.frame, idr);
        bytes.resize(bytes_max.max(bytes.len()), 0x80);
        world.sent.insert(bytes.clone(), (usize::from(rendition), self.frame, idr));
        let bytes = bytes.into();
        let picture = ProgrammePicture { rendition, time: Ticks(self.clock), idr, bytes };
        world.input(Input::ProgrammePicture(picture));
    }

    fn next(&mut self, world: &mut World) {
        self.frame += 1;
        self.clock += 3_000;
        world.run(33);
    }
}

#[test]
fn a_large_picture_leaves_at_once() {
    let mut world = World::new(11);
    let studio = world.join(7, 0, (0, 0));
    world.run(1_500);
    world.wants(studio, &[]);
    let mut show = Show { frame: 1, clock: 3_000 };
    show.picture(&mut world, 0, (true, 1_000));
    show.next(&mut world);
    show.picture(&mut world, 0, (false, 100_000));
    world.run(6);
    let last = world.clients[studio].packets.last().map(|(_, packet)| packet);
    assert!(last.is_some_and(|packet| packet.marker && packet.time == 6_000));
    assert_eq!(world.seen(studio), [(0, 1), (0, 2)]);
}

#[test]
fn a_viewer_who_lost_the_programme_sees_a_small_one_until_the_next_keyframe() {
    let mut world = World::new(12);
    let studio = world.join(7, 0, (0, 0));
    world.run(1_500);
    world.wants(studio, &[]);
    let mut show = Show { frame: 1, clock: 3_000 };
    for index in 0..110 {
        if index == 45 {
            let mid = world.clients[studio].packets[0].0.clone();
            let (now, mut out) = (world.now, Vec::new());
            world.clients[studio].peer.request_keyframe(now, &mid, &mut out);
            world.forward(studio, out);
        }
        let idr = index % 60 == 0;
        show.picture(&mut world, 0, (idr, 4_000));
        show.picture(&mut world, 1, (idr, 600));
        show.next(&mut world);
    }
    let seen = world.seen(studio);
    let mut parts: Vec<(usize, u32, u32)> = Vec::new();
    for (rendition, frame) in seen {
        match parts.last_mut() {
            Some((of, _, last)) if *of == rendition && *last + 1 == frame => *last = frame,
            _ => parts.push((rendition, frame, frame)),
        }
    }
    assert_eq!(parts, [(0, 1, 47), (1, 1, 60), (0, 61, 110)]);
    let times: Vec<u64> = world.clients[studio].packets.iter().map(|(_, p)| p.time).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_viewer_goes_on_when_the_large_programme_stops_and_when_it_starts_over() {
    let mut world = World::new(13);
    let studio = world.join(7, 0, (0, 0));
    world.run(1_500);
    world.wants(studio, &[]);
    let mut show = Show { frame: 1, clock: 3_000 };
    for index in 0..70 {
        if index < 20 {
            show.picture(&mut world, 0, (index == 0, 1_000));
        }
        show.picture(&mut world, 1, (index == 0, 600));
        show.next(&mut world);
    }
    assert_eq!(world.seen(studio).last(), Some(&(1, 70)));
    show.clock = 3_000;
    show.picture(&mut world, 0, (true, 1_000));
    show.next(&mut world);
    assert_eq!(world.seen(studio).last(), Some(&(0, 71)));
    let times: Vec<u64> = world.clients[studio].packets.iter().map(|(_, p)| p.time).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_joining_viewer_gets_the_programme_from_its_last_keyframe() {
    let mut world = World::new(9);
    let studio = world.join(7, 0, (0, 0));
    world.run(1_500);
    let mut time = 0;
    let mut picture = |world: &mut World, idr: bool| {
        time += 3_000;
        let bytes = unit(0, 0, (time / 3_000) as u32, idr);
        world.sent.insert(bytes.clone(), (0, (time / 3_000) as u32, idr));
        let bytes = bytes.into();
        let picture = ProgrammePicture { rendition: 0, time: Ticks(time), idr, bytes };
        world.input(Input::ProgrammePicture(picture));
        world.run(33);
    };
    for index in 0..20 {
        picture(&mut world, index % 60 == 0);
    }
    assert!(world.clients[studio].packets.is_empty(), "nobody wants it yet");
    world.wants(studio, &[]);
    for _ in 0..5 {
        picture(&mut world, false);
    }
    world.run(300);
    let seen: Vec<u32> = world.seen(studio).into_iter().map(|(_, frame)| frame).collect();
    assert_eq!(seen, (1..=25).collect::<Vec<u32>>());
    let times: Vec<u64> = world.clients[studio].packets.iter().map(|(_, p)| p.time).collect();
    assert!(times.is_sorted());
}

#[test]
fn an_offer_that_gives_a_payload_type_another_format_is_refused_and_the_seat_goes_on() {
    let mut world = World::new(14);
    let a = world.join(1, 1, (1, 1));
    let b = world.join(2, 1, (1, 1));
    world.wants(a, &[(b, 320)]);
    world.run(1_500);
    let seat = world.clients[a].seat;
    world.clients[a].peer.add(plenary_stage::signal::TrackUse::Video, 1, 1);
    let (sdp, tracks) = world.clients[a].peer.offer().expect("a line was added");
    let baseline = sdp.find("profile-level-id=42001f").expect("a peer offers two profiles");
    let number = |line: &str| line.strip_prefix("a=fmtp:")?.split(' ').next().map(str::to_owned);
    let number = sdp[..baseline].lines().last().and_then(number).expect("a format has a number");
    let rebound = sdp.replace("profile-level-id=42001f", "profile-level-id=64001f");
    world.input(Input::Offer { seat, sdp: &rebound, tracks: &tracks, fresh: false });
    let told = world.refused.last().map(ToString::to_string).unwrap_or_default();
    let expected =
        format!("the offer cannot be used: payload type {number} stands for two formats");
    assert!(told.starts_with(&expected), "{told}");
    let before = world.seen(a).len();
    world.run(1_500);
    assert!(before + 30 < world.seen(a).len(), "it sees as before");
    assert!(!world.links.contains(&(seat, Link::Faulted)), "{:?}", world.links);
    // The page may ask for what it wanted in a good way.
    world.input(Input::Offer { seat, sdp: &sdp, tracks: &tracks, fresh: false });
    assert_eq!(world.refused.len(), 1, "{:?}", world.refused);
    world.run(500);
    assert_eq!(world.clients[a].map.len(), 3);
}

#[test]
fn impossible_offers_are_refused_and_garbage_costs_nothing() {
    let mut world = World::new(10);
    let a = world.join(1, 1, (1, 1));
    let studio = world.join(7, 0, (0, 0));
    world.run(1_000);
    let tracks = world.clients[a].peer.tracks();
    let long = "m=audio\r\n".repeat(61);
    let (a_seat, studio_seat) = (world.clients[a].seat, world.clients[studio].seat);
    for (seat, sdp, tracks) in [
        (a_seat, "v=0", &tracks[..0]),
        (a_seat, long.as_str(), &tracks[..0]),
        (studio_seat, "v=0", &tracks[..]),
        (common::seat(99), "v=0", &tracks[..0]),
    ] {
        world.input(Input::Offer { seat, sdp, tracks, fresh: false });
    }
    assert!(matches!(world.refused[0], Refused::BadOffer(_)), "{:?}", world.refused[0]);
    assert_eq!(
        world.refused[1..],
        [Refused::OfferTooLarge, Refused::OnlyReceives, Refused::UnknownSeat,]
    );
    let udp = |at: &str| TransportAddress::Udp(at.parse().unwrap());
    let (stranger, to) = (udp("10.9.9.9:9"), udp("10.0.0.1:3478"));
    for length in 0..400 {
        let garbage: Vec<u8> = (0..length).map(|i| (i * 37 + length * 11) as u8).collect();
        for from in [world.clients[a].address, stranger] {
            for first in [0, 1, 20, 22, 63, 128, 144, 191, 200, 255] {
                let mut bytes = garbage.clone();
                if let Some(byte) = bytes.first_mut() {
                    *byte = first;
                }
                world.input(Input::Datagram { from, to, bytes: &bytes });
            }
        }
    }
    world.run(1_000);
    assert!(world.clients[a].up && !world.links.contains(&(a_seat, Link::Faulted)));
}
