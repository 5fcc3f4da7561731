import { expect, test } from 'vitest';

import { chartOf, type Curve, tableOf } from './attendance-curve';

const MINUTE_MS = 60_000;
const NINE = Date.parse('2026-11-23T09:00:00Z');
const BOX = { width: 300, height: 100 };

function curve(here: number[], from_ms = NINE): Curve {
  return { from_ms, step_ms: MINUTE_MS, here };
}

test('the line goes from the first point to the last, and the most is named', () => {
  const chart = chartOf(curve([0, 5, 10, 4]), BOX, 0);
  expect(chart?.line).toBe('M0 100L100 58.3L200 16.7L300 66.7');
  expect(chart?.area).toBe('M0 100L0 100L100 58.3L200 16.7L300 66.7L300 100Z');
  expect(chart?.most).toEqual({ atMs: NINE + 2 * MINUTE_MS, here: 10 });
  expect(chartOf(curve([7]), BOX, 0)).toBeNull();
  expect(chartOf(curve([]), BOX, 0)).toBeNull();
});

test('the marks of both axes are numbers and times that people count in', () => {
  const values = (most: number) => chartOf(curve([0, most]), BOX, 0)?.up.map(({ value }) => value);
  expect(values(0)).toEqual([0, 1]);
  expect(values(3)).toEqual([0, 1, 2, 3]);
  expect(values(190)).toEqual([0, 50, 100, 150, 200]);
  expect(values(284_000)).toEqual([0, 100_000, 200_000, 300_000]);
  for (let most = 1; most < 5_000; most = Math.ceil(most * 1.3)) {
    const marks = values(most) ?? [];
    expect(marks.length, String(most)).toBeLessThanOrEqual(6);
    expect(most).toBeLessThanOrEqual(marks.at(-1) ?? 0);
  }
});

test('times are full quarters and hours of the reader, wherever they are', () => {
  const times = (minutes: number, offset: number) => {
    const here = Array.from({ length: minutes + 1 }, () => 1);
    const chart = chartOf(curve(here, NINE + 7 * MINUTE_MS), BOX, offset);
    return chart?.across.map(({ value }) => new Date(value - offset * MINUTE_MS).toISOString().slice(11, 16));
  };
  expect(times(60, 0)).toEqual(['09:15', '09:30', '09:45', '10:00']);
  expect(times(150, -480)).toEqual(['17:30', '18:00', '18:30', '19:00', '19:30']);
  // India is half an hour off the full hours of others.
  expect(times(300, -330)).toEqual(['15:00', '16:00', '17:00', '18:00', '19:00']);
  expect(times(3 * 1_440, 0)).toHaveLength(3);
});

test('a table of a long event has as many rows as can be read, and the last', () => {
  expect(tableOf(curve([1, 2, 3]))).toHaveLength(3);
  const long = tableOf(curve(Array.from({ length: 400 }, (_, n) => n)));
  expect(long.length).toBeLessThanOrEqual(61);
  expect(long.at(-1)?.here).toBe(399);
});
