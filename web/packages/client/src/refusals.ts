/** Which sentence of a page says why something was refused. */
import type { Problem } from '@plenary/api/types';

/** The codes that the console has a sentence of its own for. */
const KNOWN = [
  'offline',
  'internal',
  'stopping',
  'not_signed_in',
  'not_allowed',
  'sign_in_wrong',
  'sign_in_too_often',
  'sign_in_crowded',
  'setup_over',
  'login_bad',
  'login_taken',
  'name_bad',
  'kind_bad',
  'password_bad',
  'person_not_known',
  'account_disabled',
  'sign_in_unreachable',
  'sign_in_not_proven',
  'last_administrator',
  'too_many_roles',
  'account_unknown',
  'unit_unknown',
  'unknown_unit',
  'person_unknown',
  'code_taken',
  'unit_under_itself',
  'tree_too_deep',
  'too_many_units',
  'organisation_changed',
  'missing',
  'bad_code',
  'bad_text',
  'bad_email',
  'bad_phone',
  'unknown_role',
  'body_late',
  'slug_bad',
  'slug_taken',
  'title_bad',
  'speaker_bad',
  'too_many_speakers',
  'too_many_chosen',
  'invited_unknown',
  'event_unknown',
  'event_closed',
  'acts_bad',
  'act_began',
  'act_unknown',
  'not_on_air',
  'imports_crowded',
  'import_unknown',
  'bad_cells',
  'file_too_large',
  'no_file',
  'encoding',
  'old_workbook',
  'protected',
  'damaged',
  'unpacks',
  'table_empty',
  'table_too_wide',
  'row_too_long',
  'table_too_large',
  'table_too_long',
  'table_memory',
  'table_time',
  'duplicate',
  'circle',
  'too_deep',
  'too_many',
  'bad_number',
  'retention_bad',
] as const;

export type RefusalKey = `refused_${(typeof KNOWN)[number]}` | 'refused_other';

export type Refusal = { key: RefusalKey; fields: Record<string, string | number> };

/** The key of the sentence, and what is filled in. A code that is new gives the server's own words. */
export function refusal({ code, detail, names }: Problem): Refusal {
  const known = KNOWN.find((one) => one === code);
  const seconds = Number(/(\d+) s\b/.exec(detail)?.[1] ?? 0);
  return { key: known ? `refused_${known}` : 'refused_other', fields: { ...names, detail, seconds } };
}
