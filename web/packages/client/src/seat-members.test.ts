import type { Problem, Seat } from '@plenary/api/types';
import { expect, test } from 'vitest';

import { Notices } from './notices';
import { SeatMembers } from './seat-members';

const UNKNOWN: Problem = { status: 422, code: 'person_unknown', detail: 'Nobody has the code x.' };

/** A server with one seat that remembers what it was told. */
function opened() {
  const seat: Seat = { seat: 'seat_1', card: { name: '李', unit: '', title: '' }, member: null };
  const told: (string | null)[] = [];
  const requests = {
    seats: async () => ({ ok: [{ ...seat }] }),
    seatMember: async (_event: string, _seat: string, code: string | null) => {
      told.push(code);
      if (code === 'x') return UNKNOWN;
      seat.member = code === null ? null : { code, name: `Name ${code}` };
      return null;
    },
  };
  const notices = new Notices(() => undefined, { setTimeout: () => 0, clearTimeout: () => undefined });
  return { told, notices, desk: new SeatMembers(requests, notices, 'evt_1', () => undefined) };
}

const shown = ({ view }: SeatMembers): Seat => {
  if (view.at !== 'shown' || view.seats[0] === undefined) throw new Error(view.at);
  return view.seats[0];
};

test('a member is put on a seat, taken off by nothing typed, and put back by undo', async () => {
  const { told, notices, desk } = opened();
  await desk.load();
  expect(await desk.say(shown(desk), '  100234 ')).toBeNull();
  expect(shown(desk).member).toEqual({ code: '100234', name: 'Name 100234' });
  expect(await desk.say(shown(desk), '100234')).toBeNull();
  expect(await desk.say(shown(desk), ' ')).toBeNull();
  expect(shown(desk).member).toBeNull();
  await notices.undo();
  expect(shown(desk).member?.code).toBe('100234');
  expect(told).toEqual(['100234', null, '100234']);
});

test('a code that nobody has is refused, and the seat stays as it was', async () => {
  const { notices, desk } = opened();
  await desk.load();
  expect(await desk.say(shown(desk), 'x')).toEqual(UNKNOWN);
  expect(shown(desk).member).toBeNull();
  expect(notices.notice).toEqual({ kind: 'none' });
});
