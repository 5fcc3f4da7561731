//! The disk fails under a running event: the broadcast goes on, the director is told, the recording
//! goes on by itself, and what it holds is whole.

mod common;

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use common::replay::{decode_recording, replay};
use common::studio::Studio;
use common::watch::Viewers;
use common::world::{Orders, World};
use common::{Folder, RENDITIONS, any_port, program};
use plenary_server::bench::director::Director;
use plenary_server::bench::process::Demo;

/// Parts of the largest rendition that are watched while the disk fails, and after it.
const PARTS: usize = 4;
/// The small disk: the sample clip, the database and some seconds of the programme.
const SMALL_MIB: u64 = 48;

#[test]
fn a_disk_that_does_not_sync_costs_the_recording_some_segments_and_the_broadcast_nothing() {
    fails(Orders { sync_error: libc::EIO, ..Orders::default() });
}

#[test]
fn long_a_disk_that_does_not_write_or_stands_still_costs_the_broadcast_nothing() {
    fails(Orders { write_error: libc::EIO, ..Orders::default() });
    fails(Orders { write_error: libc::ENOSPC, ..Orders::default() });
    // What waits for the disk is more after twenty seconds than is kept.
    fails(Orders { sync_delay_ms: 2_000, ..Orders::default() });
}

fn fails(orders: Orders) {
    let (data, world) = (Folder::new(), World::new());
    let demo = Demo::start(&world.program(), data.path(), any_port()).expect("the demo starts");
    while_failing(&demo, || world.set(orders), || world.set(Orders::default()));
    decode_recording(&demo, data.path());
    // What is on disk is what a server finds that reads it afresh.
    let listen = demo.web.address();
    demo.process.kill().expect("it can be killed");
    let demo = Demo::start(program(), data.path(), listen).expect("the demo starts again");
    let gaps = gaps(&demo);
    println!("{orders:?}: {gaps} segments were lost");
    assert!(0 < gaps, "the disk has failed");
    decode_recording(&demo, data.path());
}

/// Broadcast and director over a failure of the disk.
fn while_failing(demo: &Demo, fail: impl FnOnce(), mend: impl FnOnce()) {
    let mut viewers = Viewers::start(&demo.web, &demo.hls);
    let mut studio = Studio::open(&demo.links.studio);
    studio.until_health("recording", "ok");
    fail();
    studio.until_health("recording", "failed");
    viewers.watch(PARTS);
    mend();
    studio.until_health("recording", "ok");
    viewers.watch(PARTS);
    viewers.end();
}

fn gaps(demo: &Demo) -> usize {
    let lost = |rendition| replay(demo, rendition).segments.iter().filter(|s| s.gap).count();
    RENDITIONS.into_iter().map(lost).sum()
}

/// The whole data folder lies on a small disk of its own, which somebody fills.
#[test]
fn long_a_full_disk_costs_the_broadcast_nothing_and_the_director_little() {
    let data = Folder::new();
    let wrapped = data.path().join("on-a-small-disk");
    let folder = data.path().join("data");
    fs::create_dir(&folder).expect("a folder");
    // SAFETY: asks who we are.
    let user = if unsafe { libc::geteuid() } == 0 { "" } else { "--user --map-root-user" };
    let (program, folder_name) = (program().display(), folder.display());
    let mount = format!("mount -t tmpfs -o size={SMALL_MIB}m none '{folder_name}'");
    let script = format!(
        "#!/bin/sh\nexec unshare --mount {user} sh -c \"{mount} && exec '{program}' \\\"\\$@\\\"\" sh \"$@\"\n"
    );
    fs::write(&wrapped, script).expect("a file");
    fs::set_permissions(&wrapped, Permissions::from_mode(0o700)).expect("ours");
    let demo = Demo::start(&wrapped, &folder, any_port()).expect("the demo starts");
    // The folder as the server sees it.
    let seen = format!("/proc/{}/root{folder_name}/filler", demo.process.id());
    let director = Director::open(&demo.links.studio).expect("the studio opens");
    let camera = Studio::open(&demo.links.studio).four_cameras().swap_remove(0);
    while_failing(
        &demo,
        || {
            let mut filler = File::create(&seen).expect("a file");
            let full =
                std::iter::repeat_with(|| filler.write_all(&[0; 4_096])).find_map(Result::err);
            assert_eq!(full.map(|error| error.kind()), Some(ErrorKind::StorageFull));
            // What cannot be kept is refused; either way there is an answer.
            println!("a take on a full disk: {:?}", director.put_on_air(&camera).map(drop));
        },
        || fs::remove_file(&seen).expect("the filler goes"),
    );
    let after = director.put_on_air(&camera).expect("the director directs again");
    assert_eq!(after["programme"]["scene"]["places"], serde_json::json!([camera]));
    decode_recording(&demo, data.path());
}
