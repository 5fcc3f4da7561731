//! The built pages and their assets, embedded, with what HTTP needs to know about each.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

/// The policy that the pages are made for: nothing inline, nothing from elsewhere. A player hands
/// its buffer to the picture as a `blob:`.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; media-src 'self' blob:; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// One file, ready to be answered with.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The file as it is.
    pub bytes: Cow<'static, [u8]>,
    /// The same in brotli, where that is smaller.
    pub brotli: Option<Cow<'static, [u8]>>,
    /// The same in gzip, where that is smaller.
    pub gzip: Option<Cow<'static, [u8]>>,
    /// For `Content-Type`.
    pub content_type: &'static str,
    /// For `ETag`, with its quotes: a hash of `bytes`. A compressed answer needs its own, or a weak one.
    pub etag: String,
    /// The name holds a hash of the content, so the file may be cached for ever.
    pub immutable: bool,
}

#[derive(RustEmbed)]
#[folder = "$PLENARY_WEB_EMBED"]
struct Dist;

/// All pages.
const PAGES: [&str; 7] = ["watch", "join", "stage", "studio", "console", "attendance", "hall"];

/// The HTML of a page by its name.
pub fn page(name: &str) -> Option<Asset> {
    let known = PAGES.contains(&name);
    known.then(|| load(&format!("apps/{name}/index.html"), false)).flatten()
}

/// A file under `/assets/` by its path, with or without the leading slash.
pub fn asset(path: &str) -> Option<Asset> {
    let path = path.trim_start_matches('/');
    path.starts_with("assets/").then(|| load(path, true)).flatten()
}

fn load(path: &str, immutable: bool) -> Option<Asset> {
    let EmbeddedFile { data, metadata, .. } = Dist::get(path)?;
    let hash = metadata.sha256_hash();
    Some(Asset {
        bytes: data,
        brotli: Dist::get(&format!("{path}.br")).map(|file| file.data),
        gzip: Dist::get(&format!("{path}.gz")).map(|file| file.data),
        content_type: content_type(path)?,
        etag: format!("\"{}\"", hex(&hash[..16])),
        immutable,
    })
}

/// The types that the pages are made of; other files (compressed twins, the bundler's notes) are
/// not served.
fn content_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "m3u8" => "application/vnd.apple.mpegurl",
        "mp4" | "m4s" => "video/mp4",
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `/assets/…` address that a text names.
    fn assets_named_in(text: &str) -> Vec<&str> {
        text.split('"').filter(|part| part.starts_with("/assets/")).collect()
    }

    #[test]
    fn every_page_is_there_and_so_is_all_that_it_loads() {
        for name in PAGES {
            let html = page(name).expect(name);
            assert_eq!(html.content_type, "text/html; charset=utf-8");
            assert!(!html.immutable);
            let text = String::from_utf8(html.bytes.into_owned()).expect("HTML is UTF-8");
            for named in assets_named_in(&text) {
                assert!(asset(named).is_some_and(|file| file.immutable), "{name} loads {named}");
            }
        }
    }

    #[test]
    fn pages_keep_the_content_security_policy() {
        for name in PAGES {
            let text =
                String::from_utf8(page(name).expect(name).bytes.into_owned()).expect("UTF-8");
            for inline in ["<style", " style=", "<script>", " onclick="] {
                assert!(!text.contains(inline), "{name} has {inline}");
            }
            let elsewhere: Vec<_> =
                text.split(['"', '\'']).filter(|part| part.contains("//")).collect();
            assert!(elsewhere.is_empty(), "{name} loads from elsewhere: {elsewhere:?}");
        }
    }

    #[test]
    fn only_pages_and_assets_are_served() {
        assert!(page("index").is_none());
        assert!(page("../watch").is_none());
        assert!(asset("apps/watch/index.html").is_none());
        assert!(asset("/.vite/manifest.json").is_none());
        assert!(asset("assets/../apps/watch/index.html").is_none());
    }

    #[test]
    fn an_etag_is_quoted_and_follows_the_content() {
        let (watch, stage) = (page("watch").expect("watch"), page("stage").expect("stage"));
        assert_eq!(watch.etag.len(), 34);
        assert!(watch.etag.starts_with('"') && watch.etag.ends_with('"'));
        assert_ne!(watch.etag, stage.etag);
        assert_eq!(watch.etag, page("watch").expect("watch").etag);
    }

    #[test]
    fn the_test_clip_is_whole_small_and_may_be_kept_for_ever() {
        let clip = Dist::iter().filter(|name| name.starts_with("assets/clip-"));
        let clip: Vec<_> =
            clip.map(|name| (asset(&name).expect("a part of the clip"), name)).collect();
        assert!(clip.iter().all(|(file, _)| file.immutable && file.brotli.is_none()));
        let bytes: usize = clip.iter().map(|(file, _)| file.bytes.len()).sum();
        assert!((100_000..=450 * 1024).contains(&bytes), "each tester downloads {bytes} bytes");
        let playlists = clip.iter().filter(|(_, name)| name.ends_with(".m3u8"));
        let mut named = 0;
        for (file, path) in playlists {
            assert_eq!(file.content_type, "application/vnd.apple.mpegurl");
            let (folder, _) = path.rsplit_once('/').expect("a folder");
            let text = std::str::from_utf8(&file.bytes).expect("a playlist is UTF-8");
            let tagged = text.split("URI=\"").skip(1).filter_map(|rest| rest.split('"').next());
            let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            for name in tagged.chain(lines) {
                let part = asset(&format!("{folder}/{name}"));
                let types = ["application/vnd.apple.mpegurl", "video/mp4"];
                assert!(part.is_some_and(|part| types.contains(&part.content_type)), "{name}");
                named += 1;
            }
        }
        assert_eq!(named + 1, clip.len(), "all but the first playlist are named, once");
    }

    #[test]
    fn compressed_twins_are_smaller() {
        for name in Dist::iter().filter(|name| name.ends_with(".js")) {
            let file = asset(&name).expect("scripts are assets");
            for twin in [&file.brotli, &file.gzip].into_iter().flatten() {
                assert!(twin.len() < file.bytes.len(), "{name}");
            }
        }
    }
}
