//! libvpx: the few functions that decode VP8, declared by hand. The library says with its first
//! call whether it agrees with these declarations.

use std::ffi::{c_char, c_int, c_long, c_uint, c_void};
use std::ptr;

use super::CODEC;
use crate::canvas::{Picture, Plane};
use crate::decode::DecodeError;

/// Version of the decoder's interface that the declarations below are of (`vpx_decoder.h`; the
/// library has had it since 1.4 and refuses another one).
const ABI_VERSION: c_int = 12;
const OK: c_int = 0;
const OUT_OF_MEMORY: c_int = 2;
const IMAGE_I420: c_int = 0x102;
/// `VP8D_GET_FRAME_CORRUPTED` (`vp8dx.h`).
const GET_FRAME_CORRUPTED: c_int = 257;

/// `vpx_codec_ctx_t`: all of it is the library's.
#[repr(C)]
struct Context {
    name: *const c_char,
    interface: *const c_void,
    error: c_int,
    error_detail: *const c_char,
    flags: c_long,
    config: *const c_void,
    private: *mut c_void,
}

/// `vpx_codec_dec_cfg_t`.
#[repr(C)]
struct Config {
    threads: c_uint,
    width: c_uint,
    height: c_uint,
}

/// The beginning of `vpx_image_t`; the rest is the library's.
#[repr(C)]
struct Image {
    format: c_int,
    colour_space: c_int,
    range: c_int,
    stored: [c_uint; 2],
    bit_depth: c_uint,
    displayed: [c_uint; 2],
    rendered: [c_uint; 2],
    chroma_shift: [c_uint; 2],
    planes: [*mut u8; 4],
    strides: [c_int; 4],
}

unsafe extern "C" {
    fn vpx_codec_vp8_dx() -> *const c_void;
    fn vpx_codec_dec_init_ver(
        context: *mut Context,
        interface: *const c_void,
        config: *const Config,
        flags: c_long,
        version: c_int,
    ) -> c_int;
    fn vpx_codec_decode(
        context: *mut Context,
        data: *const u8,
        length: c_uint,
        user: *mut c_void,
        deadline: c_long,
    ) -> c_int;
    fn vpx_codec_get_frame(context: *mut Context, iterator: *mut *const c_void) -> *const Image;
    fn vpx_codec_control_(context: *mut Context, control: c_int, ...) -> c_int;
    fn vpx_codec_destroy(context: *mut Context) -> c_int;
}

/// Owner of the library's decoder; destroyed with it.
pub(super) struct Library(Box<Context>);

// SAFETY: the decoder has no thread affinity; `&mut self` keeps its calls apart.
unsafe impl Send for Library {}

impl Library {
    pub(super) fn open() -> Result<Self, DecodeError> {
        let mut context = Box::new(Context {
            name: ptr::null(),
            interface: ptr::null(),
            error: 0,
            error_detail: ptr::null(),
            flags: 0,
            config: ptr::null(),
            private: ptr::null_mut(),
        });
        let config = Config { threads: 1, width: 0, height: 0 };
        // SAFETY: the pointers are valid for the call, and the library copies the configuration.
        // With another version of its interface it refuses before it touches the context.
        let code = unsafe {
            let interface = vpx_codec_vp8_dx();
            vpx_codec_dec_init_ver(&raw mut *context, interface, &raw const config, 0, ABI_VERSION)
        };
        if code == OK { Ok(Self(context)) } else { Err(broken(code)) }
    }

    /// Decodes one frame that is not empty.
    pub(super) fn decode(&mut self, frame: &[u8]) -> Result<(), DecodeError> {
        let length = c_uint::try_from(frame.len()).map_err(|_| broken(OUT_OF_MEMORY))?;
        // SAFETY: the pointers are valid for the call, and the length is at most
        // `ACCESS_UNIT_BYTES_MAX`.
        let code = unsafe {
            vpx_codec_decode(&raw mut *self.0, frame.as_ptr(), length, ptr::null_mut(), 0)
        };
        match code {
            OK => {}
            OUT_OF_MEMORY => return Err(broken(code)),
            _ => return Err(DecodeError::WaitForKeyframe),
        }
        let mut corrupted: c_int = 0;
        // SAFETY: this control takes a pointer to an int that it writes.
        let code = unsafe {
            vpx_codec_control_(&raw mut *self.0, GET_FRAME_CORRUPTED, &raw mut corrupted)
        };
        if code == OK && corrupted == 0 { Ok(()) } else { Err(DecodeError::WaitForKeyframe) }
    }

    /// The picture of the frame that was decoded last, if it is to be shown.
    pub(super) fn picture(&mut self) -> Result<Option<Picture<'_>>, DecodeError> {
        let mut iterator = ptr::null();
        // SAFETY: the iterator begins as null; what comes back is null, or an image that lives
        // until the next call of `decode`, which the borrow of `self` keeps off.
        let image = unsafe { vpx_codec_get_frame(&raw mut *self.0, &raw mut iterator).as_ref() };
        let Some(image) = image else { return Ok(None) };
        if image.format != IMAGE_I420 {
            return Err(DecodeError::Unsupported { what: "colour other than 4:2:0" });
        }
        let (width, height) = (image.displayed[0] & !1, image.displayed[1] & !1);
        let (w, h) = (width as usize, height as usize);
        if w == 0 || h == 0 {
            return Err(DecodeError::Unsupported { what: "a picture of less than two lines" });
        }
        let plane = |index: usize, w: usize, h: usize| {
            let stride = usize::try_from(image.strides[index]).map_err(|_| broken(OK))?;
            if image.planes[index].is_null() || stride < w {
                return Err(broken(OK));
            }
            // SAFETY: the library keeps `h` rows of `stride` samples behind each pointer until
            // its next call, which the borrow of `self` keeps off.
            let samples =
                unsafe { std::slice::from_raw_parts(image.planes[index], stride * (h - 1) + w) };
            Plane::new(samples, stride, w, h).ok_or_else(|| broken(OK))
        };
        let (y, u, v) = (plane(0, w, h)?, plane(1, w / 2, h / 2)?, plane(2, w / 2, h / 2)?);
        Picture::new(y, u, v).map(Some).map_err(|_| broken(OK))
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: the context was set up and is not used afterwards.
        unsafe { vpx_codec_destroy(&raw mut *self.0) };
    }
}

fn broken(code: c_int) -> DecodeError {
    DecodeError::Broken { codec: CODEC, code: i64::from(code) }
}
