/** The part of the organisation's tree that a page knows, and the rows that it shows of it. */
import type { Unit } from '@plenary/api/types';

/** What is known of the units directly below one. */
export type Below = { at: 'unknown' } | { at: 'asking' } | { at: 'known'; codes: string[] };

/** What a tree asks of a unit, whatever else is told of it. */
export type Node = Pick<Unit, 'code' | 'name' | 'units'>;

export type Branch<U extends Node = Unit> = { unit: U; below: Below; unfolded: boolean };

export type Tree<U extends Node = Unit> = { tops: string[]; branches: ReadonlyMap<string, Branch<U>> };

export type TreeRow<U extends Node = Unit> = {
  unit: U;
  /** The top is 1. */
  level: number;
  /** Its place among its siblings, from 1. */
  place: number;
  siblings: number;
  state: 'leaf' | 'folded' | 'asking' | 'unfolded';
};

export const NO_TREE: Tree<never> = { tops: [], branches: new Map() };

/** What the server tells of one unit. */
export type Page<U extends Node> = { unit: U; above: U[]; below: U[] };

/** The tree with these units at the top; what was known below them stays. */
export function withTops<U extends Node>(tree: Tree<U>, tops: U[]): Tree<U> {
  const branches = put(tree.branches, tops);
  return { tops: tops.map(({ code }) => code), branches };
}

/** The tree with what the server told of one unit, those above it and those directly below. */
export function withPage<U extends Node>(tree: Tree<U>, { unit, above, below }: Page<U>): Tree<U> {
  const branches = put(tree.branches, [...above, unit, ...below]);
  const known: Below = { at: 'known', codes: below.map(({ code }) => code) };
  const unfolded = below.length > 0 && (branches.get(unit.code)?.unfolded ?? false);
  branches.set(unit.code, { unit, below: known, unfolded });
  return { tops: tree.tops, branches };
}

/** The tree with one unit unfolded, or waiting for what is below it. */
export function withUnfolded<U extends Node>(tree: Tree<U>, code: string): Tree<U> {
  return changed(tree, code, (branch) => ({
    ...branch,
    unfolded: true,
    below: branch.below.at === 'unknown' ? { at: 'asking' } : branch.below,
  }));
}

export function withFolded<U extends Node>(tree: Tree<U>, code: string): Tree<U> {
  return changed(tree, code, (branch) => ({ ...branch, unfolded: false }));
}

/** The tree after the server did not tell what is below a unit. */
export function withoutAnswer<U extends Node>(tree: Tree<U>, code: string): Tree<U> {
  return changed(tree, code, (branch) => ({ ...branch, unfolded: false, below: { at: 'unknown' } }));
}

/**
 * The rows from the top down, through every unit that is unfolded; siblings stand in the order of the
 * server unless another is asked for.
 */
export function rowsOf<U extends Node>(tree: Tree<U>, order?: (a: U, b: U) => number): TreeRow<U>[] {
  const rows: TreeRow<U>[] = [];
  const walk = (codes: string[], level: number) => {
    const found = codes.flatMap((code) => tree.branches.get(code) ?? []);
    if (order) found.sort((a, b) => order(a.unit, b.unit));
    found.forEach((branch, index) => {
      const state = stateOf(branch);
      rows.push({ unit: branch.unit, level, place: index + 1, siblings: codes.length, state });
      if (state === 'unfolded' && branch.below.at === 'known') walk(branch.below.codes, level + 1);
    });
  };
  walk(tree.tops, 1);
  return rows;
}

/** The rows from `first` up to but not with `end` are drawn. */
export type Window = { first: number; end: number };

/** Rows drawn beyond each edge, so that quick scrolling meets no blank. */
export const ROWS_BEYOND = 8;

/** Which rows of a list are in sight, with some beyond each edge. */
export function windowOf(count: number, top: number, height: number, rowHeight: number): Window {
  const seen = Math.floor(Math.max(0, top) / rowHeight);
  const first = Math.max(0, Math.min(seen, count) - ROWS_BEYOND);
  const end = Math.min(count, seen + Math.ceil(height / rowHeight) + 1 + ROWS_BEYOND);
  return { first, end: Math.max(first, end) };
}

/** Where a list has to be scrolled to so that a row is wholly in sight. */
export function scrolledTo(index: number, top: number, height: number, rowHeight: number): number {
  const above = index * rowHeight;
  if (above < top) return above;
  return Math.max(top, above + rowHeight - height);
}

function stateOf<U extends Node>({ unit, below, unfolded }: Branch<U>): TreeRow['state'] {
  const leaf = below.at === 'known' ? below.codes.length === 0 : unit.units === 0;
  if (leaf) return 'leaf';
  if (!unfolded) return 'folded';
  return below.at === 'known' ? 'unfolded' : 'asking';
}

function put<U extends Node>(branches: Tree<U>['branches'], units: U[]): Map<string, Branch<U>> {
  const next = new Map(branches);
  for (const unit of units) {
    const before = next.get(unit.code);
    next.set(unit.code, {
      unit,
      below: before?.below ?? { at: 'unknown' },
      unfolded: before?.unfolded ?? false,
    });
  }
  return next;
}

function changed<U extends Node>(
  tree: Tree<U>,
  code: string,
  change: (branch: Branch<U>) => Branch<U>,
): Tree<U> {
  const branch = tree.branches.get(code);
  if (!branch) return tree;
  return { tops: tree.tops, branches: new Map(tree.branches).set(code, change(branch)) };
}
