//! Builds the pages of `web/` into the output folder of this crate, where `src/lib.rs` embeds them.
//!
//! `PLENARY_WEB_DIST` names a folder with pages built elsewhere. Without Node the crate still
//! builds, with a page that says what is missing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PAGES: [&str; 7] = ["watch", "join", "stage", "studio", "console", "attendance", "hall"];
const PACKAGES: [&str; 3] = ["api", "client", "ui"];
/// Oldest Node that the bundler runs on.
const NODE_OLDEST: (u32, u32) = (20, 19);

fn main() {
    println!("cargo::rerun-if-env-changed=PLENARY_WEB_DIST");
    let dist = match env::var_os("PLENARY_WEB_DIST") {
        Some(dist) => given(PathBuf::from(dist)),
        None => built(),
    };
    println!("cargo::rustc-env=PLENARY_WEB_EMBED={}", dist.display());
}

/// Checks pages that were built elsewhere.
fn given(dist: PathBuf) -> PathBuf {
    for page in PAGES {
        let index = dist.join(format!("apps/{page}/index.html"));
        assert!(index.is_file(), "PLENARY_WEB_DIST has no {}", index.display());
    }
    println!("cargo::rerun-if-changed={}", dist.display());
    dist
}

/// Builds the pages, or writes the placeholder where Node is missing.
fn built() -> PathBuf {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let dist = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("dist");
    watch_sources(&web);
    if let Err(missing) = node_is_there() {
        println!("cargo::warning=the web pages are not built: {missing}");
        println!("cargo::rerun-if-env-changed=PATH");
        write_placeholder(&dist, &missing);
        return dist;
    }
    install(&web);
    let mut build = Command::new("node");
    build.arg("scripts/build.mjs").arg(&dist).current_dir(&web);
    run(&mut build, "building the pages");
    dist
}

/// Names what the pages are made of and nothing else, so that an unchanged tree stays built.
fn watch_sources(web: &Path) {
    let mut sources: Vec<String> = [
        "package.json",
        "package-lock.json",
        ".npmrc",
        "vite.config.js",
        "svelte.config.js",
        "scripts/build.mjs",
        "scripts/clip.mjs",
        "clip",
    ]
    .map(String::from)
    .to_vec();
    for app in PAGES {
        for part in ["src", "locales", "index.html", "package.json"] {
            sources.push(format!("apps/{app}/{part}"));
        }
    }
    for package in PACKAGES {
        for part in ["src", "package.json"] {
            sources.push(format!("packages/{package}/{part}"));
        }
    }
    for source in sources {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
}

/// Says what to install where `node` or `npm` cannot build the pages.
fn node_is_there() -> Result<(), String> {
    let wanted = format!("install Node {}.{} or newer with npm", NODE_OLDEST.0, NODE_OLDEST.1);
    let version = version_of("node").ok_or_else(|| format!("no `node` on the path; {wanted}"))?;
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|n| n.parse().ok());
    let found: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE_OLDEST {
        return Err(format!("`node` is {version}; {wanted}"));
    }
    version_of("npm").ok_or_else(|| format!("no `npm` on the path; {wanted}"))?;
    Ok(())
}

fn version_of(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Installs the packages of the lock file, unless that very lock file was installed before.
fn install(web: &Path) {
    let lock = fs::read(web.join("package-lock.json")).expect("web/package-lock.json is readable");
    let installed = web.join("node_modules/.plenary-installed-lock");
    if fs::read(&installed).is_ok_and(|before| before == lock) {
        return;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(web);
    run(&mut npm, "installing the packages of the pages");
    fs::write(&installed, lock).expect("web/node_modules is writable");
}

/// Runs a step and stops the build with all that it said when it fails.
fn run(command: &mut Command, doing: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{doing}: {error}"));
    assert!(
        output.status.success(),
        "{doing} failed ({}):\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

fn write_placeholder(dist: &Path, missing: &str) {
    if dist.exists() {
        fs::remove_dir_all(dist).expect("the old pages can be removed");
    }
    for page in PAGES {
        let folder = dist.join("apps").join(page);
        fs::create_dir_all(&folder).expect("the output folder is writable");
        let text = format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Plenary</title>\n\
             <h1>The pages are not in this build</h1>\n<p>{missing}, then build again.</p>\n"
        );
        fs::write(folder.join("index.html"), text).expect("the output folder is writable");
    }
}
