//! A director without a browser: opens the studio by its link and directs over HTTP.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::web::Web;

/// A director's session.
#[derive(Debug, Clone)]
pub struct Director {
    web: Web,
    event: String,
}

impl Director {
    /// Opens the studio with its link.
    ///
    /// # Errors
    /// The server is gone or does not know the link.
    pub fn open(studio: &str) -> anyhow::Result<Self> {
        let (web, path) = Web::of(studio)?;
        let (path, token) = path.split_once('#').context("the link has no token")?;
        let event = path.rsplit('/').next().unwrap_or_default().to_owned();
        let answer = web.post("/api/sessions", &[], &json!({ "token": token }).to_string())?;
        let answer = answer.ok()?;
        let cookie = answer.header("set-cookie").context("no session came")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { web: web.with_cookie(cookie), event })
    }

    /// The show.
    ///
    /// # Errors
    /// The server is gone or refuses.
    pub fn show(&self) -> anyhow::Result<Value> {
        let answer = self.web.get(&format!("/api/events/{}/show", self.event))?.ok()?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Changes the preview; gives the show that was acknowledged.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub fn preview(&self, layout: &str, places: &[String]) -> anyhow::Result<Value> {
        let scene = json!({ "layout": layout, "places": places, "lower_third": null });
        self.change("preview", &[], &json!({ "scene": scene }))
    }

    /// Takes the preview by a cut; gives the show that was acknowledged.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub fn take(&self, revision: u64) -> anyhow::Result<Value> {
        let seen = format!("\"{revision}\"");
        self.change("take", &[("If-Match", &seen)], &json!({ "transition": { "kind": "cut" } }))
    }

    /// Puts one source on air in the whole picture; gives the show that was acknowledged.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub fn put_on_air(&self, source: &str) -> anyhow::Result<Value> {
        let show = self.preview("full", &[source.to_owned()])?;
        self.take(revision(&show))
    }

    /// Ends the event.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub fn end(&self) -> anyhow::Result<()> {
        let answer = self.web.post(&format!("/api/events/{}/close", self.event), &[], "")?;
        anyhow::ensure!(answer.status == 204, "{} {}", answer.status, answer.text());
        Ok(())
    }

    /// The cameras in programme and preview.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub fn cameras(&self) -> anyhow::Result<Vec<String>> {
        let show = self.show()?;
        let places = [&show["programme"]["scene"]["places"], &show["preview"]["places"]];
        let named = places.into_iter().filter_map(Value::as_array).flatten();
        let mut cameras: Vec<String> = named
            .filter_map(Value::as_str)
            .filter(|source| source.starts_with("cam_"))
            .map(str::to_owned)
            .collect();
        cameras.sort();
        cameras.dedup();
        Ok(cameras)
    }

    fn change(&self, what: &str, headers: &[(&str, &str)], body: &Value) -> anyhow::Result<Value> {
        let path = format!("/api/events/{}/show/{what}", self.event);
        let answer = self.web.post(&path, headers, &body.to_string())?.ok()?;
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

/// The revision of a show.
pub fn revision(show: &Value) -> u64 {
    show["revision"].as_u64().unwrap_or_default()
}
