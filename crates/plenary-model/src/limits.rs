//! Every length, count and rate that an outsider can push, with the reason for its number and what
//! gives way beyond it.

/// Most characters of a person's name: the longest real names stay below it, a lower third holds it.
pub const NAME_CHARS_MAX: usize = 60;
/// Most characters of a unit's name or a title.
pub const UNIT_CHARS_MAX: usize = 80;
/// Most characters of an event's title.
pub const TITLE_CHARS_MAX: usize = 120;
/// Longest cross-fade; beyond it a viewer takes it for a fault.
pub const FADE_MS_MAX: u32 = 3_000;
/// Most seats of one event at a time; a further one is refused with a sentence.
pub const SEATS_MAX: usize = 200;
/// Largest JSON body of a request; a scene is below 4 KiB.
pub const JSON_BYTES_MAX: usize = 64 * 1024;
/// Largest message on a socket; an SDP offer of 60 m-lines is about 60 KiB.
pub const SOCKET_BYTES_MAX: usize = 256 * 1024;
/// Most socket messages per second of one connection, averaged over 5 s; beyond it the connection
/// is closed with a reason.
pub const SOCKET_MESSAGES_PER_SECOND_MAX: u32 = 40;
/// Largest access unit that is accepted from a source: ten times a 1080p IDR at 4 Mb/s.
pub const ACCESS_UNIT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Largest datagram that is read from the media port (Ethernet, without jumbo frames, plus slack).
pub const DATAGRAM_BYTES_MAX: usize = 2_048;
/// Widest picture that a source may send; a larger one is shown as the person's card.
pub const SOURCE_WIDTH_MAX: u32 = 1_920;
/// Highest picture that a source may send.
pub const SOURCE_HEIGHT_MAX: u32 = 1_200;
/// Most sources of one event that the media worker holds at a time.
pub const SOURCES_MAX: usize = 64;
/// Most characters of a lower third's second line: a unit, a separator and a title.
pub const LOWER_THIRD_DETAIL_CHARS_MAX: usize = 2 * UNIT_CHARS_MAX + 3;
/// Most preview changes that a director can take back; beyond it the oldest give way.
pub const UNDO_STEPS_MAX: usize = 50;
/// Most muted sources of one show: camera and screen of every seat and all clips; a further one is
/// refused.
pub const MUTED_SOURCES_MAX: usize = 2 * SEATS_MAX + SOURCES_MAX;
/// Most connections of the web server; beyond it new ones wait in the listen queue. A process may
/// hold 20 000 descriptors on common settings; the rest is for files and sockets of the stage.
pub const CONNECTIONS_MAX: usize = 18_000;
/// Connections that may wait in the kernel until they are accepted; with 1 024 a crowd of 5 000
/// connects a second loses a quarter.
pub const LISTEN_BACKLOG: i32 = 4_096;
/// Longest time in seconds that a connection may take to send its request head or finish its TLS
/// handshake; beyond it it is closed.
pub const HEADER_SECONDS_MAX: u64 = 15;
/// Messages that wait for a slow page; beyond it the page is disconnected and comes back afresh.
pub const SOCKET_QUEUE_MAX: usize = 256;
/// Requests that wait for an event's host; beyond it callers wait in line.
pub const HOST_QUEUE_MAX: usize = 1_024;
/// Most director's pages of one event at a time; a further one is refused.
pub const STUDIOS_MAX: usize = 20;
