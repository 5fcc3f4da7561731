//! A complete picture, and why packets do not make one.

/// Why a payload was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Nothing in it, or it ends inside a header or an aggregated unit.
    #[error("the payload ends too early")]
    Short,
    /// A packet type of H.264's interleaved mode, which is never negotiated, or a reserved one.
    #[error("packet type {0} is not of non-interleaved mode")]
    Type(u8),
    /// The middle of a fragmented unit or picture without its start.
    #[error("a fragment without its start")]
    Orphan,
    /// A picture starts while the one before it has not ended.
    #[error("a picture starts inside another one")]
    Inside,
    /// The access unit would be larger than
    /// [`plenary_model::limits::ACCESS_UNIT_BYTES_MAX`].
    #[error("the access unit is too large")]
    Large,
}

/// A complete picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessUnit {
    /// H.264: Annex B, with four-byte start codes. VP8: the frame.
    pub bytes: Vec<u8>,
    /// It decodes without earlier ones.
    pub keyframe: bool,
}
