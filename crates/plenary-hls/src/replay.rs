//! The replay playlist: type EVENT from the beginning while the event runs, VOD once it is over.

use crate::grid::Scale;
use crate::history::History;
use crate::playlist::{Common, VERSION, foot, head, line};

/// Renders a rendition's replay playlist; what was written before is kept, so a long event costs
/// no more per segment than its copy.
#[derive(Debug, Default, Clone)]
pub struct Replay {
    body: String,
    written: usize,
    init: Option<String>,
}

impl Replay {
    /// The playlist of all whole segments of `history`, which may only have grown since.
    pub fn render(
        &mut self,
        common: &Common,
        scale: &Scale,
        history: &History,
        ended: bool,
    ) -> String {
        for segment in history.whole.iter().skip(self.written) {
            let mut init = self.init.as_deref();
            head(&mut self.body, segment, &mut init, common.wall_of_zero, scale);
            self.init = init.map(str::to_owned);
            foot(&mut self.body, segment, scale);
        }
        self.written = history.whole.len();
        let mut text = String::with_capacity(self.body.len() + 256);
        let out = &mut text;
        let (kind, target) = (if ended { "VOD" } else { "EVENT" }, common.target_duration);
        line(
            out,
            format_args!("#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-TARGETDURATION:{target}"),
        );
        line(out, format_args!("#EXT-X-PLAYLIST-TYPE:{kind}\n#EXT-X-INDEPENDENT-SEGMENTS"));
        let first = history.whole.first().map_or(history.next_msn, |segment| segment.msn);
        line(out, format_args!("#EXT-X-MEDIA-SEQUENCE:{first}"));
        out.push_str(&self.body);
        if ended {
            line(out, format_args!("#EXT-X-ENDLIST"));
        }
        text
    }
}
