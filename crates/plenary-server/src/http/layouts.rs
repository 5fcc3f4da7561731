//! The layouts, as the browser's preview needs them.

use axum::Json;
use plenary_model::scene::{Layout, Tile};
use serde::Serialize;
use utoipa::ToSchema;

/// One layout with the rectangles of its places on a 1280 × 720 canvas, back to front.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LayoutTiles {
    /// Which layout.
    pub layout: Layout,
    /// One rectangle per place.
    pub tiles: Vec<Tile>,
}

/// Every layout in the order of the director's keys.
pub fn all() -> Vec<LayoutTiles> {
    Layout::ALL
        .into_iter()
        .map(|layout| LayoutTiles { layout, tiles: layout.tiles().to_vec() })
        .collect()
}

/// Lists the layouts.
#[utoipa::path(get, tag = "show", path = "/api/layouts", responses((status = 200, body = Vec<LayoutTiles>)))]
pub async fn list_layouts() -> Json<Vec<LayoutTiles>> {
    Json(all())
}
