//! A link that does not carry all that a page shows: who speaks and what is shared come first.

use plenary_model::id::SourceId;

use crate::common::World;

const LOUD: i8 = -20;
const QUIET: i8 = -90;
/// What three cameras in their widest layer, two voices and their repair need is about 1.3 Mb/s.
const NARROW_BPS: u64 = 1_100_000;
const VERY_NARROW_BPS: u64 = 350_000;
const SETTLED_MS: u64 = 30_000;

/// Three speakers with three layers each, and one who watches all of them, wide.
fn watched(seed: u64, link_bps: u64) -> (World, [usize; 3], usize) {
    let mut world = World::new(seed);
    let speakers = [1, 2, 3].map(|number| world.join(number, 3, (0, 0)));
    let watcher = world.join(4, 1, (3, 3));
    for speaker in speakers {
        world.voice[speaker] = QUIET;
    }
    world.voice[watcher] = QUIET;
    world.run(1_500);
    world.clients[watcher].link_bps = Some(link_bps);
    let [a, b, c] = speakers;
    world.wants(watcher, &[(a, 1280), (b, 1280), (c, 1280)]);
    (world, speakers, watcher)
}

/// The mean layer of each speaker's pictures that the watcher got during the next seconds; `None`
/// without pictures.
fn layers(world: &mut World, watcher: usize, ms: u64) -> [Option<f64>; 3] {
    let before = world.clients[watcher].packets.len();
    world.run(ms);
    let mut got: [Vec<usize>; 3] = Default::default();
    for (_, packet) in &world.clients[watcher].packets[before..] {
        // A slice names its sender and its layer behind its head, whole or as a first fragment.
        let named = match *packet.payload {
            [0x41, _, who, layer, ..] | [0x5c, 0x81, _, who, layer, ..] => (who, layer),
            _ => continue,
        };
        got[usize::from(named.0 & 0x3f)].push(usize::from(named.1 & 0x3f));
    }
    got.map(|of| (!of.is_empty()).then(|| of.iter().sum::<usize>() as f64 / of.len() as f64))
}

#[test]
fn who_speaks_gets_the_wide_layer_and_the_others_a_narrow_one() {
    let (mut world, [a, b, c], watcher) = watched(31, NARROW_BPS);
    for speaker in [b, c, a] {
        world.voice[speaker] = LOUD;
        world.run(SETTLED_MS);
        let means = layers(&mut world, watcher, 5_000);
        let own = means[speaker].expect("who speaks is seen");
        for other in [a, b, c] {
            if other != speaker {
                let others = means[other].unwrap_or(0.0);
                assert!(others < own, "{speaker} speaks, mean layers {means:?}");
            }
        }
        world.voice[speaker] = QUIET;
    }
}

#[test]
fn where_the_narrowest_layers_do_not_fit_either_the_least_important_rest() {
    let (mut world, [_, _, c], watcher) = watched(32, VERY_NARROW_BPS);
    world.voice[c] = LOUD;
    world.run(SETTLED_MS);
    let camera = world.camera(c);
    let map = &world.clients[watcher].map;
    let carried: Vec<SourceId> = map[..3].iter().filter_map(|slot| slot.source).collect();
    assert!(carried.contains(&camera), "{carried:?}");
    assert!(carried.len() < 3, "the page is told who rests: {carried:?}");
    let means = layers(&mut world, watcher, 5_000);
    assert!(means[c].is_some(), "{means:?}");
    // With a wide link all come back.
    world.clients[watcher].link_bps = None;
    world.run(SETTLED_MS);
    let means = layers(&mut world, watcher, 3_000);
    assert!(means.iter().all(|mean| mean.is_some_and(|mean| 1.5 < mean)), "{means:?}");
}
