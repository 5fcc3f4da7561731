//! What every request but those of players passes: the Origin check for changes, security headers, body limits.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::whip;

/// Refuses changes and sockets from foreign pages, unless their address alone is the capability, and adds the security headers to every answer.
pub async fn guard(request: Request, next: Next) -> Response {
    let upgrades = request.headers().contains_key(header::UPGRADE);
    let changes =
        !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    let allowed = match origin_of(request.headers()) {
        Origin::None => !upgrades || !from_browser(request.headers()),
        Origin::Named(origin) => {
            let free = !(changes || upgrades) || whip::is_ours(request.uri().path());
            free || same_host(origin, request.headers(), request.uri())
        }
    };
    let mut response = if allowed {
        next.run(request).await
    } else {
        Problem::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "This request comes from another site's page and was not done.",
        )
        .into_response()
    };
    secure(response.headers_mut());
    response
}

/// The security headers of every answer.
pub const SECURITY: [(HeaderName, &str); 3] = [
    (header::CONTENT_SECURITY_POLICY, plenary_web::CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Adds the security headers of every answer.
pub fn secure(headers: &mut HeaderMap) {
    for (name, text) in SECURITY {
        headers.insert(name, HeaderValue::from_static(text));
    }
}

enum Origin<'a> {
    None,
    Named(&'a str),
}

/// A header that is not text counts as a foreign origin.
fn origin_of(headers: &HeaderMap) -> Origin<'_> {
    headers
        .get(header::ORIGIN)
        .map_or(Origin::None, |value| Origin::Named(value.to_str().unwrap_or("null")))
}

/// Browsers mark their requests; programs do not.
fn from_browser(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site")
}

/// Whether the origin names the host that was asked (any scheme: a proxy may end TLS).
pub fn same_host(origin: &str, headers: &HeaderMap, uri: &Uri) -> bool {
    let asked = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
    let named = origin.split_once("://").map(|(_, authority)| authority);
    named.is_some() && named == asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))])
    }

    #[test]
    fn only_the_own_host_is_the_same() {
        let uri = Uri::from_static("/api");
        assert!(same_host("http://a.example:8080", &headers("a.example:8080"), &uri));
        assert!(same_host("https://a.example", &headers("a.example"), &uri));
        for origin in
            ["null", "", "http://b.example", "http://a.example.evil", "http://a.example:1"]
        {
            assert!(!same_host(origin, &headers("a.example"), &uri), "{origin}");
        }
    }
}
