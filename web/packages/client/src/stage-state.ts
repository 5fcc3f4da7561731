/** Where a speaker is: at the device check, backstage, on air or gone; and how each step leads to the next. */
import type { Tally } from '@plenary/api/socket';

import type { EndedWhy } from './socket';

export type StageState =
  | { at: 'check' }
  | { at: 'backstage'; tally: 'off' | 'next' }
  | { at: 'on_air' }
  | { at: 'gone'; why: EndedWhy };

export type StageStep =
  | { step: 'enter' }
  | { step: 'tally'; tally: Tally }
  | { step: 'end'; why: EndedWhy };

/** The state after a step; a step that means nothing there changes nothing. */
export function after(state: StageState, step: StageStep): StageState {
  if (state.at === 'gone') return state;
  switch (step.step) {
    case 'enter':
      return state.at === 'check' ? { at: 'backstage', tally: 'off' } : state;
    case 'tally':
      if (state.at === 'check') return state;
      return step.tally === 'on_air' ? { at: 'on_air' } : { at: 'backstage', tally: step.tally };
    case 'end':
      return { at: 'gone', why: step.why };
    default:
      return step satisfies never;
  }
}

/** The tally that the whole page shows. */
export function tallyOf(state: StageState): Tally {
  switch (state.at) {
    case 'check':
    case 'gone':
      return 'off';
    case 'backstage':
      return state.tally;
    case 'on_air':
      return 'on_air';
    default:
      return state satisfies never;
  }
}

export type StageCommand = 'microphone' | 'camera' | 'screen' | 'hand';

/** The command of a key backstage; dead in text fields, under an IME and with modifiers. */
export function stageKey(event: KeyboardEvent): StageCommand | null {
  if (event.isComposing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target;
  if (target instanceof Element && target.closest('input, select, textarea, [contenteditable]')) {
    return null;
  }
  switch (event.key.toLowerCase()) {
    case 'm':
      return 'microphone';
    case 'v':
      return 'camera';
    case 's':
      return 'screen';
    case 'h':
      return 'hand';
    default:
      return null;
  }
}
