//! Access units that say whose they are.

/// Sizes of pictures by layer, narrowest first.
pub const SIZES: [(u32, u32); 3] = [(320, 176), (640, 352), (1280, 720)];

/// An access unit that names its sender, layer and frame, with real sequence parameters.
pub fn unit(who: usize, layer: usize, frame: u32, key: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    if key {
        bytes.extend([0, 0, 0, 1]);
        bytes.extend(parameters(SIZES[layer]));
        bytes.extend([0, 0, 0, 1, 0x68, 0xce, 0x38, 0x80]);
    }
    bytes.extend([
        0,
        0,
        0,
        1,
        if key { 0x65 } else { 0x41 },
        0x9a,
        who as u8 | 0x40,
        layer as u8 | 0x40,
    ]);
    bytes.extend(frame.to_be_bytes().map(|b| b.max(1)));
    bytes.extend([(frame % 251) as u8 | 1, (frame / 251) as u8 | 0x80]);
    let length = if key { 1_500 } else { 500 } * (layer + 1);
    bytes.extend((0..length).map(|i| (i % 97) as u8 | 0x80));
    bytes
}

/// Baseline sequence parameters of a size (H.264 section 7.3.2.1.1).
pub fn parameters((width, height): (u32, u32)) -> Vec<u8> {
    let mut bits = String::new();
    let mut golomb = |value: u32| {
        let code = format!("{:b}", value + 1);
        bits.push_str(&"0".repeat(code.len() - 1));
        bits.push_str(&code);
    };
    for value in [0, 0, 2, 1] {
        golomb(value);
    }
    bits.push('0');
    let mut golomb = |value: u32| {
        let code = format!("{:b}", value + 1);
        bits.push_str(&"0".repeat(code.len() - 1));
        bits.push_str(&code);
    };
    golomb(width / 16 - 1);
    golomb(height / 16 - 1);
    bits.push_str("11001");
    while !bits.len().is_multiple_of(8) {
        bits.push('0');
    }
    let body = bits.as_bytes().chunks(8).map(|byte| {
        u8::from_str_radix(std::str::from_utf8(byte).expect("digits"), 2).expect("bits")
    });
    [0x67, 0x42, 0xe0, 0x1f].into_iter().chain(body).collect()
}
