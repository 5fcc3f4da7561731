//! Length-prefixed messages on a stream socket: four bytes little-endian, then postcard.

use std::io::{self, Read, Write};

use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Largest message: one access unit with its envelope; a longer one ends the connection.
pub const MESSAGE_BYTES_MAX: usize = ACCESS_UNIT_BYTES_MAX + 64 * 1024;

/// Why a message could not travel.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The other side is gone or the system failed.
    #[error("the socket to the other process failed")]
    Io(#[from] io::Error),
    /// Longer than [`MESSAGE_BYTES_MAX`].
    #[error("a message of {0} bytes is longer than allowed")]
    TooLong(usize),
    /// Not a message of this type.
    #[error("a message does not read as expected")]
    Malformed(#[from] postcard::Error),
}

/// Reads one message; `Ok(None)` when the other side closed between two messages.
pub fn receive<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>, WireError> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let length = body_length(head)?;
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    decode(&body).map(Some)
}

/// The length that a message's first four bytes announce.
pub fn body_length(head: [u8; 4]) -> Result<usize, WireError> {
    let length = u32::from_le_bytes(head) as usize;
    if MESSAGE_BYTES_MAX < length { Err(WireError::TooLong(length)) } else { Ok(length) }
}

/// Reads the body of a message.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, WireError> {
    Ok(postcard::from_bytes(body)?)
}

/// Writes one message.
pub fn send<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), WireError> {
    to.write_all(&encode(message)?)?;
    Ok(())
}

/// One message with its length in front.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, WireError> {
    let mut bytes = postcard::to_extend(message, vec![0; 4])?;
    let length = bytes.len() - 4;
    if MESSAGE_BYTES_MAX < length {
        return Err(WireError::TooLong(length));
    }
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::{Air, ToWorker, Wipe};
    use super::*;
    use plenary_model::scene::{Layout, LowerThird, Programme, Scene, Transition};

    #[test]
    fn a_programme_survives_the_socket() {
        let mut scene = Scene::empty(Layout::Two);
        scene.places[1] =
            "cam_00000000000000000000000000000007".parse().map(Some).expect("a source id");
        scene.lower_third = Some(LowerThird { name: "林小满".into(), detail: "成都".into() });
        let message = ToWorker::Programme {
            air: Air::from(Programme::Slate { behind: scene }),
            wipe: Wipe::from(Transition::Fade { ms: 99_999 }),
        };
        let bytes = encode(&message).expect("encodes");
        assert_eq!(receive(&mut &bytes[..]).expect("decodes"), Some(message.clone()));
        let ToWorker::Programme { wipe, .. } = message else { unreachable!("just made") };
        assert_eq!(wipe, Wipe::Fade { ms: 3_000 });
    }

    #[test]
    fn a_closed_socket_a_cut_message_and_a_giant_are_told_apart() {
        assert!(matches!(receive::<ToWorker>(&mut &[][..]), Ok(None)));
        assert!(matches!(receive::<ToWorker>(&mut &[3, 0, 0, 0, 1][..]), Err(WireError::Io(_))));
        assert!(matches!(
            receive::<ToWorker>(&mut &[0xff; 8][..]),
            Err(WireError::TooLong(0xffff_ffff))
        ));
        assert!(matches!(
            receive::<ToWorker>(&mut &[1, 0, 0, 0, 0xee][..]),
            Err(WireError::Malformed(_))
        ));
    }
}
