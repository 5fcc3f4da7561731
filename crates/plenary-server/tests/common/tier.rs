//! nginx and Varnish with the configurations of deploy/, in front of a server.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;

use plenary_server::bench::process::free_address;
use plenary_server::bench::web::Web;

/// Which cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    Nginx,
    Varnish,
}

/// A cache that runs; dropping it ends it.
pub struct Tier {
    /// Asked instead of the server.
    pub web: Web,
    child: Child,
    /// What it keeps and logs.
    _folder: tempfile::TempDir,
}

impl Tier {
    /// Starts it on a free port in front of `origin`, with the shipped files in which only addresses
    /// and folders are changed.
    pub fn start(cache: Cache, origin: SocketAddr) -> Self {
        // Its processes run as other users.
        let open = fs::Permissions::from_mode(0o755);
        let folder = tempfile::Builder::new().permissions(open).tempdir().expect("a folder");
        let listen = free_address().expect("a free port");
        let mut command = match cache {
            Cache::Nginx => nginx(folder.path(), origin, listen),
            Cache::Varnish => varnish(folder.path(), origin, listen),
        };
        // When a test fails, what it said is shown.
        let mut child = command.spawn().expect("the cache is installed");
        // Neither of them says when it listens.
        while TcpStream::connect(listen).is_err() {
            let ended = child.try_wait().expect("a child");
            assert_eq!(ended, None, "{cache:?} does not start");
            thread::yield_now();
        }
        let (web, _) = Web::of(&format!("http://{listen}/")).expect("an address");
        Self { web, child, _folder: folder }
    }

    /// The address of a path here.
    pub fn link(&self, path: &str) -> String {
        format!("http://{}{path}", self.web.address())
    }
}

impl Drop for Tier {
    fn drop(&mut self) {
        let id = libc::pid_t::try_from(self.child.id()).expect("an id");
        // SAFETY: sends a signal to a child that is not waited for yet. Both end their own children
        // when they are asked to end.
        unsafe { libc::kill(id, libc::SIGTERM) };
        // Already gone is fine.
        let _ = self.child.wait();
    }
}

fn nginx(folder: &Path, origin: SocketAddr, listen: SocketAddr) -> Command {
    let text = changed(
        &shipped("nginx/plenary.conf"),
        &[
            ("127.0.0.1:8080", &origin.to_string()),
            ("127.0.0.1:8081", &listen.to_string()),
            ("/dev/shm/plenary-cache", &folder.join("cache").display().to_string()),
        ],
    );
    fs::write(folder.join("plenary.conf"), text).expect("a file");
    let here = folder.join("nginx").display().to_string();
    let text = changed(&shipped("nginx/nginx.conf"), &[("/tmp/plenary-nginx", &here)]);
    fs::write(folder.join("nginx.conf"), text).expect("a file");
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).args(["-c", "nginx.conf", "-e", "stderr"]);
    command.args(["-g", "daemon off;"]);
    command
}

fn varnish(folder: &Path, origin: SocketAddr, listen: SocketAddr) -> Command {
    let text = changed(
        &shipped("varnish/plenary.vcl"),
        &[
            ("\"127.0.0.1\"", &format!("\"{}\"", origin.ip())),
            ("\"8080\"", &format!("\"{}\"", origin.port())),
        ],
    );
    let vcl = folder.join("plenary.vcl");
    fs::write(&vcl, text).expect("a file");
    let mut command = Command::new(deploy().join("varnish/start.sh"));
    command.arg(listen.to_string()).arg(vcl).arg(folder.join("varnish"));
    command
}

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn shipped(file: &str) -> String {
    fs::read_to_string(deploy().join(file)).expect("it is shipped")
}

/// The text with every value changed; each must be there.
fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the configuration does not say {from}");
        text.replace(from, to)
    })
}
