//! The web server: every route in one place, and what they share.

mod accounts;
mod acts;
mod attendance;
mod body;
mod book;
mod calendar;
mod cards;
mod elsewhere;
pub mod encoding;
mod events;
pub mod guard;
mod guests;
mod halls;
mod head;
mod imports;
pub mod layouts;
mod members;
mod opening;
mod operating;
mod organising;
mod pages;
mod people;
pub mod permission;
pub mod players;
pub mod problem;
pub mod proxies;
pub mod refusal;
mod roll;
mod seats;
pub mod serve;
pub mod sessions;
mod show;
mod sign_in;
pub mod tls;
mod units;
mod whip;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get};
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
        (name = "accounts", description = "Who runs gatherings, and how they sign in."),
        (name = "organisation", description = "Units and people."),
        (name = "organising", description = "Making events, and who may come."),
        (name = "members", description = "Coming in and being there."),
        (name = "acts", description = "The parts of an event: planned, and begun one after the other."),
        (name = "attendance", description = "Who was there, by unit."),
        (name = "halls", description = "Where many watch before one screen."),
        (name = "book", description = "The record of an event that is over, and how long it is kept."),
        (name = "show", description = "What the director decides."),
        (name = "sockets", description = "Stage and studio: FromPage one way, ToPage the other."),
    )
)]
struct Description;

/// All routes that answer JSON, with their description.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(events::show_event))
        .routes(routes!(calendar::show_calendar))
        .routes(routes!(sessions::open_session))
        .routes(routes!(layouts::list_layouts))
        .routes(routes!(acts::list_acts, acts::plan_acts))
        .routes(routes!(acts::begin_act))
        .routes(routes!(show::get_show))
        .routes(routes!(show::set_preview))
        .routes(routes!(show::undo_preview))
        .routes(routes!(show::take))
        .routes(routes!(show::set_lower_third))
        .routes(routes!(show::set_slate))
        .routes(routes!(show::set_direction))
        .routes(routes!(show::set_sound))
        .routes(routes!(show::close_event))
        .routes(routes!(organising::list_events, organising::create_event))
        .routes(routes!(organising::open_event))
        .routes(routes!(organising::set_admission))
        .routes(routes!(organising::show_links))
        .routes(routes!(seats::list_seats))
        .routes(routes!(seats::seat_member))
        .merge(attendance_api())
        .routes(routes!(sign_in::set_up))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(sign_in::show_me))
        .routes(routes!(elsewhere::show_ways))
        .routes(routes!(elsewhere::leave))
        .routes(routes!(elsewhere::come_back))
        .routes(routes!(accounts::list_accounts, accounts::create_account))
        .routes(routes!(accounts::change_account))
        .routes(routes!(accounts::set_password))
        .routes(routes!(units::list_units, units::create_unit))
        .routes(routes!(units::show_unit, units::change_unit))
        .routes(routes!(people::list_people))
        .routes(routes!(people::create_person))
        .routes(routes!(people::show_person, people::change_person))
        .routes(routes!(people::revoke_links))
        .routes(routes!(imports::begin_import))
        .routes(routes!(imports::show_import, imports::give_up_import))
        .routes(routes!(imports::apply_import))
        .routes(routes!(imports::units_csv))
        .routes(routes!(imports::units_xlsx))
        .routes(routes!(imports::people_csv))
        .routes(routes!(imports::people_xlsx))
        .routes(routes!(ws::page::stage_socket))
        .routes(routes!(ws::page::studio_socket))
}

/// Coming in, being there, and what is left of it.
fn attendance_api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(members::join_event))
        .routes(routes!(members::beat))
        .routes(routes!(members::stay))
        .routes(routes!(guests::list_guests, guests::invite_guest))
        .routes(routes!(guests::withdraw_guest))
        .routes(routes!(attendance::show_attendance))
        .routes(routes!(attendance::show_unit_attendance))
        .routes(routes!(attendance::list_attendance))
        .routes(routes!(attendance::excuse_member))
        .routes(routes!(attendance::list_invitations))
        .routes(routes!(acts::show_acts_attendance))
        .routes(routes!(cards::list_cards))
        .routes(routes!(roll::show_own_record))
        .routes(routes!(halls::list_halls, halls::make_hall))
        .routes(routes!(halls::close_hall))
        .routes(routes!(halls::show_hall))
        .routes(routes!(halls::count_heads))
        .routes(routes!(halls::tick_member))
        .routes(routes!(halls::arrive))
        .routes(routes!(roll::show_curve))
        .routes(routes!(roll::show_unit_curve))
        .routes(routes!(roll::list_missing))
        .routes(routes!(book::show_book))
        .routes(routes!(book::close_book))
        .routes(routes!(book::correct_book))
        .routes(routes!(book::download_report))
        .routes(routes!(book::show_retention, book::set_retention))
}

/// The OpenAPI description as JSON.
///
/// # Errors
/// When the description cannot be serialised, which is a fault of ours.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let (_, description) = api().split_for_parts();
    serde_json::to_string_pretty(&description)
}

/// What an error says, as a sentence for the person.
fn sentence(error: &impl ToString) -> String {
    let mut sentence = format!("{}.", error.to_string());
    if let Some(first) = sentence.get(..1).map(str::to_ascii_uppercase) {
        sentence.replace_range(..1, &first);
    }
    sentence
}

/// What is no JSON: the pages, and what operators and their monitors ask for.
fn pages() -> [(&'static str, MethodRouter<App>); 13] {
    [
        ("/", get(pages::front_page)),
        ("/e/{slug}", get(pages::watch_page)),
        ("/e/{slug}/join", get(pages::join_page)),
        ("/e/{slug}/attendance", get(pages::attendance_page)),
        ("/hall/{token}", get(pages::hall_page)),
        ("/stage/{token}", get(pages::stage_page)),
        ("/studio/{event}", get(pages::studio_page)),
        ("/org", get(pages::org_page)),
        ("/assets/{*path}", get(pages::asset)),
        ("/healthz", get(operating::healthz)),
        ("/readyz", get(operating::readyz)),
        ("/metrics", get(operating::metrics)),
        ("/api/openapi.json", get(operating::openapi)),
    ]
}

/// Every route of the server; the broadcast's are `live`.
pub fn router(app: App, live: live::Service) -> Router {
    let (api, _) = api().split_for_parts();
    let admit = from_fn_with_state(app.clone(), permission::admit);
    let pages = pages().into_iter().fold(api, |all, (path, page)| all.route(path, page));
    let whip = whip::routes().into_iter();
    let whip = whip.fold(Router::new(), |all, (path, route)| all.route(path, route));
    pages
        .route_layer(admit.clone())
        .merge(whip::for_any_origin(whip.route_layer(admit)))
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
    use std::collections::BTreeSet;

    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use metrics_exporter_prometheus::PrometheusBuilder;
    use plenary_store::Store;
    use tower::ServiceExt as _;

    use super::permission::May;
    use super::*;
    use crate::app::{Building, Ways};
    use crate::events::Events;
    use crate::organisation::Organisation;
    use crate::turn::Turn;

    const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    async fn app() -> (tempfile::TempDir, App) {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let organisation = Organisation::open(store.clone()).await.unwrap();
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let live = live::Registry::default();
        let (events, turn) = (Events::default(), Turn::default());
        let starter = None;
        let (tls, ways) = (false, Ways::default());
        let built =
            Building { store, events, starter, live, metrics, turn, organisation, tls, ways };
        (data, App::new(built))
    }

    /// Whether a route takes a method, whoever asks.
    async fn takes(route: &Router, path: &str, method: &str) -> bool {
        let path = path.replace(['{', '}', '*'], "");
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let status = route.clone().oneshot(request).await.unwrap().status();
        status != StatusCode::METHOD_NOT_ALLOWED
    }

    /// Every method and address of the server, as its routes take them.
    async fn taken(app: &App) -> BTreeSet<(String, String)> {
        let (api, description) = api().split_for_parts();
        let api = api.with_state(app.clone());
        let described = description.paths.paths.keys().map(|path| (path.clone(), api.clone()));
        let plain = pages().into_iter().chain(whip::routes()).map(|(path, route)| {
            let route = Router::new().route(path, route).with_state(app.clone());
            (path.to_owned(), route)
        });
        let live = live::Service::new(app.live().clone(), live::Embedding::Nobody);
        let live = live::router(live);
        let live = live::PATHS.iter().map(|path| ((*path).to_owned(), live.clone()));
        let mut taken = BTreeSet::new();
        for (path, route) in described.chain(plain).chain(live) {
            for method in METHODS {
                if takes(&route, &path, method).await {
                    taken.insert((method.to_owned(), path.clone()));
                }
            }
        }
        taken
    }

    #[tokio::test]
    async fn the_table_of_permissions_has_a_row_for_every_route_and_no_other() {
        let (_data, app) = app().await;
        let rows = permission::ROUTES.iter();
        let rows: BTreeSet<_> =
            rows.map(|row| (row.method.to_owned(), row.path.to_owned())).collect();
        let taken = taken(&app).await;
        let without: Vec<_> = taken.difference(&rows).collect();
        assert!(without.is_empty(), "add rows to http/permission.rs for {without:?}");
        let gone: Vec<_> = rows.difference(&taken).collect();
        assert!(gone.is_empty(), "no route has these rows of http/permission.rs: {gone:?}");
    }

    #[tokio::test]
    async fn whoever_has_not_signed_in_is_refused_wherever_somebody_must_be_known() {
        let (_data, app) = app().await;
        let live = live::Service::new(app.live().clone(), live::Embedding::Nobody);
        let router = router(app, live);
        let open = [May::Everybody, May::Holder];
        let closed = permission::ROUTES.iter().filter(|row| !open.contains(&row.may[0]));
        for row in closed {
            let path = row.path.replace(['{', '}', '*'], "");
            let request = Request::builder().method(row.method).uri(path);
            let request = request.body(Body::empty()).unwrap();
            let status = router.clone().oneshot(request).await.unwrap().status();
            let refusals = [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND];
            assert!(refusals.contains(&status), "{} {}: {status}", row.method, row.path);
        }
    }

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
