//! Finds the fonts of the system; without one for Chinese nothing starts, so nobody sees tofu.

use std::path::PathBuf;
use std::sync::Arc;

use resvg::usvg::fontdb::{Database, Family, Query, Source, Weight};

/// Families that hold Chinese and Latin, best first.
const FAMILIES: [&str; 10] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Microsoft YaHei",
    "LXGW WenKai",
];

/// No usable font; the operator installs one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no font with Chinese characters was found; install one, on Debian: apt-get install \
     fonts-noto-cjk (57 MB) or fonts-wqy-microhei (1.6 MB)"
)]
pub struct NoFont;

/// The fonts that graphics are drawn with; cheap to clone.
#[derive(Debug, Clone)]
pub struct Fonts {
    database: Arc<Database>,
    family: String,
}

impl Fonts {
    /// Looks through the system's fonts (about 10 ms).
    pub fn from_system() -> Result<Self, NoFont> {
        let mut database = Database::new();
        database.load_system_fonts();
        Self::from_database(database)
    }

    /// Chooses a family from the given fonts.
    pub fn from_database(mut database: Database) -> Result<Self, NoFont> {
        let has = |name: &str| {
            let query = Query { families: &[Family::Name(name)], ..Query::default() };
            database.query(&query).is_some()
        };
        let family = FAMILIES.into_iter().find(|name| has(name)).ok_or(NoFont)?.to_owned();
        database.set_sans_serif_family(&family);
        Ok(Self { database: Arc::new(database), family })
    }

    /// The chosen family's name.
    pub fn family(&self) -> &str {
        &self.family
    }

    pub(crate) fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    /// The files of the chosen family's regular and bold faces.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for weight in [Weight::NORMAL, Weight::BOLD] {
            let query =
                Query { families: &[Family::Name(&self.family)], weight, ..Query::default() };
            let face = self.database.query(&query).and_then(|id| self.database.face(id));
            let path = match face.map(|face| &face.source) {
                Some(Source::File(path) | Source::SharedFile(path, _)) => path.clone(),
                Some(Source::Binary(_)) | None => continue,
            };
            if !files.contains(&path) {
                files.push(path);
            }
        }
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_chinese_font_the_operator_reads_which_package_helps() {
        let error = Fonts::from_database(Database::new()).unwrap_err();
        insta::assert_snapshot!(error, @"no font with Chinese characters was found; install one, on Debian: apt-get install fonts-noto-cjk (57 MB) or fonts-wqy-microhei (1.6 MB)");
    }

    #[test]
    fn the_system_has_a_font_with_files() {
        let fonts = Fonts::from_system().unwrap();
        assert!(!fonts.files().is_empty(), "{}", fonts.family());
    }
}
