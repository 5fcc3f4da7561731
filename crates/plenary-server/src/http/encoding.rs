//! Which compressed form of an answer a client takes (RFC 9110 section 12.5.3).

use axum::http::{HeaderMap, header};

/// A compressed form, made once and kept beside the plain one; the smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
}

impl Encoding {
    /// All forms.
    pub const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// The smallest of the forms that are there and that a request takes; `None` is the plain one.
    pub fn for_request(headers: &HeaderMap, there: &[Self]) -> Option<Self> {
        let offers = headers.get_all(header::ACCEPT_ENCODING).into_iter();
        let offers = offers.filter_map(|value| value.to_str().ok());
        offers.filter_map(|offers| Self::among(offers, there)).min()
    }

    /// The smallest of the forms that are there and that one `Accept-Encoding` names.
    pub fn among(offers: &str, there: &[Self]) -> Option<Self> {
        offers.split(',').filter_map(Self::offered).filter(|offer| there.contains(offer)).min()
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What an offer such as `gzip;q=0.5` takes.
    fn offered(offer: &str) -> Option<Self> {
        let mut fields = offer.split(';').map(str::trim);
        let name = fields.next()?;
        let refused = fields
            .any(|field| field.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0));
        let named = |encoding: &Self| name.eq_ignore_ascii_case(encoding.name());
        Self::ALL.into_iter().find(named).filter(|_| !refused)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

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
