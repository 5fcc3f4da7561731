//! Cuts the fuzzer's bytes into a row of pieces, so that one input can be several datagrams,
//! payloads or access units: two bytes big-endian length, then the piece.

/// Most pieces that are taken from one input; an attack that needs more is only slower.
const PIECES_MAX: usize = 64;

/// The pieces of `bytes`; the last one ends where the bytes end.
pub fn pieces(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (piece, tail) = rest.split_at(length);
        found.push(piece);
        bytes = tail;
        if found.len() == PIECES_MAX {
            break;
        }
    }
    found
}

/// Takes whole numbers from the front of bytes; beyond the end they are zero.
pub struct Numbers<'a>(pub &'a [u8]);

impl Numbers<'_> {
    /// The next `N` bytes.
    pub fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        let count = self.0.len().min(N);
        let (head, rest) = self.0.split_at(count);
        taken[..count].copy_from_slice(head);
        self.0 = rest;
        taken
    }
}
