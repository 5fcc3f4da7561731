//! The web server: what comes in on a connection before anybody has a link.

use plenary_server::Front;

/// The bytes of one connection: requests one after the other, HTTP/1.1 or HTTP/2, whole or not.
pub fn http_connection(data: &[u8]) {
    thread_local! {
        static FRONT: Front = Front::new().expect("an empty server starts");
    }
    let told = FRONT.with(|front| front.answer(data));
    let fails = |status: &&[u8]| status.starts_with(b"HTTP/1.1 5");
    let lines = told.split(|byte| *byte == b'\n');
    assert!(!lines.into_iter().any(|line| fails(&line)), "no request of a stranger is our failure");
}
