//! The H.264 encoder: openh264 through its raw interface, with the fields that make it as good as
//! x264 superfast at the same cost.

use std::ffi::{c_int, c_void};
use std::ptr;

use bytes::Bytes;
use openh264_sys2 as sys;
use plenary_model::time::Ticks;
use sys::source::APILoader as Api;

use super::{
    Effort, EncodeError, EncodedPicture, PictureKind, Profile, VideoEncoder, VideoSettings,
};
use crate::canvas::Picture;

const CODEC: &str = "H.264";
/// `CM_INIT_PARA_ERROR` of the library: also for "there is no such function".
const NO_FUNCTION: c_int = 1;

/// An openh264 encoder for one rendition.
pub struct OpenH264Encoder {
    raw: RawEncoder,
    settings: VideoSettings,
}

impl OpenH264Encoder {
    /// Makes an encoder.
    pub fn new(settings: VideoSettings) -> Result<Self, EncodeError> {
        let mut raw = RawEncoder::create()?;
        let params = params(&settings, &mut raw)?;
        raw.initialize(&params)?;
        Ok(Self { raw, settings })
    }

    /// What it was made for, with the changes since.
    pub const fn settings(&self) -> &VideoSettings {
        &self.settings
    }
}

impl VideoEncoder for OpenH264Encoder {
    fn encode(
        &mut self,
        picture: &Picture<'_>,
        time: Ticks,
        kind: PictureKind,
    ) -> Result<Option<EncodedPicture>, EncodeError> {
        self.settings.check_size(CODEC, picture)?;
        if kind == PictureKind::Idr {
            self.raw.force_idr()?;
        }
        let (bytes, idr) = self.raw.encode(picture, time)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        Ok(Some(EncodedPicture { time, idr, bytes }))
    }

    fn set_effort(&mut self, effort: Effort) -> Result<(), EncodeError> {
        let mut mode: c_int = complexity(effort);
        self.raw.set_option(sys::ENCODER_OPTION_COMPLEXITY, &mut mode)?;
        self.settings.effort = effort;
        Ok(())
    }

    fn set_bits_per_second(&mut self, bits_per_second: u32) -> Result<(), EncodeError> {
        let ratio =
            f64::from(self.settings.max_bits_per_second) / f64::from(self.settings.bits_per_second);
        let max = (f64::from(bits_per_second) * ratio) as u32;
        let rate = |bits: u32| sys::SBitrateInfo {
            iLayer: sys::SPATIAL_LAYER_ALL,
            iBitrate: bits as c_int,
        };
        // The target may never stand above the maximum, so the order depends on the direction.
        let mut steps = [
            (sys::ENCODER_OPTION_MAX_BITRATE, rate(max)),
            (sys::ENCODER_OPTION_BITRATE, rate(bits_per_second)),
        ];
        if bits_per_second < self.settings.bits_per_second {
            steps.reverse();
        }
        for (option, mut value) in steps {
            self.raw.set_option(option, &mut value)?;
        }
        self.settings.bits_per_second = bits_per_second;
        self.settings.max_bits_per_second = max;
        Ok(())
    }
}

const fn complexity(effort: Effort) -> sys::ECOMPLEXITY_MODE {
    match effort {
        Effort::Low => sys::LOW_COMPLEXITY,
        Effort::Medium => sys::MEDIUM_COMPLEXITY,
    }
}

/// The library's parameters: tuned by measurement, see the decision on the programme engine.
fn params(
    settings: &VideoSettings,
    raw: &mut RawEncoder,
) -> Result<sys::SEncParamExt, EncodeError> {
    let mut p = raw.default_params()?;
    let (width, height) = (settings.width as c_int, settings.height as c_int);
    let (bitrate, max_bitrate) =
        (settings.bits_per_second as c_int, settings.max_bits_per_second as c_int);
    let (profile, entropy) = match settings.profile {
        Profile::Main => (sys::PRO_MAIN, 1),
        Profile::ConstrainedBaseline => (sys::PRO_BASELINE, 0),
    };
    p.iUsageType = sys::CAMERA_VIDEO_REAL_TIME;
    p.iPicWidth = width;
    p.iPicHeight = height;
    p.iTargetBitrate = bitrate;
    p.iMaxBitrate = max_bitrate;
    p.iRCMode = sys::RC_BITRATE_MODE;
    p.fMaxFrameRate = settings.frames_per_second as f32;
    p.iTemporalLayerNum = 1;
    p.iSpatialLayerNum = 1;
    p.iComplexityMode = complexity(settings.effort);
    // IDR pictures come when the caller says so: all renditions on one grid.
    p.uiIntraPeriod = 0;
    p.eSpsPpsIdStrategy = sys::CONSTANT_ID;
    p.iEntropyCodingModeFlag = entropy;
    p.bEnableFrameSkip = false;
    p.iMultipleThreadIdc = settings.slices.clamp(1, 8) as u16;
    p.bEnableDenoise = false;
    p.bEnableBackgroundDetection = false;
    p.bEnableAdaptiveQuant = false;
    p.bEnableSceneChangeDetect = false;
    p.bEnableLongTermReference = false;
    p.bEnableFrameCroppingFlag = true;
    p.iPaddingFlag = 0;
    let layer = &mut p.sSpatialLayers[0];
    layer.iVideoWidth = width;
    layer.iVideoHeight = height;
    layer.fFrameRate = settings.frames_per_second as f32;
    layer.iSpatialBitrate = bitrate;
    layer.iMaxSpatialBitrate = max_bitrate;
    layer.uiProfileIdc = profile;
    layer.uiLevelIdc = level(settings);
    if 1 < settings.slices {
        layer.sSliceArgument.uiSliceMode = sys::SM_FIXEDSLCNUM_SLICE;
        layer.sSliceArgument.uiSliceNum = settings.slices.clamp(1, 8);
    }
    layer.bVideoSignalTypePresent = true;
    layer.uiVideoFormat = sys::VF_UNDEF as u8;
    layer.bFullRange = false;
    layer.bColorDescriptionPresent = true;
    layer.uiColorPrimaries = sys::CP_BT709 as u8;
    layer.uiTransferCharacteristics = sys::TRC_BT709 as u8;
    layer.uiColorMatrix = sys::CM_BT709 as u8;
    Ok(p)
}

/// The lowest level that holds the size and rate (ITU-T H.264 table A-1), not below 3.1 because
/// that is what WebRTC peers offer; its number is the standard's `level_idc`.
pub(super) fn level(settings: &VideoSettings) -> sys::ELevelIdc {
    let macroblocks = settings.width.div_ceil(16) * settings.height.div_ceil(16);
    match macroblocks * settings.frames_per_second {
        ..=108_000 if macroblocks <= 3_600 => sys::LEVEL_3_1,
        ..=245_760 if macroblocks <= 8_192 => sys::LEVEL_4_0,
        _ => sys::LEVEL_5_1,
    }
}

/// Joins the layers of an encoded frame.
///
/// # Safety
/// `info` must have been filled by a successful `EncodeFrame`, with no call to that encoder since.
unsafe fn annex_b(info: &sys::SFrameBSInfo) -> Bytes {
    if info.eFrameType == sys::videoFrameTypeSkip || info.eFrameType == sys::videoFrameTypeInvalid {
        return Bytes::new();
    }
    let mut out = Vec::with_capacity(info.iFrameSizeInBytes.max(0) as usize);
    let layers = (info.iLayerNum.max(0) as usize).min(info.sLayerInfo.len());
    for layer in &info.sLayerInfo[..layers] {
        let count = layer.iNalCount.max(0) as usize;
        if count == 0 || layer.pBsBuf.is_null() || layer.pNalLengthInByte.is_null() {
            continue;
        }
        // SAFETY: the library gives `iNalCount` lengths, whose sum is the size of `pBsBuf`.
        unsafe {
            let lengths = std::slice::from_raw_parts(layer.pNalLengthInByte, count);
            let total = lengths.iter().map(|&n| n.max(0) as usize).sum();
            out.extend_from_slice(std::slice::from_raw_parts(layer.pBsBuf, total));
        }
    }
    Bytes::from(out)
}

/// Owner of the library's object; destroyed with it.
struct RawEncoder(*mut sys::ISVCEncoder);

// SAFETY: the object has no thread affinity; `&mut self` keeps its calls apart.
unsafe impl Send for RawEncoder {}

impl RawEncoder {
    fn create() -> Result<Self, EncodeError> {
        let mut object = ptr::null_mut();
        // SAFETY: the library writes a pointer or leaves null.
        let code = unsafe { Api::WelsCreateSVCEncoder(&raw mut object) };
        if code != 0 || object.is_null() {
            return Err(EncodeError::Settings { codec: CODEC, code: code.into() });
        }
        let mut raw = Self(object);
        // The library writes to stderr by itself; errors come back as codes anyway.
        let mut quiet: c_int = sys::WELS_LOG_QUIET;
        raw.set_option(sys::ENCODER_OPTION_TRACE_LEVEL, &mut quiet)?;
        Ok(raw)
    }

    fn table(&self) -> &sys::ISVCEncoderVtbl {
        // SAFETY: a created object starts with a pointer to its table, which lives as long.
        unsafe { &**self.0 }
    }

    fn default_params(&mut self) -> Result<sys::SEncParamExt, EncodeError> {
        let mut params = sys::SEncParamExt::default();
        let code = self.table().GetDefaultParams.map_or(NO_FUNCTION, |call| {
            // SAFETY: both pointers are valid for the call.
            unsafe { call(self.0, &raw mut params) }
        });
        accepted(code).map(|()| params)
    }

    fn initialize(&mut self, params: &sys::SEncParamExt) -> Result<(), EncodeError> {
        // SAFETY: both pointers are valid for the call; the library copies the parameters.
        accepted(
            self.table().InitializeExt.map_or(NO_FUNCTION, |call| unsafe { call(self.0, params) }),
        )
    }

    fn set_option<T>(
        &mut self,
        option: sys::ENCODER_OPTION,
        value: &mut T,
    ) -> Result<(), EncodeError> {
        let value: *mut c_void = ptr::from_mut(value).cast();
        // SAFETY: callers pair each option with the type that the library documents for it.
        accepted(
            self.table()
                .SetOption
                .map_or(NO_FUNCTION, |call| unsafe { call(self.0, option, value) }),
        )
    }

    fn force_idr(&mut self) -> Result<(), EncodeError> {
        // SAFETY: the object is initialised.
        succeeded(
            self.table().ForceIntraFrame.map_or(NO_FUNCTION, |call| unsafe { call(self.0, true) }),
        )
    }

    /// The access unit and whether it is an IDR picture; empty when the library skipped it.
    fn encode(&mut self, picture: &Picture<'_>, time: Ticks) -> Result<(Bytes, bool), EncodeError> {
        let planes = [picture.y, picture.u, picture.v];
        let mut source = sys::SSourcePicture {
            iColorFormat: sys::videoFormatI420,
            iPicWidth: picture.width() as c_int,
            iPicHeight: picture.height() as c_int,
            uiTimeStamp: time.as_ms() as i64,
            ..Default::default()
        };
        for (i, plane) in planes.iter().enumerate() {
            source.iStride[i] = plane.stride() as c_int;
            source.pData[i] = plane.samples().as_ptr().cast_mut();
        }
        let mut info = sys::SFrameBSInfo::default();
        succeeded(self.table().EncodeFrame.map_or(NO_FUNCTION, |call| {
            // SAFETY: the planes hold the claimed size (`Plane::new` checks), the library only
            // reads them, and both pointers are valid for the call.
            unsafe { call(self.0, &raw const source, &raw mut info) }
        }))?;
        // SAFETY: the call above succeeded, and `&mut self` lets no other follow before this.
        let bytes = unsafe { annex_b(&info) };
        Ok((bytes, info.eFrameType == sys::videoFrameTypeIDR))
    }
}

impl Drop for RawEncoder {
    fn drop(&mut self) {
        // SAFETY: the object is not used afterwards; uninitialising one that never was is allowed.
        unsafe {
            if let Some(call) = self.table().Uninitialize {
                call(self.0);
            }
            Api::WelsDestroySVCEncoder(self.0);
        }
    }
}

fn accepted(code: c_int) -> Result<(), EncodeError> {
    if code == 0 { Ok(()) } else { Err(EncodeError::Settings { codec: CODEC, code: code.into() }) }
}

fn succeeded(code: c_int) -> Result<(), EncodeError> {
    if code == 0 { Ok(()) } else { Err(EncodeError::Failed { codec: CODEC, code: code.into() }) }
}
