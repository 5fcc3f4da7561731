/** The letters in place of a picture. */
import { expect, test } from 'vitest';

import { initials } from './initials';

test('people are shortened as they are where they live', () => {
  const names = ['林晓禾', '李', 'Marta Ruiz', 'mara', 'Ana Maria de la Cruz', '김민준', 'محمد علي', '林晓禾 Lin'];
  expect(names.map(initials)).toEqual(['晓禾', '李', 'MR', 'M', 'AC', '민준', 'مع', '晓禾']);
});

test('signs and pictures in a name are passed over', () => {
  expect(['🎉 Zoë (Berlin)', '“Q”', '👩‍👩‍👧', '', '𠮷野家'].map(initials)).toEqual(['ZB', 'Q', '?', '?', '野家']);
});
