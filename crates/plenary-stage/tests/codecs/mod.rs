//! VP8 beside H.264: who sends what, who sees it, and what the media worker gets, in virtual time.

use std::net::SocketAddr;
use std::time::Instant;

use crate::common::units::SIZES;
use crate::common::{Weather, World, seat};
use plenary_model::frame::{PictureCodec, TrackKind};
use plenary_stage::signal::{ToPage, TrackOffer, TrackUse};
use plenary_stage::vp8::counters;
use plenary_stage::{Config, Identity, Input, Output, Part, Stage, TransportAddress};

const BOTH: [PictureCodec; 2] = [PictureCodec::H264, PictureCodec::Vp8];
const VP8: [PictureCodec; 1] = [PictureCodec::Vp8];
const H264: [PictureCodec; 1] = [PictureCodec::H264];

/// The codecs of the pictures that a page got, in order, without repetition.
fn codecs(world: &World, index: usize) -> Vec<PictureCodec> {
    let mut codecs: Vec<PictureCodec> = Vec::new();
    for (_, packet) in &world.clients[index].packets {
        if let TrackKind::Picture(codec) = packet.kind
            && codecs.last() != Some(&codec)
        {
            codecs.push(codec);
        }
    }
    codecs
}

#[test]
fn where_all_know_h264_all_send_it() {
    let mut world = World::new(1);
    let a = world.join_with(1, 3, (1, 1), &BOTH);
    let b = world.join_with(2, 3, (1, 1), &BOTH);
    world.run(1_000);
    world.wants(a, &[(b, 640)]);
    world.wants(b, &[(a, 640)]);
    world.run(2_000);
    for me in [a, b] {
        assert_eq!(codecs(&world, me), [PictureCodec::H264]);
        assert!(30 < world.seen(me).len());
    }
}

#[test]
fn all_send_vp8_while_somebody_is_there_who_knows_nothing_else() {
    let mut world = World::new(2);
    let a = world.join_with(1, 3, (2, 2), &BOTH);
    let b = world.join_with(2, 3, (2, 2), &BOTH);
    world.run(1_000);
    world.wants(b, &[(a, 640)]);
    world.run(2_000);
    let c = world.join_with(3, 1, (2, 2), &VP8);
    world.run(1_000);
    world.wants(c, &[(a, 640), (b, 320)]);
    world.wants(b, &[(a, 640), (c, 640)]);
    world.run(4_000);
    assert_eq!(codecs(&world, c), [PictureCodec::Vp8], "who knows no H.264 gets none");
    assert_eq!(codecs(&world, b), [PictureCodec::H264, PictureCodec::Vp8]);
    assert!(60 < world.seen(c).len(), "{} pictures", world.seen(c).len());
    assert!(world.seen(b).iter().all(|(layer, _)| *layer != 9), "a picture was not as sent");
    // A lost connection changes nothing: the person comes back.
    world.clients[c].alive = false;
    world.run(60_000);
    assert_eq!(codecs(&world, b).last(), Some(&PictureCodec::Vp8));
    world.input(Input::Leave { seat: seat(3) });
    world.run(4_000);
    assert_eq!(codecs(&world, b).last(), Some(&PictureCodec::H264), "back when they have left");
    assert!(world.refused.is_empty(), "{:?}", world.refused);
}

#[test]
fn who_sends_only_h264_is_named_to_who_cannot_show_it() {
    let mut world = World::new(3);
    let a = world.join_with(1, 1, (1, 1), &H264);
    let b = world.join_with(2, 1, (1, 1), &VP8);
    world.run(1_000);
    world.wants(a, &[(b, 640)]);
    world.wants(b, &[(a, 640)]);
    world.run(3_000);
    for (me, other) in [(a, b), (b, a)] {
        assert_eq!(world.clients[me].undecodable, [world.camera(other)]);
        assert_eq!(codecs(&world, me), []);
        let voices = world.clients[me].packets.iter().filter(|(_, p)| p.kind == TrackKind::Opus);
        assert!(80 < voices.count(), "sound goes on");
        let carried: Vec<_> = world.clients[me].map.iter().filter_map(|slot| slot.source).collect();
        assert_eq!(carried, [world.camera(other)], "no slot waits for a picture in vain");
    }
}

#[test]
fn layers_of_vp8_change_at_keyframes_and_its_counters_go_on() {
    let mut world = World::new(4);
    let a = world.join_with(1, 3, (1, 1), &VP8);
    let b = world.join_with(2, 3, (1, 1), &VP8);
    world.run(1_500);
    for width in [320, 1280, 320, 640] {
        world.wants(b, &[(a, width)]);
        world.run(2_500);
    }
    let seen = world.seen(b);
    assert!(seen.iter().all(|(layer, _)| *layer != 9), "a frame was not as it was sent");
    let mut layers: Vec<usize> = seen.iter().map(|(layer, _)| *layer).collect();
    layers.dedup();
    assert!(layers.ends_with(&[0, 1]) && layers.contains(&2), "{layers:?}");
    let pictures = world.clients[b].packets.iter().filter(|(_, packet)| packet.kind.is_picture());
    let counted: Vec<_> = pictures.filter_map(|(_, packet)| counters(&packet.payload)).collect();
    assert!(200 < counted.len());
    for pair in counted.windows(2) {
        let step = pair[1].picture.wrapping_sub(pair[0].picture) & 0x7fff;
        assert!(step <= 1, "{pair:?}");
        assert_eq!(pair[1].base.wrapping_sub(pair[0].base), step as u8, "{pair:?}");
    }
    let state = world.sources.iter().find(|state| state.source == world.camera(a));
    assert_eq!(state.and_then(|state| state.size), Some(SIZES[2]));
}

#[test]
fn the_media_worker_gets_whole_vp8_frames_from_a_bad_network() {
    let mut world = World::new(5);
    world.weather = Weather { loss: 4, twice: 3, late: 10 };
    let a = world.join_with(1, 3, (0, 0), &VP8);
    let source = world.camera(a);
    world.run(3_000);
    world.input(Input::Feed { source, width: Some(640) });
    world.run(10_000);
    let pictures: Vec<_> = world.fed.iter().filter(|c| c.kind.is_picture()).collect();
    assert!(200 < pictures.len(), "{} frames", pictures.len());
    for picture in &pictures {
        assert_eq!(picture.kind, TrackKind::Picture(PictureCodec::Vp8));
        let known = world.sent.get(picture.bytes.as_ref());
        let (layer, _, keyframe) = *known.expect("a frame that was not sent so");
        assert_eq!((layer, keyframe), (1, picture.keyframe));
    }
    let decodes = pictures.iter().scan(false, |whole, picture| {
        *whole = picture.keyframe || (*whole && !picture.after_loss);
        Some(*whole)
    });
    let decodes = decodes.filter(|whole| *whole).count();
    assert!(100 < decodes, "{decodes} of {} frames decode", pictures.len());
}

#[test]
fn a_fed_source_goes_on_in_another_codec() {
    let mut world = World::new(6);
    let a = world.join_with(1, 1, (1, 1), &BOTH);
    let source = world.camera(a);
    world.run(1_000);
    world.input(Input::Feed { source, width: Some(640) });
    world.run(2_000);
    world.join_with(2, 1, (1, 1), &VP8);
    world.run(3_000);
    let pictures: Vec<_> = world.fed.iter().filter(|c| c.kind.is_picture()).collect();
    let change = pictures.iter().position(|c| c.kind == TrackKind::Picture(PictureCodec::Vp8));
    let change = change.expect("the room changes to VP8");
    assert!(pictures[change].keyframe, "the other codec begins with a keyframe");
    assert!(pictures[change..].iter().all(|c| c.kind == pictures[change].kind));
    assert!(30 < change && 30 < pictures.len() - change);
    assert!(pictures.windows(2).all(|pair| pair[0].rtp_time < pair[1].rtp_time), "time goes on");
    assert!(pictures.iter().all(|c| world.sent.contains_key(c.bytes.as_ref())));
}

#[test]
fn counters_go_on_over_the_end_of_their_numbers() {
    use plenary_stage::vp8::{Continuity, Counters, packetize};
    let mut continuity = Continuity::default();
    let frame = [0x10, 0, 0, 0x9d, 1, 0x2a, 16, 0, 16, 0, 7, 7];
    let mut out = Vec::new();
    for (first, count) in [(0x7ffe_u16, 4), (100, 3)] {
        for n in 0..count {
            let counters = Counters {
                picture: first.wrapping_add(n) & 0x7fff,
                base: (first as u8).wrapping_add(n as u8),
            };
            let payload = packetize(&frame, 1_100, counters).remove(0);
            if n == 0 {
                continuity.switch(&payload);
            }
            out.push(plenary_stage::vp8::counters(&continuity.map(&payload)).expect("a payload"));
        }
    }
    let pictures: Vec<u16> = out.iter().map(|counters| counters.picture).collect();
    let bases: Vec<u8> = out.iter().map(|counters| counters.base).collect();
    assert_eq!(pictures, [0x7ffe, 0x7fff, 0, 1, 2, 3, 4]);
    assert_eq!(bases, [254, 255, 0, 1, 2, 3, 4]);
}

/// What Firefox offers for its camera, shortened, with these codecs.
fn firefox(codecs: &str, formats: &str) -> String {
    let lines = format!(
        "v=0\no=mozilla...THIS_IS_SDPARTA-99.0 1780743935637046305 0 IN IP4 0.0.0.0\ns=-\nt=0 0\n\
         a=fingerprint:sha-256 {fingerprint}\na=group:BUNDLE 0 1\na=ice-options:trickle\n\
         a=msid-semantic:WMS *\n\
         m=video 9 UDP/TLS/RTP/SAVPF {codecs}\nc=IN IP4 0.0.0.0\na=sendonly\n\
         a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\n\
         a=extmap:9/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n\
         a=extmap-allow-mixed\n{formats}\
         a=ice-pwd:15083886040130d9e88087de240389e0\na=ice-ufrag:76513cde\na=mid:0\n\
         a=msid:- {{d08a2ec4-d8a9-4b98-900a-ff4e7eba8b12}}\na=rid:l send\na=rid:m send\n\
         a=rid:h send\na=rtcp-mux\na=setup:actpass\na=simulcast:send l;m;h\n\
         m=video 0 UDP/TLS/RTP/SAVPF {codecs}\nc=IN IP4 0.0.0.0\na=bundle-only\na=recvonly\n\
         a=extmap-allow-mixed\n{formats}\
         a=ice-pwd:15083886040130d9e88087de240389e0\na=ice-ufrag:76513cde\na=mid:1\n\
         a=rtcp-mux\na=setup:actpass\n",
        fingerprint = ["AB"; 32].join(":"),
    );
    lines.replace('\n', "\r\n")
}

/// The payload types of each picture line of the answer, the preferred first.
fn answered(stage: &mut Stage, now: Instant, number: u128, sdp: &str) -> Vec<String> {
    let tracks = [("0", TrackUse::CameraVideo), ("1", TrackUse::ProgrammeVideo)]
        .map(|(mid, kind)| TrackOffer { mid: mid.to_owned(), kind });
    let mut out = Vec::new();
    let seat = seat(number);
    stage.handle(now, Input::Join { seat, part: Part::Speaker }, &mut out);
    stage.handle(now, Input::Offer { seat, sdp, tracks: &tracks, fresh: true }, &mut out);
    let answer = out.iter().find_map(|output| match output {
        Output::Say { seat: to, message: ToPage::Answer { sdp } } if *to == seat => Some(sdp),
        _ => None,
    });
    let answer = answer.expect("an answer");
    let lines = answer.lines().filter_map(|line| line.strip_prefix("m=video 9 UDP/TLS/RTP/SAVPF "));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_firefox_is_asked_for_h264_where_it_has_it_and_all_can_show_it() {
    let now = Instant::now();
    let identity = Identity::generate().expect("the crypto library works");
    let addresses = vec![TransportAddress::Udp(SocketAddr::from(([10, 0, 0, 1], 3478)))];
    let mut stage = Stage::new(Config { identity, addresses, anchor: (now, 0) });
    let h264 = "a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1\n\
                a=fmtp:127 apt=126\na=rtpmap:126 H264/90000\na=rtpmap:127 rtx/90000\n";
    let vp8 = "a=fmtp:120 max-fs=12288;max-fr=60\na=fmtp:124 apt=120\na=rtpmap:120 VP8/90000\n\
               a=rtpmap:124 rtx/90000\n";
    let both = firefox("120 124 126 127", &[vp8, h264].concat());
    let whole = answered(&mut stage, now, 1, &both);
    assert_eq!(whole, ["126 127 120 124", "126 127 120 124"], "H.264 first, whoever lists it last");
    let alone = answered(&mut stage, now, 2, &firefox("120 124", vp8));
    assert_eq!(alone, ["120 124", "120 124"]);
    let beside = answered(&mut stage, now, 3, &both);
    assert_eq!(beside, ["120 126 127 124", "120 126 127 124"], "VP8 beside one who has only that");
}
