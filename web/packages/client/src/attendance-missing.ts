/** The list of those who are missing, as text to send to people. */

export type MissingPerson = {
  code: string;
  name: string;
  unit: string;
  unit_name: string;
  email: string | null;
  phone: string | null;
};

/** At most some thousands of people; `total` says how many there are. */
export type Missing = { total: number; people: MissingPerson[] };

export type MissingUnit = { unit: string; name: string; people: MissingPerson[] };

/** The people by unit, units in the order in which they come. */
export function byUnit(people: readonly MissingPerson[]): MissingUnit[] {
  const units = new Map<string, MissingUnit>();
  for (const person of people) {
    const { unit, unit_name: name } = person;
    const known = units.get(unit);
    if (known) known.people.push(person);
    else units.set(unit, { unit, name, people: [person] });
  }
  return [...units.values()];
}

/** Names by unit, one unit a line, under a heading. */
export function textOf(heading: string, people: readonly MissingPerson[], between: string): string {
  const lines = byUnit(people).map(
    ({ name, people }) => `${name} (${people.length}): ${people.map((one) => one.name).join(between)}`,
  );
  return [heading, '', ...lines].join('\n');
}

/** Each address once, as the line of receivers of a letter takes them. */
export function addressesOf(people: readonly MissingPerson[]): string[] {
  const found = people.flatMap(({ email }) => (email === null || email === '' ? [] : [email]));
  return [...new Set(found)];
}
