//! Which compressed form of an answer a client takes (RFC 9110 section 12.5.3).

use axum::http::{HeaderMap, HeaderValue, header};

/// A compressed form, made once and kept beside the plain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Encoding {
    /// The smallest of the forms that are there and that a request takes; `None` is the plain one.
    pub fn for_request(headers: &HeaderMap, there: &[Self]) -> Option<Self> {
        [Self::Brotli, Self::Gzip]
            .into_iter()
            .filter(|encoding| there.contains(encoding))
            .find(|encoding| encoding.is_accepted(headers))
    }

    /// Its name in `Content-Encoding`.
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn is_accepted(self, headers: &HeaderMap) -> bool {
        let offers = headers.get_all(header::ACCEPT_ENCODING).into_iter();
        let mut offers =
            offers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        offers.any(|offer| {
            let mut fields = offer.split(';').map(str::trim);
            let named = fields.next().is_some_and(|name| name.eq_ignore_ascii_case(self.name()));
            let refused = fields.any(|field| {
                field.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0)
            });
            named && !refused
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_accepted_form_is_taken() {
        let both = [Encoding::Gzip, Encoding::Brotli];
        for (offer, taken) in [
            ("gzip, deflate, br, zstd", Some(Encoding::Brotli)),
            ("br;q=0, GZIP", Some(Encoding::Gzip)),
            ("br; q=0.0, gzip;q=0", None),
            ("gzip;q=0.5", Some(Encoding::Gzip)),
            ("identity", None),
            ("brr", None),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(offer))]);
            assert_eq!(Encoding::for_request(&headers, &both), taken, "{offer}");
        }
        let headers =
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("br, gzip"))]);
        let gzip = [Encoding::Gzip];
        assert_eq!(Encoding::for_request(&headers, &gzip), Some(Encoding::Gzip));
        assert_eq!(Encoding::for_request(&HeaderMap::new(), &both), None);
    }
}
