import { apiOver } from '@plenary/api/client';
import { expect, test } from 'vitest';

import { askElsewhere, linkElsewhere, refusedOf } from './elsewhere';

test('a server that does not answer has no other way to sign in', async () => {
  const named = apiOver(() => Promise.resolve(Response.json({ elsewhere: 'Staff' })));
  expect(await askElsewhere(named)).toBe('Staff');
  const none = apiOver(() => Promise.resolve(Response.json({ elsewhere: null })));
  expect(await askElsewhere(none)).toBeNull();
  expect(await askElsewhere(apiOver(() => Promise.reject(new TypeError('gone'))))).toBeNull();
});

test('an event is named in the link, and only codes are read behind the hash', () => {
  expect(linkElsewhere(null)).toBe('/api/oidc/start?for=org');
  expect(linkElsewhere('a&b')).toBe('/api/oidc/start?for=event%3Aa%26b');
  expect(refusedOf('#refused=person_not_known')).toBe('person_not_known');
  for (const none of ['', '#pass=a', '#refused=', '#refused=<b>', '#refused=a%20b']) {
    expect(refusedOf(none)).toBeNull();
  }
});
