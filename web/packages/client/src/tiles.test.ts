/** Tiles fill their box. */
import { expect, test } from 'vitest';

import { tile } from './tiles';

const FRAME = { foot: 40, gap: 8, widthMin: 120 };
const WIDE = { width: 1000, height: 400 };

test('one tile is as high or as wide as the box', () => {
  expect(tile(1, WIDE, FRAME)).toEqual({ columns: 1, width: 640 });
  expect(tile(1, { width: 300, height: 900 }, FRAME)).toEqual({ columns: 1, width: 300 });
});

test('every count fits without scrolling while the tiles are not too small', () => {
  for (let count = 1; count <= 16; count += 1) {
    const { columns, width } = tile(count, WIDE, FRAME);
    const rows = Math.ceil(count / columns);
    expect(columns * width + (columns - 1) * FRAME.gap).toBeLessThanOrEqual(WIDE.width);
    expect(rows * ((width * 9) / 16 + FRAME.foot) + (rows - 1) * FRAME.gap).toBeLessThanOrEqual(WIDE.height);
  }
});

test('six tiles stand in two even rows, not five and one', () => {
  expect(tile(6, WIDE, FRAME).columns).toBe(3);
});

test('too many for the box keep a size at which a person is known, and scroll', () => {
  expect(tile(60, WIDE, FRAME)).toEqual({ columns: 7, width: 136 });
});

test('a box that is not laid out yet has a column', () => {
  expect(tile(3, { width: 0, height: 0 }, FRAME).columns).toBe(1);
});
