//! VP8 frames that say whose they are.

use super::units::SIZES;

/// A VP8 frame that names its sender, layer and frame, with a real head.
pub fn vp8_frame(who: usize, layer: usize, frame: u32, key: bool) -> Vec<u8> {
    let mut bytes = vec![if key { 0x10 } else { 0x11 }, 0, 0];
    if key {
        let [width, height] = [SIZES[layer].0, SIZES[layer].1].map(|side| side as u16);
        bytes.extend([0x9d, 0x01, 0x2a]);
        bytes.extend(width.to_le_bytes());
        bytes.extend(height.to_le_bytes());
    }
    bytes.extend([who as u8, layer as u8]);
    bytes.extend(frame.to_be_bytes());
    let length = if key { 1_500 } else { 500 } * (layer + 1);
    bytes.extend((0..length).map(|i| (i % 97) as u8));
    bytes
}
