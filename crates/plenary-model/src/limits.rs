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
/// Most connections that carry media over TCP, all media threads together: what [`CONNECTIONS_MAX`]
/// leaves of a process's descriptors. Beyond it the oldest that carries nothing gives way, and a
/// further one is refused when all do.
pub const MEDIA_CONNECTIONS_MAX: usize = 1_000;
/// Connections for media that may wait in the kernel until they are accepted.
pub const MEDIA_LISTEN_BACKLOG: i32 = 128;
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
/// Most clips of one event that are looked at; of more files the first by name count.
pub const CLIPS_MAX: usize = 100;
/// Most found clips that wait for an event's task; beyond it the search for them waits too.
pub const CLIPS_WAITING_MAX: usize = 16;
/// Most muted sources of one show: camera and screen of every seat and all clips; a further one is
/// refused.
pub const MUTED_SOURCES_MAX: usize = 2 * SEATS_MAX + SOURCES_MAX;
/// Most connections of the web server; beyond it new ones wait in the listen queue. A process may
/// hold 20 000 descriptors on common settings; where it is fewer, connections are fewer too.
pub const CONNECTIONS_MAX: usize = 18_000;
/// Descriptors that connections of the web server leave for recordings, media sockets, the database
/// and worker processes: an event uses about 30.
pub const DESCRIPTORS_KEPT: usize = 512;
/// Connections that may wait in the kernel until they are accepted; with 1 024 a crowd of 5 000
/// connects a second loses a quarter.
pub const LISTEN_BACKLOG: i32 = 4_096;
/// Longest time in seconds that a connection may take to finish its TLS handshake, then for its
/// first bytes, then for each request head; beyond it it is closed.
pub const HEADER_SECONDS_MAX: u64 = 15;
/// Longest head of a player's request, four times a browser's. A longer one, or one with more headers
/// than the next limit, is left to the framework, whose limits are wider.
pub const PLAYER_HEAD_BYTES_MAX: usize = 4 * 1024;
/// Most headers of a player's request; browsers send about fifteen.
pub const PLAYER_HEADERS_MAX: usize = 32;
/// Most bytes that a player may say ahead while it waits for an answer, some ten requests; what is
/// beyond stays in the kernel.
pub const PLAYER_AHEAD_BYTES_MAX: usize = 4 * 1024;
/// Longest time in seconds for which a client of the web server may take nothing at all of what it is
/// sent; beyond it its connection is closed. A phone that is only slow takes something every second,
/// and is out of a tunnel in less; who waits for an answer has nothing to take.
pub const STALL_SECONDS_MAX: u64 = 60;
/// Longest time in seconds that a JSON body may take after its head; beyond it the request is
/// refused. On the slowest usable line, 64 kb/s, the largest one takes 8.
pub const BODY_SECONDS_MAX: u64 = 15;
/// Messages that wait for a slow page; beyond it the page is disconnected and comes back afresh.
pub const SOCKET_QUEUE_MAX: usize = 256;
/// Requests that wait for an event's host; beyond it callers wait in line.
pub const HOST_QUEUE_MAX: usize = 1_024;
/// Most director's pages of one event at a time; a further one is refused.
pub const STUDIOS_MAX: usize = 20;
/// Longest SDP of an offer; a Chromium offer of 60 m-lines is about 60 KiB. A longer one is refused.
pub const SDP_BYTES_MAX: usize = 128 * 1024;
/// Most m-lines of one peer connection: 4 sent, 2 of the programme, and the receive slots below.
pub const MEDIA_LINES_MAX: usize = 60;
/// Most pictures that one page receives at a time; the page shows at most a wall of five by five.
pub const VIDEO_SLOTS_MAX: usize = 25;
/// Most voices that one page receives at a time; beyond it the loudest have the slots.
pub const AUDIO_SLOTS_MAX: usize = 24;
/// Most remote addresses remembered for one seat (interfaces times families); the oldest gives way.
pub const SEAT_ADDRESSES_MAX: usize = 8;
/// Most simulcast layers of one picture; further ones are not forwarded.
pub const LAYERS_MAX: usize = 4;
/// Most packets that wait for an earlier one of the same track: 250 ms of 20 Mb/s. Beyond it the
/// missing ones count as lost.
pub const REORDER_PACKETS_MAX: usize = 512;
/// Most bytes of one programme rendition kept for joining seats: twice a GOP of 2 s at 8 Mb/s.
/// Beyond it a joining seat waits for the next IDR.
pub const GOP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Least packets of the programme that are kept for viewers who lost them: three seconds of two
/// renditions with 3 Mb/s together.
pub const PROGRAMME_PACKETS_KEPT: usize = 1_024;
/// Packets of a viewer's picture that can be sent again: two seconds of 2.5 Mb/s. Older ones come no
/// more in time; the viewer asks for a keyframe.
pub const REPAIR_PACKETS_KEPT: usize = 512;
/// Most entries of one report of missing packets that are looked at, as many as fit into a datagram
/// of a browser; each asks for up to 17 packets.
pub const NACKS_PER_PACKET_MAX: usize = 64;
/// Most packets that a viewer can have sent again in a row; beyond it a quarter of what they are sent
/// is the most, so that asking never costs more than watching.
pub const REPAIRS_MAX: u32 = 256;
/// Most viewers of one event's low-delay programme, when the configuration does not say: a core
/// serves some thousand. A further one is told to watch the broadcast.
pub const VIEWERS_MAX: usize = 2_000;
/// Most addresses of STUN and TURN servers that pages are told: browsers try them all, and warn from
/// five on.
pub const ICE_URLS_MAX: usize = 8;
/// Most characters of the host and port of one of them: a name in DNS has 253.
pub const ICE_URL_CHARS_MAX: usize = 260;
/// Most threads that forward media: more cores than any machine for this has.
pub const MEDIA_THREADS_MAX: u16 = 128;
/// Most events that wait between a media thread and an event's host. Contributions give way
/// first (the source is marked as damaged and asked for a keyframe), then level reports.
pub const MEDIA_EVENTS_MAX: usize = 4_096;
/// Most commands that wait for a media thread; beyond it the sender is told that it is busy.
pub const MEDIA_COMMANDS_MAX: usize = 1_024;
/// Most orders that wait at an event's host while its media thread takes none: three for each of its
/// seats, two for each source that is fed, and room for seats that left. Beyond it the oldest give
/// way.
pub const STAGE_ORDERS_WAITING_MAX: usize = 2_048;
/// Most writes that one commit of the database takes together: one fsync (4 ms) for all of them,
/// and still no longer than about 10 ms in the transaction.
pub const WRITES_PER_COMMIT_MAX: usize = 1_000;
/// Most writes that wait for the database; beyond it whoever wants to write waits too.
pub const WRITES_WAITING_MAX: usize = 4_096;
/// Most database connections that read at the same time; further reads wait.
pub const READERS_MAX: u32 = 4;
/// Most pieces of pictures and sound that wait for one decoder process, a second of one every 20 ms;
/// beyond it the source's pictures are dropped until its next keyframe.
pub const DECODER_QUEUE_MAX: usize = 50;
/// Most decoded pictures, sounds and server messages that wait for the programme clock's thread;
/// beyond it their readers wait.
pub const WORKER_EVENTS_MAX: usize = 1_024;
/// Most encoded pictures and sounds that wait for the server to read them, about five seconds;
/// beyond it encoders wait and pictures are skipped.
pub const WORKER_OUT_MAX: usize = 512;
/// Most messages of the server that wait for the media worker; beyond it contributions are dropped
/// and their sources need a keyframe.
pub const WORKER_IN_MAX: usize = 1_024;
/// Longest clip file that is played, in bytes: an hour at 8 Mb/s.
pub const CLIP_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Largest table of contents of a clip file; an hour needs 2 MiB.
pub const CLIP_INDEX_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most boxes of a clip file that are looked at: a usual file has a few dozen, one that is in
/// fragments has thousands and is not played.
pub const CLIP_BOXES_MAX: usize = 10_000;
/// Longest box in a clip's table of contents that is no table of samples; usual ones have some
/// hundred bytes. Its reader needs up to a hundred bytes for each of them.
pub const CLIP_DESCRIPTION_BYTES_MAX: usize = 64 * 1024;
/// Most weight tables that a scaler keeps per axis: nine tiles, two renditions and their chroma use
/// about 30; sources choose their sizes, so beyond it the tables are made again.
pub const SCALE_TABLES_MAX: usize = 64;
/// Most AAC frames that wait for the first picture of a programme: 3 s of sound; beyond it the
/// oldest give way.
pub const PACKAGER_SOUND_WAITING_MAX: usize = 141;
/// Most encoded frames of a programme that wait for the packager: 2 s of two renditions and sound;
/// beyond it frames are dropped and the rendition goes on at its next keyframe.
pub const LIVE_FRAMES_WAITING_MAX: usize = 256;
/// Most parts that wait for the disk: 20 s of three renditions with 0.5 s parts; beyond it they are
/// missing in the recording and the studio is told.
pub const RECORDER_PARTS_WAITING_MAX: usize = 128;
/// Most bytes that wait for the disk with them: 20 s at 12 Mb/s.
pub const RECORDER_BYTES_WAITING_MAX: usize = 32 * 1024 * 1024;
/// Most lines of a recording's index that wait for a disk which refuses them, a quarter of an hour
/// of lost segments; beyond it the oldest give way, and its numbers become gaps by themselves.
pub const RECORDER_LINES_OWED_MAX: usize = 1_024;
/// Most characters of an event's name in addresses; it is read out and typed.
pub const SLUG_CHARS_MAX: usize = 64;
/// Most names and lower thirds that wait to be drawn: two scenes of nine places; beyond it a name
/// appears with the next change of scene.
pub const SCENE_GRAPHICS_MAX: usize = 32;
/// Most pictures, or sounds, of one clip: four hours.
pub const CLIP_SAMPLES_MAX: usize = 700_000;
/// Most orders (scenes, sources, mutes) that wait for the media worker's supervisor; it takes them
/// at once, so a full queue means that it is gone.
pub const WORKER_ORDERS_MAX: usize = 1_024;
/// Longest clip, in microseconds: a day. A table of contents can claim ages with a few bytes.
pub const CLIP_US_MAX: u64 = 86_400_000_000;
/// Most sites that may embed the broadcast by name: a cache keeps a copy of everything for each.
pub const EMBED_ORIGINS_MAX: usize = 16;
/// Most characters of the code of a unit or a person: the longest in use are national identifiers with
/// a prefix.
pub const CODE_CHARS_MAX: usize = 64;
/// Most units of an organisation: thirty times one with a branch in every county. A table with more is
/// refused whole.
pub const UNITS_MAX: usize = 100_000;
/// Most levels of an organisation's tree. A unit below them is refused.
pub const UNIT_DEPTH_MAX: usize = 32;
/// Most people of an organisation: three times the largest that this is made for. A table with more is
/// refused whole.
pub const PEOPLE_MAX: usize = 1_000_000;
/// Most characters of an e-mail address (RFC 5321 section 4.5.3.1.3, without its brackets).
pub const EMAIL_CHARS_MAX: usize = 254;
/// Most characters of a telephone number with its signs: 15 digits (ITU-T E.164) and as many signs.
pub const PHONE_CHARS_MAX: usize = 32;
/// Most roles that a table may give one person; further ones make the row bad.
pub const ROLES_PER_PERSON_MAX: usize = 16;
/// Most columns of an imported table; a sheet with more is refused, whatever is in them.
pub const TABLE_COLUMNS_MAX: usize = 64;
/// Most bad rows of an imported table that are listed; of further ones their number is told.
pub const IMPORT_FAULTS_LISTED_MAX: usize = 1_000;
/// Most characters of a bad cell that its description quotes.
pub const IMPORT_QUOTE_CHARS_MAX: usize = 60;
/// Largest file with a table that is read: an organisation with most people is 70 MiB as CSV, and fewer
/// as a workbook. A larger one is refused before it is opened.
pub const TABLE_FILE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Most rows of an imported table: everybody, the names of the columns, and some that are blank.
pub const TABLE_ROWS_MAX: usize = PEOPLE_MAX + 1_000;
/// What one cell costs beside its text: where it is, and the least that memory is given out in.
pub const TABLE_CELL_BYTES: usize = 32;
/// Most memory of an imported table, with [`TABLE_CELL_BYTES`] for each cell: most people with six
/// columns. A table with more is refused whole.
pub const TABLE_BYTES_MAX: usize = 320 * 1024 * 1024;
/// Longest row of an imported table: a thousand characters in each column. Longer ones come from a
/// quotation mark that is never closed, and the table is refused.
pub const TABLE_ROW_BYTES_MAX: usize = 64 * 1024;
/// Longest line that the reader of tables may say: a row whose characters are all escaped.
pub const TABLE_LINE_BYTES_MAX: usize = 8 * TABLE_ROW_BYTES_MAX;
/// Most bytes that a workbook may unpack to: twice one with most people. A larger one is refused.
pub const TABLE_UNPACKED_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Most parts of a workbook: sheets, pictures and their notes. One with more is refused.
pub const TABLE_PARTS_MAX: usize = 10_000;
/// Most address space of the process that reads a table: the texts of a workbook with most people, or
/// the largest file in an encoding that must be turned into another. Beyond it the process dies.
pub const TABLE_WORKER_MEMORY_MAX: u64 = 640 * 1024 * 1024;
/// Most processor time of the process that reads a table, in seconds: ten times what the largest needs.
pub const TABLE_WORKER_CPU_S_MAX: u64 = 60;
/// Longest that reading a table may take, in seconds, on a machine that is busy.
pub const TABLE_READING_S_MAX: u64 = 180;
/// Most changes of each kind that the preview of an import shows; of the others it tells the number.
pub const IMPORT_SHOWN_MAX: usize = 20;
/// Most tables that administrators look at together: each may hold [`TABLE_BYTES_MAX`] while it is read,
/// and then everybody who is known beside it. Another one is told to come again.
pub const IMPORTS_AT_ONCE_MAX: usize = 2;
/// Longest that a table that was handed in is kept, in seconds: time to read its preview and to ask
/// somebody. Then it is given up.
pub const IMPORT_KEPT_SECONDS_MAX: u64 = 15 * 60;
/// Most tables that are written together, for the same memory; who asks for another one waits in line.
pub const EXPORTS_AT_ONCE_MAX: usize = 1;
/// Most links with their codes in one answer for printing: 25 sheets. Pages ask for more.
pub const CARDS_MAX: usize = 200;
/// Longest line of a book of attendance: a member with thousands of intervals. A longer one is no entry.
pub const BOOK_LINE_BYTES_MAX: usize = 1024 * 1024;
/// Most characters of a name to sign in with: an e-mail address of usual length fits.
pub const LOGIN_CHARS_MAX: usize = 100;
/// Least characters of a password (NIST SP 800-63B section 5.1.1.2 asks for 8; these people can end a
/// broadcast to a whole organisation).
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password in bytes: a sentence of any script. A longer one is refused, for each byte is work.
pub const PASSWORD_BYTES_MAX: usize = 512;
/// Most passwords that are looked at together: each takes 19 MiB and some 20 ms of a core. Further ones
/// wait in line.
pub const PASSWORDS_AT_ONCE_MAX: usize = 2;
/// Most attempts to sign in that wait in line for that, a second of work; a further one is told to come
/// again.
pub const PASSWORDS_WAITING_MAX: usize = 50;
/// Most failed attempts to sign in to one account, or from one address for any, in a row; beyond it one
/// more is allowed each [`SIGN_IN_PAUSE_SECONDS`].
pub const SIGN_IN_FAILURES_MAX: u32 = 10;
/// How soon one of the failed attempts is forgotten, in seconds.
pub const SIGN_IN_PAUSE_SECONDS: u64 = 60;
/// Most accounts and addresses with failed attempts that are remembered; beyond it the one that may try
/// again soonest is forgotten.
pub const SIGN_IN_FAILURES_REMEMBERED_MAX: usize = 10_000;
/// Most accounts: staff of a large organisation, not its members.
pub const ACCOUNTS_MAX: usize = 10_000;
/// Most roles of one account; one for each event of some years.
pub const ROLES_PER_ACCOUNT_MAX: usize = 500;
/// Most rows of one answer that lists units or people; pages ask for more with the last code.
pub const LISTED_MAX: u32 = 500;
/// Most characters of a text that somebody looks for.
pub const SEARCH_CHARS_MAX: usize = 80;
/// Most units that a search lists.
pub const FOUND_MAX: usize = 100;
/// Most changes of the organisation that wait for the task that owns it; beyond it callers wait in line.
pub const ORGANISATION_ORDERS_WAITING_MAX: usize = 64;
/// Most joins and beats of an event's members that are kept by one commit: some 10 ms of work.
pub const BEATS_PER_COMMIT_MAX: usize = 1_000;
/// Most joins and beats that wait for that, about a second; beyond it whoever wants to join is told to wait,
/// and beats wait in line.
pub const BEATS_WAITING_MAX: usize = 8_192;
/// Most units and people that an event names as those who may come; who wants more names a unit above.
pub const ADMITTED_MAX: usize = 1_000;
/// Most characters of the reason why somebody need not come.
pub const EXCUSE_CHARS_MAX: usize = 120;
/// Most people that a list of those who are missing names: more than anybody calls one by one.
pub const MISSING_LISTED_MAX: usize = 5_000;
/// Most points of the curve of attendance: twelve hours of minutes.
pub const CURVE_POINTS_MAX: usize = 720;
/// Most characters of the reason of a correction.
pub const CORRECTION_CHARS_MAX: usize = 200;
/// Most corrections of one book are some thousands; a person's entries in it are read together.
pub const CORRECTIONS_PER_PERSON_MAX: usize = 50;
/// Lines of a book that are written by one commit: some 10 ms, so that joins elsewhere wait no longer.
pub const BOOK_LINES_PER_COMMIT: usize = 1_000;
/// Longest retention in days: a hundred years.
pub const RETENTION_DAYS_MAX: u32 = 36_500;
/// Most sealed books whose sums are held in memory, some 0.5 MiB each; beyond it they are read again.
pub const LEDGERS_MAX: usize = 32;
/// Most people who are on their way to sign in elsewhere, an event's whole crowd within a few minutes;
/// beyond it whoever left longest ago has to begin again.
pub const ELSEWHERE_MAX: usize = 100_000;
/// How long somebody may take to sign in elsewhere, in seconds: time to find the second factor.
pub const ELSEWHERE_SECONDS_MAX: u64 = 600;
/// Largest answer that is read of another server: keys and tokens have some kilobytes.
pub const EGRESS_BYTES_MAX: usize = 1024 * 1024;
/// Longest in seconds that another server may take to answer; beyond it the person is told.
pub const EGRESS_SECONDS_MAX: u64 = 10;
/// Most proxies or networks of proxies that are trusted by name.
pub const PROXIES_MAX: usize = 64;
/// Most proxies between a client and this server that are looked at; beyond it the one further away is
/// taken for the client.
pub const FORWARDED_HOPS_MAX: usize = 16;
/// Most guests of one event, withdrawn ones too; a larger crowd is an event for everybody.
pub const GUESTS_MAX: usize = 10_000;
/// Longest in days that a guest's link holds.
pub const GUEST_DAYS_MAX: u64 = 400;
/// Most pages whose beat waits for its answer, so that they hear at once when they are shut out: each is a
/// connection, and these leave half of them to others. Further ones are answered at once, and hear it with
/// their next beat.
pub const BEATS_HELD_MAX: usize = 9_000;
/// Most members a second that are let in, when the configuration does not say: what a server with a usual
/// disk keeps up with. Further ones get a place in line.
pub const JOINS_PER_SECOND_MAX: u32 = 5_000;
/// Most halls of one event, closed ones too: one for each unit of a large organisation, and some more.
pub const HALLS_PER_EVENT_MAX: usize = 10_000;
/// Most heads that anybody counts before one screen.
pub const HALL_HEADS_MAX: u32 = 99_999;
/// Most members on a hall's list: a room's door is no place to look through more.
pub const HALL_MEMBERS_MAX: usize = 2_000;
/// Most characters of a hall's name.
pub const HALL_NAME_CHARS_MAX: usize = 60;
/// Most acts of one event: a day of short ones, each with a column in the report. A longer list is refused.
pub const ACTS_MAX: usize = 100;
/// Most characters of an act's title: it heads a column of the report and fits on two lines of a phone.
pub const ACT_TITLE_CHARS_MAX: usize = 60;
/// Most minutes that an act is planned for: a day.
pub const ACT_MINUTES_MAX: u32 = 24 * 60;
