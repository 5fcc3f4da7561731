//! The web server: every route in one place, and what they share.

mod body;
pub mod encoding;
mod events;
pub mod guard;
mod head;
pub mod layouts;
mod opening;
mod operating;
mod pages;
pub mod players;
pub mod problem;
pub mod refusal;
pub mod serve;
pub mod sessions;
mod show;
pub mod tls;
mod whip;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::get;
use plenary_model::limits::JSON_BYTES_MAX;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::live;
use crate::ws;
use crate::ws::message::{FromPage, ToPage};

/// The description that clients are generated from.
#[derive(OpenApi)]
#[openapi(
    info(title = "Plenary", description = "A whole organisation in one room."),
    components(schemas(FromPage, ToPage)),
    tags(
        (name = "events", description = "What everybody may know of an event, and its end."),
        (name = "sessions", description = "The way into the studio."),
        (name = "show", description = "What the director decides."),
        (name = "sockets", description = "Stage and studio: FromPage one way, ToPage the other."),
    )
)]
struct Description;

/// All routes that answer JSON, with their description.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(events::show_event))
        .routes(routes!(sessions::open_session))
        .routes(routes!(layouts::list_layouts))
        .routes(routes!(show::get_show))
        .routes(routes!(show::set_preview))
        .routes(routes!(show::undo_preview))
        .routes(routes!(show::take))
        .routes(routes!(show::set_lower_third))
        .routes(routes!(show::set_slate))
        .routes(routes!(show::set_direction))
        .routes(routes!(show::set_sound))
        .routes(routes!(show::close_event))
        .routes(routes!(ws::page::stage_socket))
        .routes(routes!(ws::page::studio_socket))
}

/// The OpenAPI description as JSON.
///
/// # Errors
/// When the description cannot be serialised, which is a fault of ours.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let (_, description) = api().split_for_parts();
    serde_json::to_string_pretty(&description)
}

/// Every route of the server; the broadcast's are `live`.
pub fn router(app: App, live: live::Service) -> Router {
    let (api, _) = api().split_for_parts();
    Router::new()
        .route("/", get(pages::front_page))
        .route("/e/{slug}", get(pages::watch_page))
        .route("/stage/{token}", get(pages::stage_page))
        .route("/studio/{event}", get(pages::studio_page))
        .route("/assets/{*path}", get(pages::asset))
        .route("/healthz", get(operating::healthz))
        .route("/readyz", get(operating::readyz))
        .route("/metrics", get(operating::metrics))
        .route("/api/openapi.json", get(operating::openapi))
        .merge(api)
        .merge(whip::router())
        .with_state(app)
        .fallback(|| async { pages::not_found() })
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
        .layer(from_fn(refusal::in_one_form))
        .layer(from_fn(guard::guard))
        // Players are many and change nothing: the broadcast has one layer of its own.
        .merge(live::router(live))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_made_for_this_description() {
        let committed = include_str!("../../../../web/packages/api/openapi.json");
        let printed = openapi_json().expect("the description is JSON");
        assert!(
            committed.trim_end() == printed,
            "the description has changed; run in web/: cargo run -p plenary-server -- openapi \
             > packages/api/openapi.json && npm run api"
        );
    }
}
