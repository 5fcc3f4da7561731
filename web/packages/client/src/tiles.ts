/** How many equal 16:9 tiles stand side by side, and how wide, so that all of them fill a box best. */

export type Box = { width: number; height: number };

/** What each tile has besides its picture: a foot below it, a gap to the next; all in CSS pixels. */
export type TileFrame = { foot: number; gap: number; widthMin: number };

export type Tiling = { columns: number; width: number };

/** The widest tiles that fit; of equally wide ones, those that leave the fewest holes. Below `widthMin` the box scrolls. */
export function tile(count: number, box: Box, frame: TileFrame): Tiling {
  let best: Tiling = { columns: 1, width: 0 };
  let holes = Infinity;
  for (let columns = 1; columns <= count; columns += 1) {
    const width = Math.floor(widest(count, columns, box, frame));
    const empty = Math.ceil(count / columns) * columns - count;
    if (best.width < width || (width === best.width && empty < holes)) {
      best = { columns, width };
      holes = empty;
    }
  }
  return best.width < frame.widthMin ? scrolling(box, frame) : best;
}

function widest(count: number, columns: number, { width, height }: Box, { foot, gap }: TileFrame): number {
  const rows = Math.ceil(count / columns);
  const across = (width - (columns - 1) * gap) / columns;
  const down = (((height - (rows - 1) * gap) / rows - foot) * 16) / 9;
  return Math.max(0, Math.min(across, down));
}

/** As many as stand side by side at the least width. */
function scrolling({ width }: Box, { gap, widthMin }: TileFrame): Tiling {
  const columns = Math.max(1, Math.floor((width + gap) / (widthMin + gap)));
  return { columns, width: Math.floor((width - (columns - 1) * gap) / columns) };
}
