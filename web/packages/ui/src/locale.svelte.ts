/** Chooses the language of a page and gives its texts, with every key checked in every language. */

export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What each language calls itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { zh: '中文', en: 'English' };

const STORED_UNDER = 'plenary.language';

/** Both tables must have the same keys: a text that only one language has is a type error. */
type SameKeys<A, B> = [keyof A] extends [keyof B]
  ? [keyof B] extends [keyof A]
    ? unknown
    : { missing: Exclude<keyof B, keyof A> }
  : { missing: Exclude<keyof A, keyof B> };

/** The `?lang=` of the address wins, then the stored choice, then what the browser prefers. */
export function chooseLanguage(
  address: string,
  stored: string | null,
  preferred: readonly string[],
): Language {
  const wished = [new URLSearchParams(address).get('lang'), stored, ...preferred];
  for (const wish of wished) {
    const found = LANGUAGES.find((language) => wish?.toLowerCase().split('-')[0] === language);
    if (found) return found;
  }
  return 'en';
}

function storedChoice(): string | null {
  try {
    return localStorage.getItem(STORED_UNDER);
  } catch {
    return null; // Storage can be forbidden; the choice then lasts as long as the page.
  }
}

let current = $state<Language>('en');

function show(language: Language): void {
  current = language;
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** The texts of one page in the language that is chosen now; reactive in components. */
export class Locale<Key extends string> {
  readonly #tables: Record<Language, Record<Key, string>>;

  constructor(tables: Record<Language, Record<Key, string>>) {
    this.#tables = tables;
  }

  get language(): Language {
    return current;
  }

  /** Switches every text on the page and remembers the choice. */
  choose(language: Language): void {
    show(language);
    try {
      localStorage.setItem(STORED_UNDER, language);
    } catch {
      // As above: the choice lasts as long as the page.
    }
  }

  /** The text for `key`, with `{name}` replaced by `fields.name`. */
  t(key: Key, fields: Record<string, string | number> = {}): string {
    return this.#tables[current][key].replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(fields[name] ?? whole),
    );
  }
}

/** Makes the texts of a page from its two tables and sets the language of the document. */
export function locale<Zh extends Record<string, string>, En extends Record<string, string>>(
  tables: { zh: Zh; en: En } & SameKeys<Zh, En>,
): Locale<Extract<keyof Zh, string>> {
  show(chooseLanguage(location.search, storedChoice(), navigator.languages));
  return new Locale(tables as Record<Language, Record<Extract<keyof Zh, string>, string>>);
}
