/** The texts of this page; a key missing in either language does not compile. */
import { locale } from '@plenary/ui/locale';

import en from '../locales/en.json';
import zh from '../locales/zh.json';

export const texts = locale({ zh, en });
