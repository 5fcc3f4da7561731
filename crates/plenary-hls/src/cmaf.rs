//! Fragmented MP4 (CMAF, ISO/IEC 23000-19): the init segment of a track and one moof + mdat per part.

use bytes::{BufMut, Bytes};
use mp4_atom::{
    Any, Avc1, Avcc, AvccExt, Codec, DecodeMaybe, Dinf, Dref, DrefEntry, Encode, Error, FourCC,
    Ftyp, Hdlr, Mdhd, Mdia, Mfhd, Minf, Moof, Moov, Mp4a, Mvex, Mvhd, Smhd, Stbl, Stco, Stsd, Tfdt,
    Tfhd, Tkhd, Traf, Trak, Trex, Trun, TrunEntry, TrunSamples, Url, Visual, Vmhd,
};
use mp4_atom::{Audio, FixedPoint, esds};

use crate::h264::ParameterSets;
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ};

/// `sample_flags` of a picture that decodes alone (ISO/IEC 14496-12 section 8.8.3.1).
pub const SYNC_SAMPLE: u32 = 0x0200_0000;
/// `sample_flags` of a picture that needs earlier ones.
pub const DEPENDENT_SAMPLE: u32 = 0x0101_0000;
/// The only track of every file of ours has this number.
pub const TRACK_ID: u32 = 1;

/// What a track's init segment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Description {
    /// H.264 with parameter sets out of band (`avc1`).
    Picture {
        /// Parameter sets.
        sets: ParameterSets,
        /// Width in pixels.
        width: u16,
        /// Height in pixels.
        height: u16,
    },
    /// AAC-LC, stereo, 48 kHz.
    Sound {
        /// Rate in bits per second.
        bits_per_second: u32,
    },
}

impl Description {
    /// Ticks per second of the track.
    pub const fn hz(&self) -> u32 {
        match self {
            Self::Picture { .. } => PROGRAMME_HZ as u32,
            Self::Sound { .. } => SOUND_HZ as u32,
        }
    }

    /// The codec name of RFC 6381.
    pub fn codec(&self) -> String {
        match self {
            Self::Picture { sets, .. } => sets.codec(),
            Self::Sound { .. } => "mp4a.40.2".into(),
        }
    }

    /// Whether media that needs `other` decodes with this one.
    pub fn serves(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Picture { sets, width, height },
                Self::Picture { sets: needed, width: other_width, height: other_height },
            ) => (width, height) == (other_width, other_height) && sets.hold(needed),
            (Self::Sound { .. } | Self::Picture { .. }, _) => self == other,
        }
    }
}

/// One coded picture or sound frame as it lies in a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Time on the programme clock in the track's ticks.
    pub time: u64,
    /// Duration in the track's ticks.
    pub duration: u32,
    /// Decodes without earlier ones.
    pub sync: bool,
    /// Length-prefixed NAL units or a raw AAC frame.
    pub bytes: Bytes,
}

/// The init segment. Errors: a parameter set that no box can hold.
pub fn init(description: &Description) -> Result<Bytes, Error> {
    let brand = |name| FourCC::new(name);
    let ftyp = Ftyp {
        major_brand: brand(b"cmf2"),
        minor_version: 0,
        compatible_brands: vec![brand(b"iso6"), brand(b"cmfc"), brand(b"mp41")],
    };
    let moov = Moov {
        mvhd: Mvhd {
            timescale: description.hz(),
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: 2,
            ..Default::default()
        },
        mvex: Some(Mvex {
            mehd: None,
            trex: vec![Trex {
                track_id: TRACK_ID,
                default_sample_description_index: 1,
                ..Default::default()
            }],
        }),
        trak: vec![track(TRACK_ID, description, sample_table(vec![codec(description)?]))],
        ..Default::default()
    };
    let mut bytes = Vec::new();
    ftyp.encode(&mut bytes)?;
    moov.encode(&mut bytes)?;
    Ok(bytes.into())
}

/// The name of an init segment: a hash of its content, so that equal ones have one address.
pub fn init_name(init: &[u8]) -> String {
    // FNV-1a: names need to differ for different content of our own making, nothing more.
    let hash = init.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("init-{hash:016x}.mp4")
}

/// The codec name (RFC 6381) in an init segment of ours.
pub fn codec_name(mut init: &[u8]) -> Option<String> {
    while let Ok(Some(any)) = Any::decode_maybe(&mut init) {
        let Any::Moov(moov) = any else { continue };
        return match moov.trak.first()?.mdia.minf.stbl.stsd.codecs.first()? {
            Codec::Avc1(Avc1 { avcc, .. }) => Some(format!(
                "avc1.{:02x}{:02x}{:02x}",
                avcc.avc_profile_indication, avcc.profile_compatibility, avcc.avc_level_indication
            )),
            Codec::Mp4a(_) => Some("mp4a.40.2".into()),
            _ => None,
        };
    }
    None
}

/// One part: a moof and an mdat. Errors: more than 2 GiB of samples.
pub fn part(sequence_number: u32, samples: &[Sample]) -> Result<Bytes, Error> {
    let entries = samples
        .iter()
        .map(|sample| TrunEntry {
            duration: Some(sample.duration),
            size: Some(sample.bytes.len() as u32),
            flags: Some(if sample.sync { SYNC_SAMPLE } else { DEPENDENT_SAMPLE }),
            cts: None,
        })
        .collect();
    let mut moof = Moof {
        mfhd: Mfhd { sequence_number },
        traf: vec![Traf {
            tfhd: Tfhd { track_id: TRACK_ID, default_base_is_moof: true, ..Default::default() },
            tfdt: Some(Tfdt {
                base_media_decode_time: samples.first().map_or(0, |sample| sample.time),
            }),
            trun: vec![Trun { data_offset: Some(0), samples: TrunSamples::Explicit(entries) }],
            ..Default::default()
        }],
    };
    let mut head = Vec::new();
    moof.encode(&mut head)?;
    moof.traf[0].trun[0].data_offset =
        Some(i32::try_from(head.len() + 8).map_err(|_| Error::OutOfBounds)?);
    head.clear();
    moof.encode(&mut head)?;

    let payload: usize = samples.iter().map(|sample| sample.bytes.len()).sum();
    head.reserve_exact(payload + 8);
    head.put_u32(u32::try_from(payload + 8).map_err(|_| Error::OutOfBounds)?);
    head.put_slice(b"mdat");
    for sample in samples {
        head.put_slice(&sample.bytes);
    }
    Ok(head.into())
}

/// The sample description entry of a track.
pub(crate) fn codec(description: &Description) -> Result<Codec, Error> {
    Ok(match description {
        Description::Picture { sets, width, height } => {
            let mut avcc = Avcc::new(&sets.sps[0], &sets.pps[0])?;
            avcc.sequence_parameter_sets.extend_from_slice(&sets.sps[1..]);
            avcc.picture_parameter_sets.extend_from_slice(&sets.pps[1..]);
            if matches!(sets.sps[0][1], 100 | 110 | 122 | 144) {
                avcc.ext = Some(AvccExt::default());
            }
            Codec::from(Avc1 {
                visual: Visual {
                    data_reference_index: 1,
                    width: *width,
                    height: *height,
                    ..Default::default()
                },
                avcc,
                ..Default::default()
            })
        }
        Description::Sound { bits_per_second } => Codec::from(Mp4a {
            audio: Audio {
                data_reference_index: 1,
                channel_count: 2,
                sample_size: 16,
                sample_rate: FixedPoint::from(SOUND_HZ as u16),
            },
            esds: elementary_stream(*bits_per_second),
            btrt: None,
            taic: None,
        }),
    })
}

fn elementary_stream(bits_per_second: u32) -> esds::Esds {
    esds::Esds {
        es_desc: esds::EsDescriptor {
            es_id: TRACK_ID as u16,
            dec_config: esds::DecoderConfig {
                object_type_indication: 0x40,
                stream_type: 5,
                max_bitrate: bits_per_second,
                avg_bitrate: bits_per_second,
                dec_specific: Some(esds::DecoderSpecific {
                    profile: 2,
                    freq_index: 3,
                    chan_conf: 2,
                    ..Default::default()
                }),
                ..Default::default()
            },
            ..Default::default()
        },
    }
}

/// An empty sample table with the given sample descriptions.
pub(crate) fn sample_table(codecs: Vec<Codec>) -> Stbl {
    Stbl { stsd: Stsd { codecs }, stco: Some(Stco::default()), ..Default::default() }
}

/// A track round a sample table.
pub(crate) fn track(track_id: u32, description: &Description, stbl: Stbl) -> Trak {
    let (width, height) = match description {
        Description::Picture { width, height, .. } => (*width, *height),
        Description::Sound { .. } => (0, 0),
    };
    let sound = matches!(description, Description::Sound { .. });
    Trak {
        tkhd: Tkhd {
            track_id,
            enabled: true,
            in_movie: true,
            volume: FixedPoint::from(u8::from(sound)),
            width: FixedPoint::from(width),
            height: FixedPoint::from(height),
            ..Default::default()
        },
        mdia: Mdia {
            mdhd: Mdhd {
                timescale: description.hz(),
                language: "und".into(),
                ..Default::default()
            },
            hdlr: Hdlr {
                handler: FourCC::new(if sound { b"soun" } else { b"vide" }),
                name: String::new(),
            },
            minf: Minf {
                vmhd: (!sound).then(Vmhd::default),
                smhd: sound.then(Smhd::default),
                dinf: Dinf { dref: Dref { entries: vec![DrefEntry::Url(Url::default())] } },
                stbl,
                ..Default::default()
            },
        },
        ..Default::default()
    }
}
