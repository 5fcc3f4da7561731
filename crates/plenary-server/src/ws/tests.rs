//! Sockets of a running event, from the other end of a real connection.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use metrics_exporter_prometheus::PrometheusBuilder;
use plenary_model::limits::SOCKET_BYTES_MAX;
use tokio::sync::watch;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

use crate::app::{App, Building, Ways};
use crate::events::Events;
use crate::host::rig::Rig;
use crate::http;
use crate::http::serve::{self, Answers};
use crate::live;
use crate::organisation::Organisation;
use crate::setup;
use crate::turn::Turn;

type Line = WebSocket<TcpStream>;

/// A running event with its web server.
struct Server {
    rig: Rig,
    address: SocketAddr,
    _stop: watch::Sender<bool>,
}

impl Server {
    async fn start() -> Self {
        let rig = Rig::start(64).await;
        let listener = serve::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let organisation = Organisation::open(rig.store.clone()).await.unwrap();
        let events = Events::default();
        events.on_air(rig.host.clone());
        let app = App::new(Building {
            store: rig.store.clone(),
            events,
            starter: None,
            live: rig.live.clone(),
            metrics,
            turn: Turn::default(),
            organisation,
            tls: false,
            ways: Ways::default(),
        });
        let (stop, stopping) = watch::channel(false);
        let live = live::Service::new(rig.live.clone(), live::Embedding::Nobody);
        let answers = Answers { router: http::router(app, live.clone()), live };
        tokio::spawn(serve::serve((listener, 100), None, answers, stopping));
        Self { rig, address, _stop: stop }
    }

    /// Opens the socket of the only seat.
    async fn speaker(&self) -> Line {
        let base = format!("ws://{}/api", self.address);
        let links = setup::links(&self.rig.store, &self.rig.event, &base).await.unwrap();
        let url = format!("{}/socket", links.stage[0].url);
        let stream = TcpStream::connect(self.address).unwrap();
        let (mut line, _) = tungstenite::client(url, stream).unwrap();
        // The server may ask whether the page is there before it says anything.
        let welcome = loop {
            if let Message::Text(text) = line.read().unwrap() {
                break text;
            }
        };
        assert!(welcome.contains("welcome"), "{welcome}");
        line
    }
}

/// Why the server closes the socket.
fn closed(line: &mut Line) -> CloseFrame {
    loop {
        if let Message::Close(frame) = line.read().unwrap() {
            return frame.expect("it says why");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_long_ends_the_socket_with_1009_and_a_reason() {
    let server = Server::start().await;
    let mut line = server.speaker().await;
    // All of it fits in the kernel, so that nobody waits for the server to read it.
    line.send(Message::text("a".repeat(SOCKET_BYTES_MAX + 1))).unwrap();
    let frame = closed(&mut line);
    assert_eq!(frame.code, CloseCode::Size);
    assert_eq!(frame.reason.as_str(), "a message has at most 256 KiB");

    let mut line = server.speaker().await;
    line.send(Message::text("a".repeat(SOCKET_BYTES_MAX))).unwrap();
    let mut said = String::new();
    while !said.contains("refused") {
        said = line.read().unwrap().into_text().unwrap().to_string();
    }
    assert!(said.contains("message_bad"), "it is read: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_claims_more_than_there_is_memory_ends_the_socket_before_it_comes() {
    let server = Server::start().await;
    let mut line = server.speaker().await;
    // A masked text of 2^63 - 1 bytes (RFC 6455 section 5.2), of which none comes.
    let head = [&[0x81, 0xff, 0x7f][..], &[0xff; 7], &[0; 4]].concat();
    std::io::Write::write_all(line.get_mut(), &head).unwrap();
    assert_eq!(closed(&mut line).code, CloseCode::Size);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_message_ends_the_socket_with_1008_and_a_reason() {
    let server = Server::start().await;
    let mut line = server.speaker().await;
    line.send(Message::binary(vec![0, 255])).unwrap();
    let frame = closed(&mut line);
    assert_eq!((frame.code, frame.reason.as_str()), (CloseCode::Policy, "messages are text"));
}
