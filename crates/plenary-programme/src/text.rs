//! Text on its way into a graphic: escaped, measured as it will be drawn, broken into lines, cut.

use parley::{FontContext, FontFamily, FontWeight, Layout, LayoutContext, StyleProperty};
use resvg::usvg::{Node, Options, Tree};

use crate::font::Fonts;

/// How a piece of text is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Font size in pixels.
    pub size: f32,
    /// Bold instead of regular.
    pub weight: Weight,
}

/// The two weights that graphics use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// 400.
    Regular,
    /// 700.
    Bold,
}

impl Weight {
    /// As SVG writes it.
    pub const fn number(self) -> u16 {
        match self {
            Self::Regular => 400,
            Self::Bold => 700,
        }
    }
}

/// One line of text that fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What to draw, not yet escaped.
    pub text: String,
    /// At which font size in pixels.
    pub size: f32,
    /// How wide that is in pixels.
    pub width: f32,
}

/// Makes any text safe inside an XML element or attribute: escapes what XML needs, turns line
/// breaks and tabs into spaces, leaves out characters that XML forbids.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// Measures and breaks text with the fonts it will be drawn with.
pub struct Typesetter {
    fonts: Fonts,
    context: FontContext,
    layouts: LayoutContext<()>,
}

impl Typesetter {
    /// A typesetter for the given fonts.
    pub fn new(fonts: Fonts) -> Self {
        let mut context = FontContext::new();
        context.collection.load_fonts_from_paths(fonts.files());
        Self { fonts, context, layouts: LayoutContext::new() }
    }

    /// The fonts.
    pub const fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// How wide a line is when drawn, in pixels. Any script: it asks the renderer itself.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><text xml:space="preserve" y="4" font-size="{}" font-weight="{}">{}</text></svg>"#,
            style.size,
            style.weight.number(),
            escape(text)
        );
        let options = Options {
            fontdb: self.fonts.database(),
            font_family: self.fonts.family().to_owned(),
            ..Options::default()
        };
        let tree = Tree::from_str(&svg, &options);
        let right = |node: &Node| node.bounding_box().right();
        tree.map_or(0.0, |tree| tree.root().children().iter().map(right).fold(0.0, f32::max))
    }

    /// Fits a text into one line: first by a smaller size down to `least`, then by an ellipsis.
    pub fn fit(&self, text: &str, style: Style, least: f32, room: f32) -> Line {
        let line = |text: &str, size: f32| {
            let width = self.width(text, Style { size, ..style });
            Line { text: text.to_owned(), size, width }
        };
        let natural = line(text, style.size);
        if natural.width <= room {
            return natural;
        }
        let size = (style.size * room / natural.width * 0.99).max(least);
        let smaller = line(text, size);
        if smaller.width <= room {
            return smaller;
        }
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let cut = |chars: usize| line(&format!("{}…", text[..starts[chars]].trim_end()), size);
        // The longest beginning that fits, by halving.
        let (mut fits, mut too_long) = (0, starts.len() - 1);
        while fits + 1 < too_long {
            let middle = fits.midpoint(too_long);
            if cut(middle).width <= room { fits = middle } else { too_long = middle }
        }
        cut(fits)
    }

    /// Breaks a text into at most `lines` lines of `room` pixels where its script allows; the last
    /// one is fitted with an ellipsis.
    pub fn lines(&mut self, text: &str, style: Style, room: f32, lines: usize) -> Vec<Line> {
        let mut builder = self.layouts.ranged_builder(&mut self.context, text, 1.0, true);
        builder.push_default(StyleProperty::FontSize(style.size));
        let weight = FontWeight::new(style.weight.number().into());
        builder.push_default(StyleProperty::FontWeight(weight));
        builder.push_default(StyleProperty::FontFamily(FontFamily::named(self.fonts.family())));
        let mut layout: Layout<()> = builder.build(text);
        layout.break_all_lines(Some(room));
        let ranges: Vec<_> = layout.lines().map(|line| line.text_range()).collect();
        let mut out = Vec::new();
        for (i, range) in ranges.iter().enumerate().take(lines) {
            let end = if i + 1 == lines { text.len() } else { range.end };
            // An empty text is laid out as one line that claims a character.
            let piece = text.get(range.start..end).unwrap_or_default().trim();
            if !piece.is_empty() {
                out.push(self.fit(piece, style, style.size, room));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOLD_40: Style = Style { size: 40.0, weight: Weight::Bold };

    fn typesetter() -> Typesetter {
        Typesetter::new(Fonts::from_system().unwrap())
    }

    #[test]
    fn escaping_leaves_no_markup_and_no_forbidden_character() {
        assert_eq!(escape("<b a='1'>&\"\u{0}\u{ffff}\n"), "&lt;b a=&apos;1&apos;&gt;&amp;&quot; ");
    }

    #[test]
    fn chinese_is_as_wide_as_its_characters() {
        let width = typesetter().width("浙江分公司", BOLD_40);
        assert!((195.0..=205.0).contains(&width), "five characters of 40 pixels, not {width}");
    }

    #[test]
    fn a_long_name_becomes_smaller_then_ends_in_an_ellipsis() {
        let typesetter = typesetter();
        let fitted = |text: &str| {
            let line = typesetter.fit(text, BOLD_40, 30.0, 400.0);
            assert!(line.width <= 400.0, "{line:?}");
            format!("{} {:.0}", line.text, line.size)
        };
        insta::assert_snapshot!(fitted("欧阳修"), @"欧阳修 40");
        insta::assert_snapshot!(fitted("先进集体表彰大会主持人"), @"先进集体表彰大会主持人 36");
        insta::assert_snapshot!(fitted("先进集体表彰大会主持人先进集体表彰大会"), @"先进集体表彰大会主持人先… 30");
    }

    #[test]
    fn chinese_breaks_between_characters_and_not_before_a_full_stop() {
        let mut typesetter = typesetter();
        let style = Style { size: 40.0, weight: Weight::Regular };
        let lines = typesetter.lines("二〇二六年度表彰大会，现在开始。", style, 400.0, 3);
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["二〇二六年度表彰大", "会，现在开始。"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_text_is_drawn_or_left_out_but_never_breaks_anything(text in "\\PC{0,40}|.{0,20}") {
            let mut typesetter = typesetter();
            let line = typesetter.fit(&text, BOLD_40, 30.0, 300.0);
            prop_assert!(line.size <= 40.0);
            prop_assert!(typesetter.lines(&text, BOLD_40, 300.0, 2).len() <= 2);
        }
    }
}
