/** The director's keys. */
import { expect, test } from 'vitest';

import { NO_KEYS, press, type Press } from './studio-keys';

type Given = Partial<Press> & { at?: number; locked?: boolean };

/** What a series of presses does; `-` is nothing. */
function typed(...presses: (string | [string, Given])[]): string[] {
  let state = NO_KEYS;
  return presses.map((each, index) => {
    const [key, given] = typeof each === 'string' ? [each, {}] : each;
    const event: Press = {
      key,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      shiftKey: false,
      repeat: false,
      isComposing: false,
      taken: false,
      ...given,
    };
    const pressed = press(state, event, given.at ?? index * 100, given.locked ?? false);
    state = pressed.state;
    return pressed.command === null ? '-' : Object.values(pressed.command).join(' ');
  });
}

test('each key has its command', () => {
  expect(typed('1', '9', '0', ' ', 'Enter', 'c', 'F', 'q', 'y', 'x', 'l', '?', 'ArrowRight')).toEqual([
    'source 0',
    'source 8',
    'source 9',
    'take',
    'take',
    'transition cut',
    'transition fade',
    'layout 0',
    'layout 5',
    'swap',
    'lower_third',
    'key_map',
    'place 1',
  ]);
  expect(typed('z', 'g', 'Shift')).toEqual(['-', '-', '-']);
});

test('M takes the next digit for itself, once and not for long', () => {
  expect(typed('m', '3', '3', 'm', '0')).toEqual(['-', 'mute 2', 'source 2', '-', 'mute 9']);
  expect(typed(['m', { at: 0 }], ['3', { at: 2500 }])).toEqual(['-', 'source 2']);
});

test('the slate needs Esc twice within a second', () => {
  expect(typed('Escape', 'Escape', 'Escape')).toEqual(['-', 'slate', '-']);
  expect(typed(['Escape', { at: 0 }], ['Escape', { at: 1200 }], ['Escape', { at: 1900 }])).toEqual([
    '-',
    '-',
    'slate',
  ]);
});

test('a held key does not take again and again', () => {
  expect(typed(' ', [' ', { repeat: true }], ['Escape', {}], ['Escape', { repeat: true }])).toEqual([
    'take',
    '-',
    '-',
    '-',
  ]);
});

test('undo is Ctrl+Z or ⌘Z, other shortcuts of the browser stay with the browser', () => {
  expect(
    typed(['z', { ctrlKey: true }], ['z', { metaKey: true }], ['c', { ctrlKey: true }], ['1', { altKey: true }]),
  ).toEqual(['undo', 'undo', '-', '-']);
});

test('keys are dead in text fields, under an input method and when locked', () => {
  expect(typed([' ', { taken: true }], ['1', { isComposing: true }], [' ', { locked: true }])).toEqual([
    '-',
    '-',
    '-',
  ]);
  expect(typed(['?', { locked: true }])).toEqual(['key_map']);
});
