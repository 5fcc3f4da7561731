//! RTCP between us and a viewer: what they say of what came (RFC 3550 section 6, RFC 4585, and REMB
//! of draft-alvestrand-rmcat-remb), and our sender reports.

use plenary_model::limits::NACKS_PER_PACKET_MAX;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const NACK: u8 = 1;
const PLI: u8 = 1;
const FIR: u8 = 4;
const APPLICATION: u8 = 15;
const BLOCK: usize = 24;
const CNAME: u8 = 1;

/// One thing that a viewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// So many 256ths of the packets of a stream were lost since the last report.
    Lost {
        /// The stream.
        ssrc: u32,
        /// Of 256.
        fraction: u8,
    },
    /// These packets did not come: the one with this sequence number and, per bit of the mask, those
    /// behind it.
    Missing {
        /// The stream.
        ssrc: u32,
        /// Sequence number of the first.
        seq: u16,
        /// Bit n: `seq` + 1 + n is missing too.
        mask: u16,
    },
    /// The decoder needs a keyframe.
    KeyframeWanted {
        /// The stream.
        ssrc: u32,
    },
    /// What the path is believed to carry, in bits per second.
    Estimate(u64),
}

/// Reads a compound packet; stops at the first that contradicts itself.
pub fn read(compound: &[u8]) -> Vec<Feedback> {
    let mut said = Vec::new();
    let mut rest = compound;
    while let Some((body, head, after)) = next(rest) {
        let count = head[0] & 0x1f;
        match (head[1], count) {
            (SENDER_REPORT, _) => blocks(body.get(24..), count, &mut said),
            (RECEIVER_REPORT, _) => blocks(body.get(4..), count, &mut said),
            (TRANSPORT_FEEDBACK, NACK) => missing(body, &mut said),
            (PAYLOAD_FEEDBACK, PLI) => {
                said.extend(word(body, 4).map(|ssrc| Feedback::KeyframeWanted { ssrc }));
            }
            (PAYLOAD_FEEDBACK, FIR) => {
                said.extend(word(body, 8).map(|ssrc| Feedback::KeyframeWanted { ssrc }));
            }
            (PAYLOAD_FEEDBACK, APPLICATION) => said.extend(estimate(body)),
            _ => {}
        }
        rest = after;
    }
    said
}

/// The next packet without its header and padding, its header, and what follows.
fn next(bytes: &[u8]) -> Option<(&[u8], [u8; 4], &[u8])> {
    let (head, tail) = bytes.split_first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
    let (mut body, after) = tail.split_at_checked(length)?;
    if head[0] >> 6 != 2 {
        return None;
    }
    if head[0] & 0x20 != 0 {
        let padding = usize::from(*body.last()?);
        body = body.get(..body.len().checked_sub(padding)?)?;
    }
    Some((body, *head, after))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|word| u32::from_be_bytes(*word))
}

fn blocks(reports: Option<&[u8]>, count: u8, said: &mut Vec<Feedback>) {
    let all = reports.unwrap_or_default().chunks_exact(BLOCK).take(count.into());
    said.extend(
        all.filter_map(|block| Some(Feedback::Lost { ssrc: word(block, 0)?, fraction: block[4] })),
    );
}

fn missing(body: &[u8], said: &mut Vec<Feedback>) {
    let Some(ssrc) = word(body, 4) else { return };
    let entries = body[8..].chunks_exact(4).take(NACKS_PER_PACKET_MAX);
    said.extend(entries.map(|entry| Feedback::Missing {
        ssrc,
        seq: u16::from_be_bytes([entry[0], entry[1]]),
        mask: u16::from_be_bytes([entry[2], entry[3]]),
    }));
}

/// Exponent and mantissa behind the name and a count (section 2.2 of the draft).
fn estimate(body: &[u8]) -> Option<Feedback> {
    if body.get(8..12)? != b"REMB" {
        return None;
    }
    let packed = word(body, 12)? & 0x00ff_ffff;
    let (exponent, mantissa) = (packed >> 18, u64::from(packed & 0x3_ffff));
    let fits = exponent <= mantissa.leading_zeros();
    Some(Feedback::Estimate(if fits { mantissa << exponent } else { u64::MAX }))
}

/// What a sender report says of one stream (RFC 3550 section 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The stream.
    pub ssrc: u32,
    /// Wall clock as NTP has it: seconds and their 2³²nds.
    pub ntp: u64,
    /// RTP time of the same moment.
    pub rtp_time: u32,
    /// Packets since the beginning.
    pub packets: u32,
    /// Bytes of payload since the beginning.
    pub octets: u32,
}

/// A compound packet: the report, and the name that ties the streams of one sender together.
pub fn report(sent: &Sent, cname: &str) -> Vec<u8> {
    let mut packet = vec![0x80, SENDER_REPORT, 0, 6];
    packet.extend_from_slice(&sent.ssrc.to_be_bytes());
    packet.extend_from_slice(&sent.ntp.to_be_bytes());
    for word in [sent.rtp_time, sent.packets, sent.octets] {
        packet.extend_from_slice(&word.to_be_bytes());
    }
    let name = &cname.as_bytes()[..cname.len().min(usize::from(u8::MAX))];
    // The list of items ends with at least one zero and at a word.
    let length = (4 + 2 + name.len() + 1).next_multiple_of(4);
    packet.extend_from_slice(&[0x81, DESCRIPTION]);
    packet.extend_from_slice(&((length / 4) as u16).to_be_bytes());
    packet.extend_from_slice(&sent.ssrc.to_be_bytes());
    packet.extend_from_slice(&[CNAME, name.len() as u8]);
    packet.extend_from_slice(name);
    packet.resize(packet.len() + length - (4 + 2 + name.len()), 0);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feedback_of_a_compound_packet_is_read_in_order() {
        let mut compound = vec![0x81, RECEIVER_REPORT, 0, 7, 0, 0, 0, 1];
        compound.extend([0, 0, 0, 9, 128, 0, 0, 3]);
        compound.extend([0; 16]);
        compound.extend([0x81, TRANSPORT_FEEDBACK, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2, 0, 5]);
        compound.extend([0x81, PAYLOAD_FEEDBACK, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9]);
        compound.extend([0x84, PAYLOAD_FEEDBACK, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0]);
        compound.extend([0, 0, 0, 8, 1, 0, 0, 0]);
        compound.extend([0x8f, PAYLOAD_FEEDBACK, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0]);
        // 2^3 × 250 000.
        compound.extend(*b"REMB\x01\x0f\xd0\x90\0\0\0\x09");
        assert_eq!(
            read(&compound),
            [
                Feedback::Lost { ssrc: 9, fraction: 128 },
                Feedback::Missing { ssrc: 9, seq: 0x102, mask: 5 },
                Feedback::KeyframeWanted { ssrc: 9 },
                Feedback::KeyframeWanted { ssrc: 8 },
                Feedback::Estimate(2_000_000),
            ]
        );
    }

    #[test]
    fn packets_that_contradict_themselves_say_nothing() {
        let lies: [&[u8]; 7] = [
            &[0x81, RECEIVER_REPORT, 0xff, 0xff, 0, 0, 0, 1],
            &[0x9f, RECEIVER_REPORT, 0, 1, 0, 0, 0, 1],
            &[0xa1, PAYLOAD_FEEDBACK, 0, 2, 0, 0, 0, 1, 0, 0, 0, 200],
            &[0x41, PAYLOAD_FEEDBACK, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9],
            &[0x81, TRANSPORT_FEEDBACK, 0, 1, 0, 0, 0, 1],
            &[0x8f, PAYLOAD_FEEDBACK, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B'],
            &[0xa1, PAYLOAD_FEEDBACK, 0, 0],
        ];
        for lie in lies {
            assert_eq!(read(lie), [], "{lie:?}");
        }
        let huge = [0x8f, PAYLOAD_FEEDBACK, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0]
            .into_iter()
            .chain(*b"REMB\x01\xff\xff\xff\0\0\0\x09")
            .collect::<Vec<u8>>();
        assert_eq!(read(&huge), [Feedback::Estimate(u64::MAX)]);
    }

    #[test]
    fn a_report_is_whole_words_for_names_of_any_length() {
        for name in ["", "a", "ab", "abc", "abcd"] {
            let sent = Sent { ssrc: 7, ntp: 1 << 32, rtp_time: 90, packets: 3, octets: 300 };
            let packet = report(&sent, name);
            assert_eq!(packet.len() % 4, 0);
            let (first, _, rest) = next(&packet).unwrap();
            assert_eq!((word(first, 0), word(first, 12)), (Some(7), Some(90)));
            let (second, head, rest) = next(rest).unwrap();
            assert_eq!((head[1], word(second, 0), rest.len()), (DESCRIPTION, Some(7), 0));
            assert_eq!(&second[6..6 + name.len()], name.as_bytes());
            assert_eq!(second.last(), Some(&0), "the list ends");
        }
    }
}
