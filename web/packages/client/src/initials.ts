/** The letters that stand for a person without a picture, as the programme's own cards have them. */

const EAST_ASIAN = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
const LETTER = /[\p{L}\p{N}]/u;

/** The last two characters of an East Asian name, else the first letters of the first and the last word. */
export function initials(name: string): string {
  const letters = [...name].filter((letter) => LETTER.test(letter));
  const other = letters.findIndex((letter) => !EAST_ASIAN.test(letter));
  if (letters.length === 0) return '?';
  if (other !== 0) return letters.slice(0, other < 0 ? letters.length : other).slice(-2).join('');
  const heads = name.split(/\s+/).flatMap((word) => [...word].find((letter) => LETTER.test(letter)) ?? []);
  const [head, last] = [heads[0], heads.length < 2 ? undefined : heads[heads.length - 1]];
  return [head, last].join('').toUpperCase();
}
