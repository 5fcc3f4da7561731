/** The director's keys: which command a key press is, with the two-step keys (M then a digit, Esc twice) held as state. */

export type StudioCommand =
  | { do: 'source'; index: number }
  | { do: 'take' }
  | { do: 'transition'; kind: 'cut' | 'fade' }
  | { do: 'layout'; index: number }
  | { do: 'swap' }
  | { do: 'lower_third' }
  | { do: 'mute'; index: number }
  | { do: 'slate' }
  | { do: 'undo' }
  | { do: 'key_map' }
  | { do: 'place'; step: 1 | -1 }
  | { do: 'clear' };

/** `muteUntilMs`: a digit pressed before then mutes; `escapedAtMs`: when Esc was pressed first. */
export type KeyState = { muteUntilMs: number; escapedAtMs: number };

export const NO_KEYS: KeyState = { muteUntilMs: -Infinity, escapedAtMs: -Infinity };

/** How long M waits for its digit. */
const MUTE_WAIT_MS = 2_000;
/** Two presses of Esc within this long are the emergency slate. */
const ESCAPE_TWICE_MS = 1_000;

/** The keys of the first ten sources, as they lie on the keyboard. */
export const SOURCE_KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'];
/** The keys of the layouts, in their order. */
export const LAYOUT_KEYS = ['q', 'w', 'e', 'r', 't', 'y'];

/** The parts of a keyboard event that decide. */
export type Press = {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  repeat: boolean;
  isComposing: boolean;
  /** The focus is in a text field or on a control that needs this key itself. */
  taken: boolean;
};

export type Pressed = { state: KeyState; command: StudioCommand | null };

/** What a press means; `locked` stops every key but the key map. */
export function press(state: KeyState, event: Press, nowMs: number, locked: boolean): Pressed {
  const nothing = { state, command: null };
  if (event.isComposing || event.taken || event.altKey) return nothing;
  const key = event.key.toLowerCase();
  if (key === '?') return { state, command: { do: 'key_map' } };
  if (locked || event.repeat) return nothing;
  if (event.ctrlKey || event.metaKey) {
    return key === 'z' && !event.shiftKey ? { state, command: { do: 'undo' } } : nothing;
  }
  if (key === 'escape') return escape(state, nowMs);
  if (key === 'm') return { state: { ...state, muteUntilMs: nowMs + MUTE_WAIT_MS }, command: null };
  if (/^[0-9]$/.test(key)) return digit(state, SOURCE_KEYS.indexOf(key), nowMs);
  return { state, command: plain(key) };
}

function escape(state: KeyState, nowMs: number): Pressed {
  if (nowMs - state.escapedAtMs <= ESCAPE_TWICE_MS) {
    return { state: { ...state, escapedAtMs: -Infinity }, command: { do: 'slate' } };
  }
  return { state: { ...state, escapedAtMs: nowMs }, command: null };
}

function digit(state: KeyState, index: number, nowMs: number): Pressed {
  if (nowMs <= state.muteUntilMs) {
    return { state: { ...state, muteUntilMs: -Infinity }, command: { do: 'mute', index } };
  }
  return { state, command: { do: 'source', index } };
}

function plain(key: string): StudioCommand | null {
  const layout = LAYOUT_KEYS.indexOf(key);
  if (layout >= 0) return { do: 'layout', index: layout };
  switch (key) {
    case ' ':
    case 'enter':
      return { do: 'take' };
    case 'c':
      return { do: 'transition', kind: 'cut' };
    case 'f':
      return { do: 'transition', kind: 'fade' };
    case 'x':
      return { do: 'swap' };
    case 'l':
      return { do: 'lower_third' };
    case 'arrowright':
      return { do: 'place', step: 1 };
    case 'arrowleft':
      return { do: 'place', step: -1 };
    case 'delete':
    case 'backspace':
      return { do: 'clear' };
    default:
      return null;
  }
}

/** Whether the focused element needs the key for itself: typing, or pressing the focused control. */
export function takenByFocus(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('input:not([type=checkbox], [type=radio]), textarea, [contenteditable]')) {
    return true;
  }
  if (target.closest('select, dialog, input')) return key !== 'Escape' && key !== '?';
  return (key === ' ' || key === 'Enter') && target.closest('button, a, summary') !== null;
}
