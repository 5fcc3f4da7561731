/** What somebody may do in the organisation, between the words of the server and what a form shows. */

export type PersonRole = { role: 'administrator' } | { role: 'steward'; unit: string };

const STEWARD = 'steward:';

/** What the server tells; words that are new to this page are left out. */
export function rolesOf(words: readonly string[]): PersonRole[] {
  return words.flatMap((word): PersonRole[] => {
    if (word === 'administrator') return [{ role: 'administrator' }];
    return word.startsWith(STEWARD) ? [{ role: 'steward', unit: word.slice(STEWARD.length) }] : [];
  });
}

export function wordOf(role: PersonRole): string {
  switch (role.role) {
    case 'administrator':
      return role.role;
    case 'steward':
      return STEWARD + role.unit;
    default:
      return role satisfies never;
  }
}
