//! The graphics of the programme: lower third, label in a tile, person's card, slate.

use plenary_model::person::Card;
use plenary_model::scene::{CANVAS_HEIGHT, CANVAS_WIDTH, LowerThird};

use crate::blend::over_black;
use crate::canvas::Frame;
use crate::font::Fonts;
use crate::graphic::{Graphic, GraphicError};
use crate::text::{Line, Style, Typesetter, Weight, escape};

/// Left edge of a lower third on the reference canvas; the outer 5 % stay free (title-safe area).
pub const LOWER_THIRD_X: u32 = 64;
/// Free rows below a lower third on the reference canvas.
pub const LOWER_THIRD_BELOW: u32 = 56;
/// Distance of a label from the left and lower edges of its tile on the reference canvas.
pub const LABEL_MARGIN: u32 = 10;

const RED: &str = "#b5121b";
const RED_DEEP: &str = "#7d0a12";
const GOLD: &str = "#f0c04a";

const fn bold(size: f32) -> Style {
    Style { size, weight: Weight::Bold }
}

const fn regular(size: f32) -> Style {
    Style { size, weight: Weight::Regular }
}

/// Draws graphics for a canvas of a given height. Takes milliseconds: not for the tick's thread.
pub struct Painter {
    typesetter: Typesetter,
    scale: f32,
}

impl Painter {
    /// A painter for a canvas of `canvas_height` rows (720 is the reference).
    pub fn new(fonts: Fonts, canvas_height: u32) -> Self {
        let scale = canvas_height as f32 / CANVAS_HEIGHT as f32;
        Self { typesetter: Typesetter::new(fonts), scale }
    }

    /// The bar with a name and what the person is; goes to [`LOWER_THIRD_X`].
    pub fn lower_third(&self, fields: &LowerThird) -> Result<Graphic, GraphicError> {
        let room = CANVAS_WIDTH as f32 - 2.0 * LOWER_THIRD_X as f32 - 76.0;
        let name = self.typesetter.fit(&fields.name, bold(42.0), 30.0, room);
        let detail = self.typesetter.fit(&fields.detail, regular(24.0), 19.0, room);
        let one_line = fields.detail.trim().is_empty();
        let height = if one_line { 76.0 } else { 112.0 };
        let width = (name.width.max(detail.width) + 76.0).max(260.0).ceil();
        let texts = [
            text(&name, bold(0.0), 34.0, 53.0, r##"fill="#ffffff""##),
            text(&detail, regular(0.0), 35.0, 93.0, r##"fill="#ffe7b3""##),
        ];
        let texts = if one_line { texts[0].clone() } else { texts.concat() };
        let svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{full}" height="{tall}">
<defs>
<linearGradient id="bar" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="{RED}"/><stop offset="1" stop-color="{RED_DEEP}"/></linearGradient>
<linearGradient id="shine" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".14"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/></linearGradient>
<filter id="shadow" x="-5%" y="-20%" width="110%" height="150%"><feGaussianBlur stdDeviation="5"/></filter>
</defs>
<rect x="4" y="6" width="{width}" height="{height}" rx="3" fill="#000" fill-opacity=".45" filter="url(#shadow)"/>
<rect x="4" y="2" width="{width}" height="{height}" rx="3" fill="url(#bar)" fill-opacity=".96"/>
<rect x="4" y="2" width="{width}" height="{height}" rx="3" fill="url(#shine)"/>
<rect x="4" y="2" width="9" height="{height}" fill="{GOLD}"/>
{texts}</svg>"##,
            full = width + 16.0,
            tall = height + 20.0,
        );
        Graphic::from_svg(&svg, self.scale, self.typesetter.fonts())
    }

    /// The small name in the corner of a tile that is `tile_width` wide on the reference canvas.
    pub fn label(&self, name: &str, tile_width: u32) -> Result<Graphic, GraphicError> {
        let room = (tile_width.saturating_sub(2 * LABEL_MARGIN + 30) as f32).max(60.0);
        let size = if tile_width < 400 { 16.0 } else { 19.0 };
        let line = self.typesetter.fit(name, bold(size), 13.0, room);
        let height = (size * 1.7).ceil();
        let width = (line.width + 25.0).ceil();
        let svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">
<rect width="{width}" height="{height}" rx="4" fill="#0c0e12" fill-opacity=".66"/>
<rect width="4" height="{height}" rx="2" fill="{GOLD}"/>
{text}</svg>"##,
            text =
                text(&line, bold(0.0), 13.0, height / 2.0 + line.size * 0.36, r##"fill="#fff""##),
        );
        Graphic::from_svg(&svg, self.scale, self.typesetter.fonts())
    }

    /// What stands for a person whose picture is gone, drawn at the given even size.
    pub fn card(&self, card: &Card, width: u32, height: u32) -> Result<Frame, GraphicError> {
        let room = CANVAS_WIDTH as f32 - 200.0;
        let name = self.typesetter.fit(&card.name, bold(76.0), 46.0, room);
        let both = [card.unit.trim(), card.title.trim()];
        let detail = both.iter().filter(|s| !s.is_empty()).copied().collect::<Vec<_>>().join("　");
        let detail = self.typesetter.fit(&detail, regular(40.0), 28.0, room);
        let letters = initials(&card.name);
        let letters = self.typesetter.fit(&letters, bold(108.0), 40.0, 190.0);
        let centred = r#"text-anchor="middle""#;
        let texts = [
            text(
                &letters,
                bold(0.0),
                640.0,
                250.0 + letters.size * 0.36,
                &format!(r##"{centred} fill="{GOLD}""##),
            ),
            text(&name, bold(0.0), 640.0, 492.0, &format!(r##"{centred} fill="#f4f5f7""##)),
            text(&detail, regular(0.0), 640.0, 566.0, &format!(r##"{centred} fill="#a9b2c3""##)),
        ]
        .concat();
        let svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{CANVAS_WIDTH}" height="{CANVAS_HEIGHT}" viewBox="0 0 {CANVAS_WIDTH} {CANVAS_HEIGHT}">
<defs>
<radialGradient id="back" cx=".5" cy=".34" r=".8"><stop offset="0" stop-color="#343c4c"/><stop offset=".55" stop-color="#222834"/><stop offset="1" stop-color="#161a22"/></radialGradient>
<linearGradient id="disc" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#3a4356"/><stop offset="1" stop-color="#262d3a"/></linearGradient>
</defs>
<rect width="100%" height="100%" fill="url(#back)"/>
<circle cx="640" cy="250" r="130" fill="url(#disc)" stroke="{GOLD}" stroke-opacity=".8" stroke-width="4"/>
{texts}</svg>"##,
        );
        self.full_frame(&svg, width, height)
    }

    /// The emergency slate with the event's title, drawn at the given even size.
    pub fn slate(&mut self, title: &str, width: u32, height: u32) -> Result<Frame, GraphicError> {
        let lines = self.typesetter.lines(title, bold(40.0), CANVAS_WIDTH as f32 - 240.0, 2);
        let centred = r#"text-anchor="middle""#;
        let top = 250.0 - 56.0 * lines.len().saturating_sub(1) as f32;
        let mut texts: String = lines
            .iter()
            .enumerate()
            .map(|(i, line)| {
                let y = top + 56.0 * i as f32;
                text(line, bold(0.0), 640.0, y, &format!(r##"{centred} fill="{GOLD}""##))
            })
            .collect();
        for (words, style, y, fill) in [
            ("稍候，马上回来", bold(84.0), 404.0, "#ffffff"),
            ("We'll be right back", regular(38.0), 474.0, "#e8cfcf"),
        ] {
            let line = self.typesetter.fit(words, style, style.size, CANVAS_WIDTH as f32);
            texts += &text(&line, style, 640.0, y, &format!(r##"{centred} fill="{fill}""##));
        }
        let svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{CANVAS_WIDTH}" height="{CANVAS_HEIGHT}" viewBox="0 0 {CANVAS_WIDTH} {CANVAS_HEIGHT}">
<defs><radialGradient id="back" cx=".5" cy=".42" r=".85"><stop offset="0" stop-color="#8f1019"/><stop offset=".6" stop-color="#4c080e"/><stop offset="1" stop-color="#1f0407"/></radialGradient>
<linearGradient id="rule" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="{GOLD}" stop-opacity="0"/><stop offset=".5" stop-color="{GOLD}"/><stop offset="1" stop-color="{GOLD}" stop-opacity="0"/></linearGradient></defs>
<rect width="100%" height="100%" fill="url(#back)"/>
<rect x="290" y="289" width="700" height="3" fill="url(#rule)"/>
{texts}</svg>"##,
        );
        self.full_frame(&svg, width, height)
    }

    fn full_frame(&self, svg: &str, width: u32, height: u32) -> Result<Frame, GraphicError> {
        let sized = svg.replacen(
            &format!(r#"width="{CANVAS_WIDTH}" height="{CANVAS_HEIGHT}""#),
            &format!(r#"width="{width}" height="{height}" preserveAspectRatio="xMidYMid slice""#),
            1,
        );
        Ok(over_black(&Graphic::from_svg(&sized, 1.0, self.typesetter.fonts())?))
    }
}

fn text(line: &Line, style: Style, x: f32, y: f32, attributes: &str) -> String {
    format!(
        r#"<text xml:space="preserve" x="{x}" y="{y}" font-size="{}" font-weight="{}" {attributes}>{}</text>
"#,
        line.size,
        style.weight.number(),
        escape(&line.text)
    )
}

/// What stands in the circle of a card: the last two characters of an East Asian name, as people
/// there shorten it, whatever follows it in another script, else the first letters of the first and
/// last words.
fn initials(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    let east_asian: Vec<char> = letters.take_while(|c| is_east_asian(*c)).collect();
    if !east_asian.is_empty() {
        return east_asian[east_asian.len().saturating_sub(2)..].iter().collect();
    }
    let mut heads = name.split_whitespace().filter_map(|w| w.chars().find(|c| c.is_alphanumeric()));
    let (head, last) = (heads.next(), heads.next_back());
    head.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

const fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::{Colour, Picture};

    fn painter() -> Painter {
        Painter::new(Fonts::from_system().unwrap(), CANVAS_HEIGHT)
    }

    fn third(name: &str, detail: &str) -> LowerThird {
        LowerThird { name: name.into(), detail: detail.into() }
    }

    fn person(name: &str, unit: &str, title: &str) -> Card {
        Card { name: name.into(), unit: unit.into(), title: title.into() }
    }

    /// How many luma samples of a part of the picture are at least as bright as `y`.
    fn bright(picture: &Picture<'_>, part: [u32; 4], y: u8) -> usize {
        let part = picture.crop(part[0], part[1], part[2], part[3]);
        (0..part.y.height()).flat_map(|row| part.y.row(row)).filter(|&&luma| y <= luma).count()
    }

    #[test]
    fn a_lower_third_is_a_red_bar_with_a_gold_edge_and_white_letters() {
        let bar = painter().lower_third(&third("浙江分公司", "党委书记、董事长")).unwrap();
        let (width, height) = (bar.width(), bar.height());
        assert!((280..400).contains(&width) && (112..140).contains(&height), "{bar:?}");
        let mut over = Frame::filled(width as u32, height as u32, Colour::from_rgb(0, 90, 0));
        crate::blend::overlay(&mut over, &bar, 0, 0, 255);
        let picture = over.picture();
        let middle = height / 2;
        let gold = Colour::from_rgb(0xf0, 0xc0, 0x4a);
        assert!(picture.y.row(middle)[8].abs_diff(gold.y) <= 3, "{}", picture.y.row(middle)[8]);
        assert!(185 < picture.v.row(middle / 2)[12], "red beside the gold");
        let letters = bright(&picture, [34, 14, width as u32 / 2 * 2 - 60, 48], 200);
        assert!((600..6_000).contains(&letters), "{letters} samples of the name");
        let corner = picture.y.row(height - 1)[width - 1];
        assert_eq!(corner, Colour::from_rgb(0, 90, 0).y, "outside the bar all stays");
    }

    #[test]
    fn a_lower_third_grows_with_its_text_and_never_beyond_the_canvas() {
        let painter = painter();
        let width = |name: &str, detail: &str| {
            painter.lower_third(&third(name, detail)).unwrap().width() as u32
        };
        let longest = "省级先进集体代表".repeat(8);
        assert!(width("李娜", "") < width("先进集体表彰大会主持人李娜", ""));
        assert!(LOWER_THIRD_X + width(&longest, &longest) <= CANVAS_WIDTH);
        let half = Painter::new(Fonts::from_system().unwrap(), 360);
        let small = half.lower_third(&third("李娜", "主持人")).unwrap();
        let large = painter.lower_third(&third("李娜", "主持人")).unwrap();
        assert!(large.width().abs_diff(small.width() * 2) <= 4);
    }

    #[test]
    fn chinese_names_are_not_drawn_as_boxes() {
        let painter = painter();
        let drawn = |name| painter.lower_third(&third(name, "")).unwrap();
        // A missing glyph looks the same whatever the character.
        assert_ne!(drawn("赵敏"), drawn("孙伟"));
        assert_ne!(drawn("囍囍"), drawn("鑫鑫"));
    }

    #[test]
    fn a_card_shows_initials_name_and_unit_on_a_dark_ground() {
        let card = painter().card(&person("欧阳文博", "四川 · 成都", "经理"), 1280, 720).unwrap();
        let picture = card.picture();
        let parts = [[540, 190, 200, 120], [440, 420, 400, 90], [340, 530, 600, 50]];
        for (part, y) in parts.into_iter().zip([150, 200, 140]) {
            let samples = bright(&picture, part, y);
            assert!(800 < samples, "{samples} samples at {part:?}");
        }
        assert_eq!(bright(&picture, [0, 0, 1280, 100], 90), 0);
        assert_eq!(bright(&picture, [0, 600, 1280, 120], 90), 0);
        let small = painter().card(&person("A", "", ""), 426, 240).unwrap();
        assert_eq!((small.width(), small.height()), (426, 240));
    }

    #[test]
    fn the_slate_shows_a_long_title_in_two_lines() {
        let mut painter = painter();
        let title = "二〇二六年度集团主题日暨先进集体先进个人表彰大会".repeat(2);
        let slate = painter.slate(&title, 1280, 720).unwrap();
        let [first, second, words] =
            [[100, 160, 1080, 50], [100, 216, 1080, 50], [300, 310, 680, 110]]
                .map(|part| bright(&slate.picture(), part, 120));
        assert!(1_000 < first && 1_000 < second && 4_000 < words, "{first} {second} {words}");
        let short = painter.slate("主题日", 1280, 720).unwrap();
        assert_eq!(bright(&short.picture(), [100, 160, 1080, 46], 120), 0);
    }

    #[test]
    fn a_label_fits_its_tile() {
        let painter = painter();
        for width in [640, 426, 320] {
            let label = painter.label(&"很长的名字".repeat(12), width).unwrap();
            assert!(label.width() as u32 + 2 * LABEL_MARGIN <= width, "{label:?} in {width}");
        }
    }

    #[test]
    fn names_of_any_script_and_with_markup_are_drawn() {
        let mut painter = painter();
        let tag = ["</text>", "<svg onload='x'>", "&amp;", "]]>"].concat();
        for name in
            ["", " ", "محمد علي", "👨‍👩‍👧‍👦 🎉", "नमस्ते", &tag, "a\u{301}\u{0}\n\u{202e}b", "𠮷野家"]
        {
            painter.lower_third(&third(name, name)).unwrap();
            painter.label(name, 320).unwrap();
            painter.card(&person(name, name, name), 320, 180).unwrap();
            painter.slate(name, 320, 180).unwrap();
        }
    }

    #[test]
    fn initials_are_what_people_there_use() {
        let of = ["欧阳文博", "李娜", "John Q. Smith", "maria", "ß", "  ", "👍", "3 号演播点"];
        assert_eq!(of.map(initials), ["文博", "李娜", "JS", "M", "SS", "", "", "3号"]);
        assert_eq!(["林晓禾 Lin", "来宾一 Guest 1"].map(initials), ["晓禾", "宾一"]);
    }
}
