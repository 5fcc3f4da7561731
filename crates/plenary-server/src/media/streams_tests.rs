//! Connections for media against real sockets, with the clock in the test's hand.

use std::net::{Ipv4Addr, TcpStream as Client};

use mio::{Events, Poll};

use super::super::endpoint;
use super::*;

/// What DTLS, RTP and a check begin with, as long as the sorting asks for.
const DTLS: [u8; 20] = [22; 20];
const CHECK: [u8; 20] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

struct Rig {
    poll: Poll,
    streams: Streams,
    address: SocketAddr,
    now: Instant,
    came: Vec<Came>,
}

impl Rig {
    fn new(most: usize) -> Self {
        let poll = Poll::new().unwrap();
        let mut streams = Streams::new(poll.registry().try_clone().unwrap(), most);
        let listener = endpoint::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), true).unwrap();
        let address = listener.local_addr().unwrap();
        streams.listen(TcpListener::from_std(listener), address).unwrap();
        Self { poll, streams, address, now: Instant::now(), came: Vec::new() }
    }

    /// Serves until something is true.
    fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let mut events = Events::with_capacity(16);
        let mut more = false;
        while !done(self) {
            let wait = if more { Duration::ZERO } else { Duration::from_secs(20) };
            self.poll.poll(&mut events, Some(wait)).unwrap();
            assert!(more || !events.is_empty(), "nothing more comes");
            events.iter().for_each(|event| self.streams.happened(event.token()));
            more = self.streams.read(self.now, &mut self.came);
        }
    }

    fn connect(&mut self) -> Client {
        let accepted = self.streams.next;
        let client = Client::connect(self.address).unwrap();
        self.until(|rig| rig.streams.next == accepted + 1);
        client
    }

    /// Connects, says something and is claimed.
    fn connect_as(&mut self, datagram: &[u8]) -> Client {
        let mut client = self.connect();
        self.say(&mut client, datagram);
        client
    }

    fn say(&mut self, client: &mut Client, datagram: &[u8]) {
        let known = self.came.len();
        client.write_all(&[&head(datagram).unwrap(), datagram].concat()).unwrap();
        self.until(|rig| rig.came.len() == known + 1);
        let came = &self.came[known];
        assert_eq!((&came.bytes[..], came.to), (datagram, self.address));
        self.streams.claimed(self.now, came);
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.streams.wake(self.now);
    }

    fn connections(&self) -> usize {
        assert_eq!(self.streams.connections.len(), self.streams.by_path.len());
        self.streams.connections.len()
    }

    fn send_to(&mut self, client: &Client, datagram: &[u8]) {
        self.streams.send(self.address, client.local_addr().unwrap(), datagram);
    }
}

/// Whether the server has closed the connection.
fn is_cut(client: &mut Client) -> bool {
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    match client.read(&mut [0; 16]) {
        Ok(length) => length == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

fn frame(client: &mut Client) -> Vec<u8> {
    let mut length = [0; 2];
    client.read_exact(&mut length).unwrap();
    let mut datagram = vec![0; usize::from(u16::from_be_bytes(length))];
    client.read_exact(&mut datagram).unwrap();
    datagram
}

#[test]
fn strangers_are_cut_after_ten_seconds_whatever_they_say_and_others_after_thirty_of_silence() {
    let mut rig = Rig::new(9);
    let mut silent = rig.connect();
    let mut slow = rig.connect();
    slow.write_all(&[4, 0, 1]).unwrap();
    let mut page = rig.connect_as(&CHECK);
    rig.pass(9);
    assert_eq!(rig.connections(), 3);
    rig.pass(1);
    assert_eq!(rig.connections(), 1);
    assert!(is_cut(&mut silent) && is_cut(&mut slow));
    rig.say(&mut page, &CHECK);
    rig.pass(29);
    assert_eq!(rig.connections(), 1);
    rig.pass(1);
    assert_eq!(rig.connections(), 0);
    assert!(is_cut(&mut page));
}

#[test]
fn what_is_no_frame_of_ours_is_cut_at_once_and_harms_nobody_else() {
    let mut rig = Rig::new(9);
    let mut page = rig.connect_as(&DTLS);
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 4_000], &[0x16, 0x03, 0x01, 0x02]] {
        let mut stranger = rig.connect();
        stranger.write_all(garbage).unwrap();
        rig.until(|rig| rig.connections() == 1);
        assert!(is_cut(&mut stranger));
    }
    drop(rig.connect());
    rig.until(|rig| rig.connections() == 1);
    rig.send_to(&page, b"still here");
    assert_eq!(frame(&mut page), b"still here");
}

#[test]
fn of_too_many_connections_those_that_carry_nothing_give_way() {
    let mut rig = Rig::new(2);
    let mut spare = rig.connect_as(&CHECK);
    let mut stranger = rig.connect();
    let _first = rig.connect_as(&DTLS);
    assert!(is_cut(&mut stranger), "a stranger gives way before a page's spare path");
    let _second = rig.connect_as(&DTLS);
    assert!(is_cut(&mut spare));
    let mut third = Client::connect(rig.address).unwrap();
    rig.until(|rig| rig.streams.ready.is_empty());
    assert!(is_cut(&mut third), "nobody who carries media gives way");
    assert_eq!(rig.connections(), 2);
}

#[test]
fn a_full_connection_loses_whole_datagrams_and_goes_on_when_there_is_room() {
    const SENT: u32 = 20_000;
    let mut rig = Rig::new(2);
    let mut page = rig.connect_as(&DTLS);
    let datagram = |number: u32| [&number.to_be_bytes()[..], &[number as u8; 1_196]].concat();
    for number in 0..SENT {
        rig.send_to(&page, &datagram(number));
    }
    let to = page.local_addr().unwrap();
    let reader = std::thread::spawn(move || {
        let mut numbers = Vec::new();
        loop {
            let datagram = frame(&mut page);
            let (number, filling) = datagram.split_at(4);
            let number = u32::from_be_bytes(number.try_into().unwrap());
            assert_eq!(filling, [number as u8; 1_196], "{number} is whole");
            numbers.push(number);
            if number == SENT {
                return numbers;
            }
        }
    });
    // The last one is lost as long as the kernel holds too much.
    while !reader.is_finished() {
        rig.streams.happened(Token(CONNECTIONS));
        rig.streams.read(rig.now, &mut rig.came);
        rig.streams.send(rig.address, to, &datagram(SENT));
        std::thread::yield_now();
    }
    let numbers = reader.join().unwrap();
    assert!(numbers.is_sorted_by(|a, b| a < b), "in order, none twice");
    let lost = SENT as usize + 1 - numbers.len();
    assert!(0 < lost && lost < SENT as usize, "{lost} were lost");
}
