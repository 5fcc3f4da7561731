//! Datagrams in a stream of bytes: each behind its length in two bytes (RFC 4571 section 2).

use plenary_model::limits::DATAGRAM_BYTES_MAX;

/// Bytes of a length.
const HEAD: usize = 2;

/// What no datagram of ours is as long as: nobody who speaks this protocol sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {0} bytes, and {DATAGRAM_BYTES_MAX} is the most")]
pub struct TooLong(usize);

/// Takes frames out of a stream; holds one unfinished frame at most.
#[derive(Debug, Default)]
pub struct Deframer {
    part: Vec<u8>,
}

impl Deframer {
    /// Takes the stream's next bytes and gives each datagram that they finish. Empty ones are left
    /// out.
    ///
    /// # Errors
    /// [`TooLong`]; nothing that follows in the stream can be read.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), TooLong> {
        while self.fill(HEAD, &mut bytes) {
            let length = usize::from(u16::from_be_bytes([self.part[0], self.part[1]]));
            if DATAGRAM_BYTES_MAX < length {
                return Err(TooLong(length));
            }
            if !self.fill(HEAD + length, &mut bytes) {
                break;
            }
            if 0 < length {
                each(&self.part[HEAD..]);
            }
            self.part.clear();
        }
        Ok(())
    }

    /// Takes what is missing to `until` bytes; false when there is not enough.
    fn fill(&mut self, until: usize, bytes: &mut &[u8]) -> bool {
        let missing = until.saturating_sub(self.part.len()).min(bytes.len());
        let (taken, rest) = bytes.split_at(missing);
        self.part.extend_from_slice(taken);
        *bytes = rest;
        until <= self.part.len()
    }
}

/// What stands before a datagram; `None` for one that no frame holds.
pub fn head(datagram: &[u8]) -> Option<[u8; HEAD]> {
    u16::try_from(datagram.len()).ok().map(u16::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framed(datagrams: &[Vec<u8>]) -> Vec<u8> {
        let frame = |datagram: &Vec<u8>| [&head(datagram).unwrap(), &datagram[..]].concat();
        datagrams.iter().flat_map(frame).collect()
    }

    /// What comes out of a stream that comes in pieces of these lengths, in turn.
    fn read(stream: &[u8], lengths: &[usize]) -> (Vec<Vec<u8>>, Result<(), TooLong>) {
        let (mut deframer, mut rest, mut out) = (Deframer::default(), stream, Vec::new());
        for length in lengths.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*length).min(rest.len()));
            rest = after;
            if let Err(error) = deframer.push(piece, |datagram| out.push(datagram.to_vec())) {
                return (out, Err(error));
            }
        }
        (out, Ok(()))
    }

    proptest! {
        #[test]
        fn datagrams_come_out_as_they_went_in_however_the_stream_is_cut(
            datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..20),
            lengths in prop::collection::vec(1_usize..200, 1..10),
        ) {
            prop_assert_eq!(read(&framed(&datagrams), &lengths), (datagrams, Ok(())));
        }

        #[test]
        fn any_bytes_cost_no_more_than_one_frame(
            stream in prop::collection::vec(any::<u8>(), 0..20_000),
        ) {
            let mut deframer = Deframer::default();
            for piece in stream.chunks(1_000) {
                let longest = |datagram: &[u8]| assert!(datagram.len() <= DATAGRAM_BYTES_MAX);
                if deframer.push(piece, longest).is_err() {
                    break;
                }
                prop_assert!(deframer.part.len() < HEAD + DATAGRAM_BYTES_MAX);
            }
        }
    }

    #[test]
    fn the_longest_datagram_is_taken_a_longer_one_refused_and_empty_ones_left_out() {
        let longest = vec![7; DATAGRAM_BYTES_MAX];
        let stream = framed(&[vec![], longest.clone(), vec![], vec![8]]);
        assert_eq!(read(&stream, &[999]), (vec![longest, vec![8]], Ok(())));
        let over = framed(&[vec![1], vec![7; DATAGRAM_BYTES_MAX + 1]]);
        assert_eq!(read(&over, &[3]), (vec![vec![1]], Err(TooLong(DATAGRAM_BYTES_MAX + 1))));
        assert_eq!(head(&[0; 70_000]), None);
    }
}
