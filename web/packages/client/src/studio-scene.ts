/** Changes of a scene that a director makes, as plain functions from scene to scene. */
import type { Source } from '@plenary/api/socket';
import type { Layout, LayoutTiles, LowerThird, Scene } from '@plenary/api/types';

/** The scene in another layout: sources keep their order, places that are gone drop theirs. */
export function withLayout(scene: Scene, tiles: LayoutTiles): Scene {
  const places = tiles.tiles.map((_, index) => scene.places[index] ?? null);
  return { ...scene, layout: tiles.layout, places };
}

/** The scene with a source in a place; a source that stood elsewhere changes places with it. */
export function withSource(scene: Scene, place: number, source: string | null): Scene {
  const places = [...scene.places];
  const before = source === null ? -1 : places.indexOf(source);
  if (before >= 0 && before !== place) places[before] = places[place] ?? null;
  places[place] = source;
  return { ...scene, places };
}

/** The place that a source goes to when the director only names the source. */
export function nextPlace(places: number, chosen: number): number {
  return places === 0 ? 0 : (chosen + 1) % places;
}

/** A lower third for whoever stands in front, when the director has typed none. */
export function introduce(scene: Scene, sources: readonly Source[]): LowerThird | null {
  const first = scene.places.find((place) => place !== null);
  const card = sources.find((source) => source.id === first)?.card;
  if (!card) return null;
  return { name: card.name, detail: [card.unit, card.title].filter((text) => text).join(' · ') };
}

/** The layout at a position of the layout row. */
export function layoutAt(layouts: readonly LayoutTiles[], index: number): LayoutTiles | null {
  return layouts[index] ?? null;
}

export function tilesOf(layouts: readonly LayoutTiles[], layout: Layout): LayoutTiles['tiles'] {
  return layouts.find((each) => each.layout === layout)?.tiles ?? [];
}
