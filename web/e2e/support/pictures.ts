/** Colours, and what a scene must look like at a few points of each tile. */

export type Colour = [number, number, number];

/** Largest difference per channel at which a decoded colour still counts as the one that was sent. */
const SAME_MAX = 45;

export function isColour(seen: Colour, sent: Colour): boolean {
  return seen.every((part, index) => Math.abs(part - (sent[index] ?? 0)) <= SAME_MAX);
}

/** A rectangle on the 1280 × 720 canvas. */
export interface Tile {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One place of a scene: a colour, or empty. */
export interface Expected {
  tile: Tile;
  colour: Colour | null;
}

/** Reads a colour of a picture at a point given as a share of width and height. */
export type Read = (x: number, y: number) => Colour;

/** Points of a tile that are looked at, as shares of it: above names, aside of the running square. */
const POINTS: [number, number][] = [
  [0.3, 0.3],
  [0.5, 0.45],
  [0.75, 0.3],
];

/** Whether the picture shows each colour in its tile, and none of `colours` in an empty one. */
export function shows(read: Read, places: Expected[], colours: Colour[]): boolean {
  return places.every(({ tile, colour }) =>
    POINTS.every(([right, down]) => {
      const seen = read((tile.x + right * tile.width) / 1280, (tile.y + down * tile.height) / 720);
      if (colour) return isColour(seen, colour);
      return !colours.some((one) => isColour(seen, one));
    }),
  );
}
