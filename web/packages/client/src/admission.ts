/** Who may come, as a form holds it while somebody fills it in. */
import type { Admission, FoundUnit, OrganisedEvent } from '@plenary/api/types';

/** A unit that was chosen, with everything below it. */
export type InvitedUnit = { code: string; name: string; above: string[]; places: number | null };

export type AdmissionDraft = {
  who: Admission['who'];
  units: InvitedUnit[];
  /** Codes of people as they are typed, however they are separated. */
  people: string;
};

export const NOBODY_CHOSEN: AdmissionDraft = { who: 'everybody', units: [], people: '' };

export function draftOf({ admission, chosen }: OrganisedEvent): AdmissionDraft {
  if (admission.who !== 'chosen') return { ...NOBODY_CHOSEN, who: admission.who };
  const known = new Map(chosen.map(({ code, name, above }) => [code, { name, above }]));
  const units = admission.units.map(({ unit, places }) => ({
    code: unit,
    ...(known.get(unit) ?? { name: unit, above: [] }),
    places: places ?? null,
  }));
  return { who: 'chosen', units, people: admission.people.join(' ') };
}

/** The draft with one more unit, once. */
export function withUnit(draft: AdmissionDraft, { unit, above }: FoundUnit): AdmissionDraft {
  if (draft.units.some(({ code }) => code === unit.code)) return draft;
  const invited = { code: unit.code, name: unit.name, above, places: null };
  return { ...draft, units: [...draft.units, invited] };
}

export function withoutUnit(draft: AdmissionDraft, code: string): AdmissionDraft {
  return { ...draft, units: draft.units.filter((unit) => unit.code !== code) };
}

/** Whether it says anything: nobody could come to an event that chooses nobody. */
export function isComplete(draft: AdmissionDraft): boolean {
  return draft.who !== 'chosen' || draft.units.length > 0 || codesIn(draft.people).length > 0;
}

export function admissionOf({ who, units, people }: AdmissionDraft): Admission {
  switch (who) {
    case 'everybody':
    case 'members':
      return { who };
    case 'chosen':
      return {
        who,
        units: units.map(({ code, places }) => ({ unit: code, places })),
        people: codesIn(people),
      };
    default:
      return who satisfies never;
  }
}

/** The codes in a text, each once. */
export function codesIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;，；、]+/).filter(Boolean))];
}
