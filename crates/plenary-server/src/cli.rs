//! The command line: what `plenary` can be told, and nothing of how it is done.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::Settings;

/// A whole organisation in one room: interactive stage, composed programme, broadcast to everyone.
#[derive(Debug, Parser)]
#[command(
    name = "plenary",
    version,
    about = "A whole organisation in one room: stage, composed programme, broadcast to everyone.",
    after_help = "To see what it is: `plenary demo`, and open the links that it prints.\n\
                  To run an event of your own: `plenary create-event`, then `plenary serve`."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a sample event, on air at once with synthetic speakers; stop it with Ctrl-C.
    Demo(Demo),
    /// Serve the events of a data folder; those that have not ended are on air at once.
    Serve(Serve),
    /// Make an event in a data folder and print its links.
    CreateEvent(CreateEvent),
    /// Print the links of an event again.
    Links(Links),
    /// Write an event's recording as one MP4 file, without encoding anything again.
    Export(Export),
    /// Write an invented organisation as tables that can be imported: `units.csv` and `people.csv`.
    SampleOrg(SampleOrg),
    /// Read a table of units or people into the organisation of a data folder.
    #[command(subcommand)]
    Import(Import),
    /// Verify a book of attendance that was downloaded: that nothing in it was changed.
    VerifyBook(VerifyBook),
    /// Measure.
    #[command(subcommand)]
    Bench(Bench),
    /// Read the configuration as `serve` would, and print what it comes to.
    CheckConfig(Settings),
    /// Print the OpenAPI description.
    Openapi,
    /// (internal) The media engine of one event.
    #[command(hide = true)]
    MediaWorker,
    /// (internal) The decoder of one source.
    #[command(hide = true)]
    DecodeWorker,
    /// (internal) The reader of one table.
    #[command(hide = true)]
    TableWorker,
}

/// `plenary serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Settings of the server.
    #[command(flatten)]
    pub settings: Settings,
    /// Print one JSON line when it serves: `{"base":"http://…"}`, what its links begin with.
    #[arg(long)]
    pub json: bool,
}

/// `plenary demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Settings of the server.
    #[command(flatten)]
    pub settings: Settings,
    /// Print one JSON line with the links instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `plenary create-event`.
#[derive(Debug, Args)]
pub struct CreateEvent {
    /// Its name in addresses, for example `spring-day`: small letters, digits and hyphens.
    pub slug: String,
    /// Its title for people.
    #[arg(long)]
    pub title: String,
    /// A speaker as `name`, `name/unit` or `name/unit/title`; once for each speaker.
    #[arg(long = "speaker", value_name = "CARD")]
    pub speakers: Vec<String>,
    /// Settings of the server that the links are for.
    #[command(flatten)]
    pub settings: Settings,
    /// Print one JSON line with the links instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `plenary links`.
#[derive(Debug, Args)]
pub struct Links {
    /// Slug or id of the event.
    pub event: String,
    /// Settings of the server that the links are for.
    #[command(flatten)]
    pub settings: Settings,
    /// Print one JSON line with the links instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `plenary export`.
#[derive(Debug, Args)]
pub struct Export {
    /// Slug or id of the event.
    pub event: String,
    /// The file to write.
    pub file: PathBuf,
    /// Data folder of the server, which may be running.
    #[arg(long, value_name = "DIR", default_value = "plenary-data")]
    pub data: PathBuf,
}

/// `plenary sample-org`.
#[derive(Debug, Args)]
pub struct SampleOrg {
    /// How many people it has.
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub people: u32,
    /// The folder for the tables.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `plenary import …`.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// A table of units: code, name, parent, and perhaps kind and order.
    Units {
        /// The table and what to do with it.
        #[command(flatten)]
        table: ImportTable,
        /// Close the units that the table does not have.
        #[arg(long)]
        close_missing: bool,
    },
    /// A table of people: code, name, unit, and perhaps email, phone and roles.
    People {
        /// The table and what to do with it.
        #[command(flatten)]
        table: ImportTable,
        /// Mark the people whom the table does not have as left; their roles end.
        #[arg(long)]
        mark_left: bool,
    },
}

/// `plenary verify-book`.
#[derive(Debug, Args)]
pub struct VerifyBook {
    /// The book, as it was downloaded.
    pub file: PathBuf,
    /// Print one JSON line instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What both kinds of import take.
#[derive(Debug, Args)]
pub struct ImportTable {
    /// The table: CSV or XLSX.
    pub file: PathBuf,
    /// Data folder of the server, which must be stopped unless this is only a preview.
    #[arg(long, value_name = "DIR", default_value = "plenary-data")]
    pub data: PathBuf,
    /// Say what would change, and change nothing.
    #[arg(long)]
    pub preview: bool,
    /// Print one JSON line instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `plenary bench …`.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Four 720p sources through the whole engine, next to GStreamer doing the same work.
    Programme {
        /// How long each side runs, in seconds.
        #[arg(long, default_value_t = 20)]
        seconds: u64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// How old pictures are at the viewer, on the stage and in the programme's return.
    Glass {
        /// How long to measure, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// How soon a demo is on air, and how soon it serves again after a kill.
    Start {
        /// How often.
        #[arg(long, default_value_t = 5)]
        runs: usize,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// What a viewer sees of a speaker that dies and of a media engine that is killed.
    Faults {
        /// How often each.
        #[arg(long, default_value_t = 3)]
        runs: usize,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// What forwarding costs on a crowded stage, with seats in other processes.
    Stage {
        /// Seats on the stage, at most 200.
        #[arg(long, default_value_t = 100)]
        seats: usize,
        /// How many of them send camera and microphone.
        #[arg(long, default_value_t = 30)]
        publishers: usize,
        /// How many of those speak; the others are muted.
        #[arg(long, default_value_t = 4)]
        speakers: usize,
        /// Pictures that each seat shows, at most 25.
        #[arg(long, default_value_t = 9)]
        shown: usize,
        /// How long to measure, in seconds.
        #[arg(long, default_value_t = 20)]
        seconds: u64,
        /// Datagrams that strangers send to the media port each second of the second half.
        #[arg(long, default_value_t = 0)]
        strangers: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// What viewers need: how soon waiting players have the next playlist, and how many requests reach
    /// Plenary for it; or, with `--whep`, what the low-delay programme costs for each.
    Viewers(Viewers),
    /// CPU of a served request, next to nginx serving the same bytes; needs nginx and wrk.
    Origin {
        /// How often each is asked, in turn.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// How long each time, in seconds.
        #[arg(long, default_value_t = 3)]
        seconds: u64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The built-in encoder next to ffmpeg's: bits at equal quality (VMAF) and CPU.
    Encoder {
        /// Length of each clip, in seconds.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// A file to measure with, instead of a painted talking head, slides and a moving camera; may
        /// be given several times.
        #[arg(long = "clip", value_name = "FILE")]
        clips: Vec<PathBuf>,
        /// The ffmpeg that encodes; it needs libx264.
        #[arg(long, value_name = "FILE", default_value = "ffmpeg")]
        ffmpeg: PathBuf,
        /// The ffmpeg that judges; it needs libvmaf.
        #[arg(long, value_name = "FILE", default_value = "ffmpeg")]
        judge: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// An event that must go on while a fault is made every other minute: speakers, decoders, media
    /// engine and server are killed, packets are lost. Says what the audience saw, and what memory
    /// has grown by.
    Soak {
        /// How long it goes on, in minutes.
        #[arg(long, default_value_t = 60.0)]
        minutes: f64,
        /// Seconds between two faults.
        #[arg(long, default_value_t = 120.0)]
        every: f64,
        /// Decides which faults come, and when.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// How many members a second come in by their personal links, and what each costs: an invented
    /// organisation, a server, and those who come, all on this machine.
    Join {
        /// Members of the organisation.
        #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        people: u32,
        /// How many want to come in each second.
        #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
        per_second: u32,
        /// For how long, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Kept connections that they share.
        #[arg(long, default_value_t = 500)]
        connections: usize,
        /// How many a second the server lets in, so that the others get a place in line; all without.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        lets_in: Option<u32>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// (internal) Players for `bench viewers`, as standard input says.
    #[command(hide = true)]
    Crowd,
    /// (internal) Seats and players for `bench stage` and `bench viewers --whep`, as standard input says.
    #[command(hide = true)]
    Load,
    /// A synthetic speaker who joins by a stage link and speaks until stopped.
    Speaker {
        /// The stage link.
        link: String,
        /// Number in its mark; it decides colour and voice.
        #[arg(long, default_value_t = 0)]
        source: u8,
        /// Grain in its picture, so that encoders use all their bits.
        #[arg(long)]
        grain: bool,
    },
}

/// `plenary bench viewers`.
#[derive(Debug, Args)]
pub struct Viewers {
    /// Players that wait for each part of the low-latency playlist.
    #[arg(long = "hls", value_name = "N", default_value_t = 1_000)]
    pub players: usize,
    /// How many of them fetch the parts too.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fetching: usize,
    /// Address of the multivariant playlist that they use, http with a numeric address [without it:
    /// of a server that is started for this].
    #[arg(long, value_name = "URL")]
    pub target: Option<String>,
    /// The same playlist at Plenary itself, when the target is a cache: requests there are counted.
    #[arg(long, value_name = "URL", requires = "target")]
    pub origin: Option<String>,
    /// The rendition that all watch.
    #[arg(long, default_value = "v720")]
    pub rendition: String,
    /// Players of the low-delay programme, instead of the above.
    #[arg(long, value_name = "N", conflicts_with_all = ["players", "target"])]
    pub whep: Option<usize>,
    /// Next to them, stage pages that show nothing but the programme, at most 200.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "whep")]
    pub pages: usize,
    /// Next to them, viewers of Janus, which must be installed; needs root for a network namespace.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "whep")]
    pub janus: usize,
    /// Of a hundred datagrams so many are lost on the way to each of them.
    #[arg(long, value_name = "PERCENT", default_value_t = 0, requires = "whep")]
    pub loses: u32,
    /// How long to measure, in seconds.
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
