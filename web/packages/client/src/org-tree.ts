/** The part of the organisation's tree that a page knows, and the rows that it shows of it. */
import type { Unit, UnitPage } from '@plenary/api/types';

/** What is known of the units directly below one. */
export type Below = { at: 'unknown' } | { at: 'asking' } | { at: 'known'; codes: string[] };

export type Branch = { unit: Unit; below: Below; unfolded: boolean };

export type Tree = { tops: string[]; branches: ReadonlyMap<string, Branch> };

export type TreeRow = {
  unit: Unit;
  /** The top is 1. */
  level: number;
  /** Its place among its siblings, from 1. */
  place: number;
  siblings: number;
  state: 'leaf' | 'folded' | 'asking' | 'unfolded';
};

export const NO_TREE: Tree = { tops: [], branches: new Map() };

/** The tree with these units at the top; what was known below them stays. */
export function withTops(tree: Tree, tops: Unit[]): Tree {
  const branches = put(tree.branches, tops);
  return { tops: tops.map(({ code }) => code), branches };
}

/** The tree with what the server told of one unit, those above it and those directly below. */
export function withPage(tree: Tree, { unit, above, below }: UnitPage): Tree {
  const branches = put(tree.branches, [...above, unit, ...below]);
  const known: Below = { at: 'known', codes: below.map(({ code }) => code) };
  const unfolded = below.length > 0 && (branches.get(unit.code)?.unfolded ?? false);
  branches.set(unit.code, { unit, below: known, unfolded });
  return { tops: tree.tops, branches };
}

/** The tree with one unit unfolded, or waiting for what is below it. */
export function withUnfolded(tree: Tree, code: string): Tree {
  return changed(tree, code, (branch) => ({
    ...branch,
    unfolded: true,
    below: branch.below.at === 'unknown' ? { at: 'asking' } : branch.below,
  }));
}

export function withFolded(tree: Tree, code: string): Tree {
  return changed(tree, code, (branch) => ({ ...branch, unfolded: false }));
}

/** The tree after the server did not tell what is below a unit. */
export function withoutAnswer(tree: Tree, code: string): Tree {
  return changed(tree, code, (branch) => ({ ...branch, unfolded: false, below: { at: 'unknown' } }));
}

/** The rows from the top down, through every unit that is unfolded. */
export function rowsOf(tree: Tree): TreeRow[] {
  const rows: TreeRow[] = [];
  const walk = (codes: string[], level: number) => {
    codes.forEach((code, index) => {
      const branch = tree.branches.get(code);
      if (!branch) return;
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

function stateOf({ unit, below, unfolded }: Branch): TreeRow['state'] {
  const leaf = below.at === 'known' ? below.codes.length === 0 : unit.units === 0;
  if (leaf) return 'leaf';
  if (!unfolded) return 'folded';
  return below.at === 'known' ? 'unfolded' : 'asking';
}

function put(branches: Tree['branches'], units: Unit[]): Map<string, Branch> {
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

function changed(tree: Tree, code: string, change: (branch: Branch) => Branch): Tree {
  const branch = tree.branches.get(code);
  if (!branch) return tree;
  return { tops: tree.tops, branches: new Map(tree.branches).set(code, change(branch)) };
}
