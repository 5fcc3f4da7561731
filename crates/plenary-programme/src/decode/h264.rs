//! The H.264 decoder: openh264 through its raw interface, fed with whole access units. It does not
//! conceal: after a loss it asks for a keyframe.

use std::ffi::{c_int, c_long, c_void};
use std::ptr;

use openh264_sys2 as sys;
use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;
use sys::source::APILoader as Api;

use super::sps::{Sps, is_b_slice, nal_type, nal_units};
use super::{DecodeError, check_size};
use crate::canvas::{Picture, Plane};

const CODEC: &str = "H.264";
const IDR: u8 = 5;
const SPS: u8 = 7;

/// Where the decoder stands in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// Only an access unit with an IDR picture helps.
    WaitsForKeyframe,
    /// The pictures before this one were good.
    Decodes,
}

/// A decoder for one source.
pub struct H264Decoder {
    raw: RawDecoder,
    stand: Stand,
    order: Order,
}

/// Whether pictures come in the order they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// No B slice was seen: each picture can be shown at once. The library would hold back one of
    /// any profile above baseline.
    AsDecoded,
    /// There are B slices: the library puts pictures in order, which delays them.
    Mixed,
}

impl H264Decoder {
    /// Makes a decoder that waits for a keyframe.
    pub fn new() -> Result<Self, DecodeError> {
        Ok(Self {
            raw: RawDecoder::create()?,
            stand: Stand::WaitsForKeyframe,
            order: Order::AsDecoded,
        })
    }

    /// Decodes one access unit (Annex B). The picture borrows the decoder's memory until the next
    /// call. `None`: nothing wrong, but no picture either (parameter sets alone, or a reordered
    /// stream's first pictures).
    ///
    /// After any error the decoder goes on with the next keyframe.
    pub fn decode(&mut self, access_unit: &[u8]) -> Result<Option<Picture<'_>>, DecodeError> {
        if ACCESS_UNIT_BYTES_MAX < access_unit.len() {
            self.stand = Stand::WaitsForKeyframe;
            return Err(DecodeError::TooLong { bytes: access_unit.len() });
        }
        let found = match look(access_unit, &mut self.order) {
            Ok(found) => found,
            Err(e) => {
                self.stand = Stand::WaitsForKeyframe;
                return Err(e);
            }
        };
        match (self.stand, found) {
            (_, Found::ParameterSets | Found::Idr) | (Stand::Decodes, Found::Other) => {}
            (Stand::WaitsForKeyframe, Found::Other) => return Err(DecodeError::WaitForKeyframe),
        }
        let outcome = self.raw.decode(access_unit, self.order);
        match (&outcome, found) {
            (Ok(_), Found::Idr) => self.stand = Stand::Decodes,
            (Ok(_), _) => {}
            (Err(_), _) => self.stand = Stand::WaitsForKeyframe,
        }
        match outcome {
            Ok(Some(decoded)) => self.raw.picture(&decoded).map(Some),
            Ok(None) => Ok(None),
            Err(DecodeError::Broken { .. }) => {
                self.raw = RawDecoder::create()?;
                Err(DecodeError::WaitForKeyframe)
            }
            Err(e) => Err(e),
        }
    }

    /// Says that packets before the next access unit were lost for good.
    pub const fn lost(&mut self) {
        self.stand = Stand::WaitsForKeyframe;
    }
}

/// What an access unit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Idr,
    ParameterSets,
    Other,
}

/// Looks for an IDR picture, and at sizes before the decoder allocates for them.
fn look(access_unit: &[u8], order: &mut Order) -> Result<Found, DecodeError> {
    let mut found = Found::ParameterSets;
    let mut any = false;
    for unit in nal_units(access_unit) {
        any = true;
        match nal_type(unit) {
            IDR => found = Found::Idr,
            SPS => check_sps(unit)?,
            kind @ 1..=4 => {
                if kind == 1 && is_b_slice(unit) {
                    *order = Order::Mixed;
                }
                if found == Found::ParameterSets {
                    found = Found::Other;
                }
            }
            _ => {}
        }
    }
    if any { Ok(found) } else { Err(DecodeError::WaitForKeyframe) }
}

fn check_sps(unit: &[u8]) -> Result<(), DecodeError> {
    let sps = Sps::parse(unit).ok_or(DecodeError::WaitForKeyframe)?;
    check_size(sps.width, sps.height)?;
    let unsupported = |what| Err(DecodeError::Unsupported { what });
    if !sps.progressive {
        return unsupported("interlaced pictures");
    }
    if sps.chroma_format != 1 {
        return unsupported("colour other than 4:2:0");
    }
    if sps.bits != 8 {
        return unsupported("more than 8 bits per sample");
    }
    Ok(())
}

/// Where the library left a picture.
struct Decoded {
    planes: [*const u8; 3],
    width: u32,
    height: u32,
    strides: [usize; 2],
}

/// Owner of the library's object; destroyed with it.
struct RawDecoder(*mut sys::ISVCDecoder);

// SAFETY: the object has no thread affinity; `&mut self` keeps its calls apart.
unsafe impl Send for RawDecoder {}

impl RawDecoder {
    fn create() -> Result<Self, DecodeError> {
        let mut object = ptr::null_mut();
        // SAFETY: the library writes a pointer or leaves null.
        let code = unsafe { Api::WelsCreateDecoder(&raw mut object) };
        if code != 0 || object.is_null() {
            return Err(broken(code));
        }
        let raw = Self(object);
        let mut quiet: c_int = sys::WELS_LOG_QUIET;
        let value: *mut c_void = ptr::from_mut(&mut quiet).cast();
        if let Some(call) = raw.table().SetOption {
            // SAFETY: this option takes an int. The library writes to stderr by itself otherwise.
            unsafe { call(raw.0, sys::DECODER_OPTION_TRACE_LEVEL, value) };
        }
        let mut params =
            sys::SDecodingParam { eEcActiveIdc: sys::ERROR_CON_DISABLE, ..Default::default() };
        params.sVideoProperty.eVideoBsType = sys::VIDEO_BITSTREAM_AVC;
        let code = raw.table().Initialize.map_or(-1, |call| {
            // SAFETY: both pointers are valid for the call; the library copies the parameters.
            unsafe { call(raw.0, &raw const params) }
        });
        if code == 0 { Ok(raw) } else { Err(broken(code)) }
    }

    fn table(&self) -> &sys::ISVCDecoderVtbl {
        // SAFETY: a created object starts with a pointer to its table, which lives as long.
        unsafe { &**self.0 }
    }

    fn decode(&mut self, unit: &[u8], order: Order) -> Result<Option<Decoded>, DecodeError> {
        let mut planes = [ptr::null_mut(); 3];
        let mut info = sys::SBufferInfo::default();
        let (bytes, length) = (unit.as_ptr(), unit.len() as c_int);
        let broken_table = sys::dsInitialOptExpected;
        let mut state = self.table().DecodeFrameNoDelay.map_or(broken_table, |call| {
            // SAFETY: the pointers are valid for the call, and the length is at most
            // `ACCESS_UNIT_BYTES_MAX`.
            unsafe { call(self.0, bytes, length, planes.as_mut_ptr(), &raw mut info) }
        });
        if state == sys::dsErrorFree && info.iBufferStatus != 1 && order == Order::AsDecoded {
            state = self.table().FlushFrame.map_or(broken_table, |call| {
                // SAFETY: as above.
                unsafe { call(self.0, planes.as_mut_ptr(), &raw mut info) }
            });
        }
        let fatal = sys::dsInitialOptExpected | sys::dsOutOfMemory | sys::dsInvalidArgument;
        if state & fatal != 0 {
            return Err(broken(state.into()));
        }
        if state != sys::dsErrorFree {
            return Err(DecodeError::WaitForKeyframe);
        }
        if info.iBufferStatus != 1 || planes.iter().any(|plane| plane.is_null()) {
            return Ok(None);
        }
        // SAFETY: the union has one member only.
        let buffer = unsafe { info.UsrData.sSystemBuffer };
        if buffer.iFormat != sys::videoFormatI420 as c_int {
            return Err(DecodeError::Unsupported { what: "colour other than 4:2:0" });
        }
        let number = |n: c_int| usize::try_from(n).map_err(|_| broken(n.into()));
        let (width, height) =
            (number(buffer.iWidth)? as u32 & !1, number(buffer.iHeight)? as u32 & !1);
        check_size(width, height)?;
        let strides = [number(buffer.iStride[0])?, number(buffer.iStride[1])?];
        let (w, h) = (width as usize, height as usize);
        if w == 0 || h == 0 || strides[0] < w || strides[1] < w / 2 {
            return Err(broken(0));
        }
        Ok(Some(Decoded { planes: planes.map(<*mut u8>::cast_const), width, height, strides }))
    }

    /// The planes of a picture that the last call of `decode` gave.
    fn picture(&self, decoded: &Decoded) -> Result<Picture<'_>, DecodeError> {
        let (w, h) = (decoded.width as usize, decoded.height as usize);
        let plane = |i: usize, stride: usize, w: usize, h: usize| {
            // SAFETY: the library keeps `h` rows of `stride` samples behind each pointer until its
            // next call, which the borrow of `self` keeps off.
            let samples =
                unsafe { std::slice::from_raw_parts(decoded.planes[i], stride * (h - 1) + w) };
            Plane::new(samples, stride, w, h).ok_or_else(|| broken(0))
        };
        let [luma, chroma] = decoded.strides;
        let planes = (
            plane(0, luma, w, h)?,
            plane(1, chroma, w / 2, h / 2)?,
            plane(2, chroma, w / 2, h / 2)?,
        );
        Picture::new(planes.0, planes.1, planes.2).map_err(|_| broken(0))
    }
}

impl Drop for RawDecoder {
    fn drop(&mut self) {
        // SAFETY: the object is not used afterwards; uninitialising one that never was is allowed.
        unsafe {
            if let Some(call) = self.table().Uninitialize {
                call(self.0);
            }
            Api::WelsDestroyDecoder(self.0);
        }
    }
}

#[allow(clippy::useless_conversion)] // `c_long` has 32 bits on some targets.
fn broken(code: c_long) -> DecodeError {
    DecodeError::Broken { codec: CODEC, code: i64::from(code) }
}
