/** What the server takes at most, so that forms let nobody type more. */
export const NAME_CHARS_MAX = 60;
export const UNIT_CHARS_MAX = 80;
export const CODE_CHARS_MAX = 64;
export const LOGIN_CHARS_MAX = 100;
export const EMAIL_CHARS_MAX = 254;
export const PHONE_CHARS_MAX = 32;
export const TITLE_CHARS_MAX = 120;
