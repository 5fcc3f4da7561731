/** The keys of the watch page. */

export type Action = 'play' | 'sound' | 'full' | 'back' | 'forward' | 'live';

const ACTIONS: Record<string, Action> = {
  k: 'play',
  ' ': 'play',
  m: 'sound',
  f: 'full',
  j: 'back',
  arrowleft: 'back',
  arrowright: 'forward',
  l: 'live',
};

/** The action of a key, unless it is meant for a text field, a control in focus or an input method. */
export function actionOf(event: KeyboardEvent): Action | null {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input[type="range"]') && event.key.startsWith('Arrow')) return null;
  if (target?.closest('input:not([type="range"]), textarea, select')) return null;
  if (event.key === ' ' && target?.closest('button, a, summary')) return null;
  return ACTIONS[event.key.toLowerCase()] ?? null;
}
