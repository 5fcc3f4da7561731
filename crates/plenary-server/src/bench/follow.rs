//! A minimal low-latency HLS client: follows one rendition by blocking reloads and fetches its
//! parts as they come.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use super::playlist::Playlist;
use super::web::Web;

/// Follows one rendition.
#[derive(Debug)]
pub struct Follower {
    web: Web,
    /// Path of the rendition's folder, with a slash at the end.
    folder: String,
    newest: Option<(u64, u64)>,
    /// The part that the last playlist promised.
    promised: Option<(u64, u64)>,
    /// PART-HOLD-BACK of the last playlist, in milliseconds.
    pub hold_back_ms: f64,
    /// EXT-X-MEDIA-SEQUENCE of the last playlist.
    pub sequence: u64,
    /// The last playlist as it came.
    pub text: String,
}

/// A part that came.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Media sequence number of its segment.
    pub msn: u64,
    /// Its place in the segment.
    pub part: u64,
    /// It is the first one of a segment after a break of the encoder.
    pub discontinuity: bool,
    /// Programme time of its beginning, in milliseconds since 1970.
    pub begins_ms: f64,
    /// Length in milliseconds.
    pub length_ms: f64,
    /// Path of its init segment.
    pub init: String,
    /// moof and mdat.
    pub bytes: Vec<u8>,
    /// When its last byte was here, in milliseconds since 1970.
    pub at_ms: f64,
}

impl Arrived {
    /// Programme time of its end, in milliseconds since 1970.
    pub fn ends_ms(&self) -> f64 {
        self.begins_ms + self.length_ms
    }
}

impl Follower {
    /// Follows `rendition` (as `v720`) of the multivariant playlist at `path`; the first part that
    /// is given is the one that comes next.
    pub fn new(web: Web, path: &str, rendition: &str) -> Self {
        let root = path.strip_suffix("index.m3u8").unwrap_or(path);
        let folder = format!("{root}{rendition}/");
        let text = String::new();
        Self { web, folder, newest: None, promised: None, hold_back_ms: 0.0, sequence: 0, text }
    }

    /// Where the server listens.
    pub const fn address(&self) -> std::net::SocketAddr {
        self.web.address()
    }

    /// Waits for the next part and gives all that are new, in order.
    ///
    /// # Errors
    /// The server is gone or refuses; a later call goes on after the last part that was given.
    pub fn next_parts(&mut self) -> anyhow::Result<Vec<Arrived>> {
        let (msn, part) = match self.promised {
            Some(promised) => promised,
            None => {
                let playlist = self.playlist("")?;
                let newest = playlist.segments.last().context("nothing was broadcast yet")?;
                let last = (newest.msn, (newest.parts.len() as u64).saturating_sub(1));
                self.newest.get_or_insert(last);
                self.promised.context("the broadcast is over")?
            }
        };
        let playlist = self.playlist(&format!("?_HLS_msn={msn}&_HLS_part={part}"))?;
        self.fetch_new(&playlist)
    }

    /// Gives what is there and was not given yet, without waiting.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub fn catch_up(&mut self) -> anyhow::Result<Vec<Arrived>> {
        let playlist = self.playlist("")?;
        self.fetch_new(&playlist)
    }

    /// The replay as it is now.
    ///
    /// # Errors
    /// The server is gone or has no replay.
    pub fn replay(&self) -> anyhow::Result<Playlist> {
        let answer = self.web.get(&format!("{}replay.m3u8", self.folder))?.ok()?;
        Playlist::parse(&answer.text())
    }

    fn playlist(&mut self, query: &str) -> anyhow::Result<Playlist> {
        let answer = self.web.get(&format!("{}live.m3u8{query}", self.folder))?.ok()?;
        self.text = answer.text();
        let playlist = Playlist::parse(&self.text)?;
        self.hold_back_ms = playlist.hold_back_ms;
        self.sequence = playlist.sequence;
        self.promised = playlist.promised;
        Ok(playlist)
    }

    fn fetch_new(&mut self, playlist: &Playlist) -> anyhow::Result<Vec<Arrived>> {
        let mut arrived = Vec::new();
        for segment in &playlist.segments {
            let mut begins_ms = segment.begins_ms;
            for (part, (uri, length_ms)) in (0..).zip(&segment.parts) {
                let place = (segment.msn, part);
                if self.newest.is_none_or(|newest| newest < place) {
                    let answer = self.web.get(&format!("{}{uri}", self.folder))?.ok()?;
                    self.newest = Some(place);
                    arrived.push(Arrived {
                        msn: segment.msn,
                        part,
                        discontinuity: segment.discontinuity && part == 0,
                        begins_ms,
                        length_ms: *length_ms,
                        init: format!(
                            "{}{}",
                            self.folder,
                            segment.init.as_deref().unwrap_or_default()
                        ),
                        bytes: answer.body,
                        at_ms: wall_ms(),
                    });
                }
                begins_ms += length_ms;
            }
        }
        Ok(arrived)
    }
}

/// Now, in milliseconds since 1970.
pub fn wall_ms() -> f64 {
    let since: Duration = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs_f64() * 1_000.0
}
