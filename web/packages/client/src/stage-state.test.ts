/** A speaker's way from the device check to the stage and away again. */
import { expect, test } from 'vitest';

import { after, tallyOf, type StageState, type StageStep } from './stage-state';

const START: StageState = { at: 'check' };

/** The states and tallies that a list of steps goes through. */
function walk(...steps: StageStep[]): string[] {
  let state = START;
  return steps.map((step) => {
    state = after(state, step);
    const where = state.at === 'gone' ? `gone ${state.why}` : state.at;
    return `${where} (${tallyOf(state)})`;
  });
}

test('somebody at the device check is never shown as on air', () => {
  expect(walk({ step: 'tally', tally: 'on_air' })).toEqual(['check (off)']);
});

test('the tally moves between backstage and on air', () => {
  expect(
    walk(
      { step: 'enter' },
      { step: 'tally', tally: 'next' },
      { step: 'tally', tally: 'on_air' },
      { step: 'enter' },
      { step: 'tally', tally: 'off' },
    ),
  ).toEqual(['backstage (off)', 'backstage (next)', 'on_air (on_air)', 'on_air (on_air)', 'backstage (off)']);
});

test('whoever is gone stays gone, for the first reason', () => {
  expect(
    walk(
      { step: 'enter' },
      { step: 'end', why: 'elsewhere' },
      { step: 'end', why: 'left' },
      { step: 'tally', tally: 'on_air' },
    ),
  ).toEqual(['backstage (off)', 'gone elsewhere (off)', 'gone elsewhere (off)', 'gone elsewhere (off)']);
});
