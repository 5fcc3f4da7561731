//! Workbooks as strangers make them: archives whose directory says what a test wants.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc, FlushCompress, Status};

/// A part of an archive.
#[derive(Debug, Clone)]
pub struct Part {
    pub name: &'static str,
    packed: Vec<u8>,
    crc: u32,
    /// What the directory says that it unpacks to.
    pub size: u64,
}

impl Part {
    /// A part that is what it says.
    pub fn new(name: &'static str, text: &str) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).expect("memory");
        let packed = encoder.finish().expect("memory");
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        Self { name, packed, crc: crc.sum(), size: text.len() as u64 }
    }

    /// The same text so many times between two others: small in the archive, large outside.
    pub fn repeated(
        name: &'static str,
        (head, text, tail): (&str, &str, &str),
        times: usize,
    ) -> Self {
        let block = flushed(text);
        let mut packed = flushed(head);
        let mut crc = Crc::new();
        crc.update(head.as_bytes());
        for _ in 0..times {
            packed.extend_from_slice(&block);
            crc.update(text.as_bytes());
        }
        packed.extend(flushed(tail));
        crc.update(tail.as_bytes());
        // The last block, empty.
        packed.extend([3, 0]);
        let size = (head.len() + text.len() * times + tail.len()) as u64;
        Self { name, packed, crc: crc.sum(), size }
    }
}

/// A deflate stream without an end, which another one may follow.
fn flushed(text: &str) -> Vec<u8> {
    let mut compress = flate2::Compress::new(Compression::fast(), false);
    let mut packed = Vec::with_capacity(text.len() + 1024);
    let status = compress.compress_vec(text.as_bytes(), &mut packed, FlushCompress::Full);
    assert_eq!(status.expect("it packs"), Status::Ok);
    assert_eq!(compress.total_in(), text.len() as u64);
    packed
}

/// An archive (APPNOTE.TXT sections 4.3.7, 4.3.12 and 4.3.16).
pub fn archive(parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for part in parts {
        let at = bytes.len() as u32;
        let fields = fields(part);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&fields);
        bytes.extend(part.name.as_bytes());
        bytes.extend(&part.packed);
        entry(&mut directory, part, at);
    }
    closed(bytes, &directory, parts.len())
}

/// The same archive with one more name for its last part, so many times.
pub fn overlapping(parts: &[Part], times: usize) -> Vec<u8> {
    let mut bytes = archive(parts);
    let end = bytes.len() - 22;
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let directory = number(end + 16) as usize;
    let last = parts.last().expect("a part");
    let size = 30 + last.name.len() + last.packed.len();
    let at = (directory - size) as u32;
    let mut entries = bytes[directory..end].to_vec();
    bytes.truncate(directory);
    for copy in 0..times {
        let name: &'static str = format!("xl/media/{copy}").leak();
        entry(&mut entries, &Part { name, ..last.clone() }, at);
    }
    closed(bytes, &entries, parts.len() + times)
}

fn fields(part: &Part) -> Vec<u8> {
    let mut fields = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0];
    fields.extend(part.crc.to_le_bytes());
    fields.extend((part.packed.len() as u32).to_le_bytes());
    fields.extend((part.size as u32).to_le_bytes());
    fields.extend((part.name.len() as u16).to_le_bytes());
    fields.extend([0; 2]);
    fields
}

fn entry(directory: &mut Vec<u8>, part: &Part, at: u32) {
    directory.extend(b"PK\x01\x02\x14\0");
    directory.extend(fields(part));
    directory.extend([0; 10]);
    directory.extend(at.to_le_bytes());
    directory.extend(part.name.as_bytes());
}

fn closed(mut bytes: Vec<u8>, directory: &[u8], parts: usize) -> Vec<u8> {
    let at = bytes.len() as u32;
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([(parts as u16).to_le_bytes(); 2].concat());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="empty" sheetId="1" r:id="rId1"/><sheet name="people" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
const BOOK_RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
pub const SHEET: &str =
    r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#;

/// The parts of a workbook whose first sheet is empty and whose second has these cells in XML.
pub fn parts(rows: &str) -> Vec<Part> {
    let sheet = format!(
        r#"{SHEET}<dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>"#
    );
    vec![
        Part::new("_rels/.rels", RELATIONS),
        Part::new("xl/workbook.xml", BOOK),
        Part::new("xl/_rels/workbook.xml.rels", BOOK_RELATIONS),
        Part::new("xl/worksheets/sheet1.xml", &format!("{SHEET}<sheetData/></worksheet>")),
        Part::new("xl/worksheets/sheet2.xml", &sheet),
    ]
}

/// A cell with a text of its own.
pub fn text(cell: &str, text: &str) -> String {
    format!(r#"<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}
