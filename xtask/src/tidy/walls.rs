//! Who may import whom, from `cargo metadata`: the floors of docs/ARCHITECTURE.md as tables.

use std::path::Path;

use anyhow::Context;
use cargo_metadata::{CargoOpt, DependencyKind, MetadataCommand};

use super::Violation;

/// Crates of ours that each crate of ours may import.
const WALLS: [(&str, &[&str]); 13] = [
    ("plenary-model", &[]),
    ("plenary-stage", &["plenary-model"]),
    ("plenary-hls", &["plenary-model"]),
    ("plenary-show", &["plenary-model"]),
    ("plenary-organisation", &["plenary-model"]),
    ("plenary-audience", &["plenary-model"]),
    ("plenary-store", &["plenary-model"]),
    ("plenary-programme", &["plenary-model"]),
    ("plenary-web", &[]),
    (
        "plenary-server",
        &[
            "plenary-model",
            "plenary-stage",
            "plenary-hls",
            "plenary-show",
            "plenary-organisation",
            "plenary-audience",
            "plenary-store",
            "plenary-programme",
            "plenary-web",
        ],
    ),
    (
        "plenary-sim",
        &["plenary-model", "plenary-stage", "plenary-hls", "plenary-show", "plenary-audience"],
    ),
    (
        "plenary-fuzz",
        &[
            "plenary-model",
            "plenary-stage",
            "plenary-hls",
            "plenary-show",
            "plenary-store",
            "plenary-programme",
            "plenary-server",
        ],
    ),
    ("xtask", &[]),
];

/// Everything from outside that a crate without I/O may import.
const CORE_IMPORTS: [(&str, &[&str]); 6] = [
    ("plenary-model", &["bytes", "serde", "thiserror", "utoipa", "uuid"]),
    ("plenary-stage", &["bytes", "serde", "thiserror", "tracing", "str0m", "dimpl"]),
    ("plenary-hls", &["brotli", "bytes", "flate2", "thiserror", "mp4-atom"]),
    ("plenary-show", &["serde", "thiserror", "utoipa"]),
    ("plenary-organisation", &["serde", "thiserror", "utoipa"]),
    ("plenary-audience", &["serde", "serde_json", "sha2", "thiserror", "utoipa"]),
];

/// Libraries that stay behind one wall, so that they can be replaced there.
const OWNERS: [(&[&str], &[&str]); 7] = [
    (&["str0m", "dimpl"], &["plenary-stage"]),
    (
        &[
            "openh264",
            "openh264-sys2",
            "opusic-c",
            "fdk-aac",
            "env-libvpx-sys",
            "resvg",
            "usvg",
            "parley",
            "ebur128",
            "rubato",
        ],
        &["plenary-programme"],
    ),
    (&["sqlx", "object_store"], &["plenary-store"]),
    (&["tokio"], &["plenary-server", "plenary-store"]),
    (
        &["axum", "axum-extra", "hyper", "hyper-util", "tower", "tower-http", "rustls", "mio"],
        &["plenary-server"],
    ),
    (&["rust-embed"], &["plenary-web"]),
    (&["anyhow"], &["plenary-server", "xtask"]),
];

/// A crate of ours with what its finished code imports.
#[derive(Debug, Clone)]
pub struct Crate {
    /// Name of the package.
    pub name: String,
    /// Path of its manifest from the root of the workspace.
    pub manifest: String,
    /// What it imports, with the kind.
    pub imports: Vec<Import>,
}

/// One dependency edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Import {
    /// Part of the program, or of the build script.
    Built(String),
    /// Only for tests and benchmarks.
    Tested(String),
}

/// The crates of the workspace at `root`.
///
/// # Errors
/// When `cargo metadata` fails, for example on a broken manifest.
pub fn read_crates(root: &Path) -> anyhow::Result<Vec<Crate>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .other_options(vec!["--no-deps".to_owned(), "--offline".to_owned()])
        .features(CargoOpt::AllFeatures)
        .exec()
        .context("cargo metadata does not read the workspace")?;
    let crates = metadata.packages.iter().map(|package| Crate {
        name: package.name.to_string(),
        manifest: package
            .manifest_path
            .strip_prefix(root)
            .unwrap_or(&package.manifest_path)
            .to_string(),
        imports: package
            .dependencies
            .iter()
            .map(|edge| match edge.kind {
                DependencyKind::Development => Import::Tested(edge.name.clone()),
                _ => Import::Built(edge.name.clone()),
            })
            .collect(),
    });
    Ok(crates.collect())
}

/// Every edge that the tables do not allow.
pub fn check(crates: &[Crate]) -> Vec<Violation> {
    let names: Vec<&str> = crates.iter().map(|c| c.name.as_str()).collect();
    crates
        .iter()
        .flat_map(|c| {
            let advice = match row(&WALLS, &c.name) {
                Some(_) => c.imports.iter().filter_map(|i| refuse(c, i, &names)).collect(),
                None => vec![format!("{} is in no table of xtask/src/tidy/walls.rs: write a decision, then give it a row", c.name)],
            };
            advice.into_iter().map(|advice| Violation {
                path: c.manifest.clone(),
                line: None,
                advice,
            })
        })
        .collect()
}

fn refuse(importer: &Crate, import: &Import, ours: &[&str]) -> Option<String> {
    let (Import::Built(name) | Import::Tested(name)) = import;
    let allowed = row(&WALLS, &importer.name)?;
    if ours.contains(&name.as_str()) {
        let through_the_wall = !allowed.contains(&name.as_str());
        return through_the_wall.then(|| {
            format!("{} may not import {name}: move the shared word to plenary-model, or pass it through plenary-server", importer.name)
        });
    }
    if matches!(import, Import::Tested(_)) {
        return None;
    }
    if let Some((_, owners)) = OWNERS.iter().find(|(names, _)| names.contains(&name.as_str()))
        && !owners.contains(&importer.name.as_str())
    {
        return Some(format!("{name} stays inside {}: call that instead", owners.join(" and ")));
    }
    match row(&CORE_IMPORTS, &importer.name) {
        Some(allowed) if !allowed.contains(&name.as_str()) => Some(format!(
            "a crate without I/O imports little, and {name} is not in its row of xtask/src/tidy/walls.rs: do without, or write a decision and add it"
        )),
        _ => None,
    }
}

fn row<'a>(table: &[(&str, &'a [&'a str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(key, _)| *key == name).map(|(_, values)| *values)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn found(name: &str, imports: &[Import]) -> String {
        let krate = |name: &str, imports: &[Import]| Crate {
            name: name.into(),
            manifest: format!("crates/{name}/Cargo.toml"),
            imports: imports.to_vec(),
        };
        let crates = [krate(name, imports), krate("plenary-model", &[]), krate("plenary-hls", &[])];
        check(&crates).iter().map(|violation| format!("{violation}\n")).collect()
    }

    fn built(name: &str) -> Import {
        Import::Built(name.into())
    }

    #[test]
    fn a_core_imports_the_model_and_no_other_core() {
        assert_snapshot!(found("plenary-stage", &[built("plenary-model"), built("plenary-hls")]), @"crates/plenary-stage/Cargo.toml: plenary-stage may not import plenary-hls: move the shared word to plenary-model, or pass it through plenary-server");
    }

    #[test]
    fn a_test_may_import_a_library_but_not_cross_a_wall() {
        let tested = |name: &str| Import::Tested(name.into());
        assert_snapshot!(found("plenary-show", &[tested("str0m"), tested("plenary-hls")]), @"crates/plenary-show/Cargo.toml: plenary-show may not import plenary-hls: move the shared word to plenary-model, or pass it through plenary-server");
    }

    #[test]
    fn libraries_stay_behind_their_wall() {
        assert_snapshot!(found("plenary-server", &[built("str0m"), built("tokio"), built("sqlx")]), @r"
        crates/plenary-server/Cargo.toml: str0m stays inside plenary-stage: call that instead
        crates/plenary-server/Cargo.toml: sqlx stays inside plenary-store: call that instead
        ");
        assert_snapshot!(found("plenary-show", &[built("rand")]), @"crates/plenary-show/Cargo.toml: a crate without I/O imports little, and rand is not in its row of xtask/src/tidy/walls.rs: do without, or write a decision and add it");
    }

    #[test]
    fn a_new_crate_needs_a_row() {
        assert_snapshot!(found("plenary-extra", &[]), @"crates/plenary-extra/Cargo.toml: plenary-extra is in no table of xtask/src/tidy/walls.rs: write a decision, then give it a row");
    }
}
