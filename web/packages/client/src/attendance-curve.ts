/** How many were there over time: what a chart and a table of it need. */

/** One number for each step of time. */
export type Curve = { from_ms: number; step_ms: number; here: number[] };

export type Point = { atMs: number; here: number };

/** A mark on an axis: where it stands, from 0 to 1, and what it marks. */
export type Mark = { at: number; value: number };

export type Chart = {
  /** The line, in a box of `width` × `height`. */
  line: string;
  /** The same closed along the ground. */
  area: string;
  across: Mark[];
  up: Mark[];
  most: Point;
};

const MINUTE_MS = 60_000;
/** Steps of a time axis that people count in. */
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440].map((n) => n * MINUTE_MS);
/** Most marks of the time axis: their words need room on a phone. */
const ACROSS_MAX = 5;
const UP_MARKS = 4;
/** Most rows of the table: more tell nobody more. */
const TABLE_ROWS_MAX = 60;

export function pointsOf({ from_ms, step_ms, here }: Curve): Point[] {
  return here.map((count, index) => ({ atMs: from_ms + index * step_ms, here: count }));
}

/** The chart in a box; `offsetMinutes` is how far the reader's clock is behind UTC. Null: no line yet. */
export function chartOf(
  curve: Curve,
  { width, height }: { width: number; height: number },
  offsetMinutes: number,
): Chart | null {
  const points = pointsOf(curve);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return null;
  const most = points.reduce((a, b) => (a.here < b.here ? b : a));
  const up = upTo(most.here);
  const top = up.at(-1)?.value ?? 1;
  const x = ({ atMs }: Point) => ((atMs - first.atMs) / (last.atMs - first.atMs)) * width;
  const y = ({ here }: Point) => height - (here / top) * height;
  const path = points.map((point) => `${round(x(point))} ${round(y(point))}`).join('L');
  const across = timesBetween(first.atMs, last.atMs, offsetMinutes);
  return {
    line: `M${path}`,
    area: `M0 ${height}L${path}L${width} ${height}Z`,
    across,
    up,
    most,
  };
}

/** Points for a table: every one, or as many evenly apart as can be read; the last is always there. */
export function tableOf(curve: Curve): Point[] {
  const points = pointsOf(curve);
  const every = Math.max(1, Math.ceil(points.length / TABLE_ROWS_MAX));
  const last = points.length - 1;
  return points.filter((_, index) => index % every === 0 || index === last);
}

/** Whole numbers from nothing to no less than the most, evenly apart. */
function upTo(most: number): Mark[] {
  const rough = Math.max(1, most) / UP_MARKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => rough <= n) ?? power);
  const whole = Math.ceil(step);
  const count = Math.max(1, Math.ceil(most / whole));
  return Array.from({ length: count + 1 }, (_, n) => ({ at: n / count, value: n * whole }));
}

/** Full hours, quarters or minutes of the reader's clock. */
function timesBetween(fromMs: number, toMs: number, offsetMinutes: number): Mark[] {
  const span = toMs - fromMs;
  const longest = STEPS_MS.at(-1) ?? span;
  const step = STEPS_MS.find((ms) => span / ms <= ACROSS_MAX) ?? Math.ceil(span / ACROSS_MAX / longest) * longest;
  const offset = offsetMinutes * MINUTE_MS;
  const first = Math.ceil((fromMs - offset) / step) * step + offset;
  const marks: Mark[] = [];
  for (let value = first; value <= toMs; value += step) {
    marks.push({ at: (value - fromMs) / span, value });
  }
  return marks;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
