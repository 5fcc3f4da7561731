/** The call offers one thing at a time, grows its slots and starts over when the connection fails. */
import { expect, test } from 'vitest';

import { Call } from './rtc';
import { QualityMeter } from './rtc-stats';
import { videoCodecs } from './rtc-tracks';
import type { Offer } from './socket-messages';
import { callWorld, FakeTimers, settle } from './test-world';

function rig(kinds: ConstructorParameters<typeof Call>[0]) {
  const timers = new FakeTimers();
  const { world, peers } = callWorld(timers);
  const offers: Offer[] = [];
  let unanswered = 0;
  const events = {
    offer: (offer: Offer) => void offers.push(offer),
    changed: () => undefined,
    unanswered: () => void (unanswered += 1),
  };
  const call = new Call(kinds, events, world);
  return {
    call,
    peers,
    offers,
    timers: timers.waiting,
    ring: timers.ring,
    unanswered: () => unanswered,
  };
}

test('the first offer of a connection is fresh and names each line', async () => {
  const { call, offers } = rig(['camera_audio', 'camera_video', 'programme_video']);
  call.start({});
  await settle();
  expect(offers).toEqual([
    {
      type: 'offer',
      sdp: 'offer of 3 lines',
      fresh: true,
      tracks: [
        { mid: '0', kind: 'camera_audio' },
        { mid: '1', kind: 'camera_video' },
        { mid: '2', kind: 'programme_video' },
      ],
    },
  ]);
});

test('changes while an offer is out become one more offer after its answer', async () => {
  const { call, offers } = rig(['programme_video']);
  call.start({});
  await settle();
  call.slots(1, 1);
  call.slots(2, 3);
  await settle();
  expect(offers).toHaveLength(1);
  await call.answer('first');
  await settle();
  expect(offers).toHaveLength(2);
  expect(offers[1]).not.toHaveProperty('fresh');
  expect(offers[1]?.tracks.map((track) => track.kind).sort()).toEqual([
    'audio',
    'audio',
    'audio',
    'programme_video',
    'video',
    'video',
  ]);
  await call.answer('second');
  await settle();
  call.slots(1, 1);
  await settle();
  expect(offers).toHaveLength(2);
});

test('a camera is swapped without an offer, a screen comes and goes with one', async () => {
  const { call, offers, peers } = rig(['camera_video']);
  call.start({});
  await settle();
  await call.answer('first');
  call.send('camera_video', { id: 'camera' } as MediaStreamTrack);
  call.send('screen_video', null);
  await settle();
  expect(offers).toHaveLength(1);
  expect(peers[0]?.transceivers[0]?.sender.track).toEqual({ id: 'camera' });

  call.send('screen_video', { id: 'screen' } as MediaStreamTrack);
  await settle();
  expect(offers[1]?.tracks).toContainEqual({ mid: '1', kind: 'screen_video' });
  await call.answer('second');
  call.send('screen_video', null);
  await settle();
  expect(offers[2]?.tracks).toEqual([{ mid: '0', kind: 'camera_video' }]);
  await call.answer('third');
  call.send('screen_video', { id: 'another screen' } as MediaStreamTrack);
  await settle();
  expect(offers[3]?.sdp).toBe('offer of 2 lines');
});

test('a slot that changes its source moves its track to that source', async () => {
  const { call } = rig([]);
  call.start({});
  call.slots(2, 0);
  await settle();
  await call.answer('yes');
  await settle();
  await call.answer('again');
  call.map([
    { mid: '0', source: 'cam_a' },
    { mid: '1', source: 'cam_b' },
  ], []);
  const a = call.sources.get('cam_a');
  expect(a?.getTracks().map((track) => track.id)).toEqual(['received-0']);
  call.map([
    { mid: '0', source: null },
    { mid: '1', source: 'cam_a' },
  ], []);
  expect([...call.sources.keys()]).toEqual(['cam_a']);
  expect(call.sources.get('cam_a')).toBe(a);
  expect(a?.getTracks().map((track) => track.id)).toEqual(['received-1']);
});

test('a failed connection starts over, later and later, with what was being sent', async () => {
  const { call, offers, peers, ring } = rig(['camera_video']);
  call.start({});
  call.send('camera_video', { id: 'camera' } as MediaStreamTrack);
  await settle();
  peers[0]?.become('failed');
  expect(peers[0]?.closed).toBe(true);
  expect(ring()).toBe(500);
  await settle();
  expect(offers[1]?.fresh).toBe(true);
  expect(peers[1]?.transceivers[0]?.sender.track).toEqual({ id: 'camera' });
  peers[1]?.become('failed');
  expect(ring()).toBe(1000);
  await settle();
  await call.answer('yes');
  peers[2]?.become('connected');
  peers[2]?.become('failed');
  expect(ring()).toBe(500);
});

test('a silent connection is given a while, and goes on if it recovers', async () => {
  const { call, peers, timers } = rig(['camera_video']);
  call.start({});
  await settle();
  await call.answer('yes');
  peers[0]?.become('disconnected');
  expect(call.current).toEqual({ at: 'silent' });
  expect(timers.size).toBe(1);
  peers[0]?.become('connected');
  expect(call.current).toEqual({ at: 'connected' });
  expect(timers.size).toBe(0);
});

test('a connection that stays on the way starts over', async () => {
  const { call, offers, peers, ring, timers } = rig(['camera_video']);
  call.start({});
  await settle();
  await call.answer('yes');
  peers[0]?.become('connecting');
  call.slots(1, 0);
  await settle();
  await call.answer('again');
  expect(timers.size).toBe(1);
  expect(ring()).toBe(15_000);
  expect(peers[0]?.closed).toBe(true);
  ring();
  await settle();
  expect(offers.at(-1)?.fresh).toBe(true);
});

test('an offer without an answer says that the socket is dead', async () => {
  const { call, ring, unanswered } = rig(['camera_video']);
  call.start({});
  await settle();
  expect(ring()).toBe(8000);
  expect(unanswered()).toBe(1);
});

test('a wish for another codec is one more offer on the same connection', async () => {
  const { call, offers, peers } = rig(['camera_video', 'programme_video']);
  call.start({});
  await settle();
  await call.answer('first');
  call.renegotiate();
  await settle();
  expect(offers).toHaveLength(2);
  expect(offers[1]).not.toHaveProperty('fresh');
  expect(offers[1]?.tracks).toEqual(offers[0]?.tracks);
  expect(peers).toHaveLength(1);
});

test('a picture that the browser cannot decode is known until the next map', async () => {
  const { call } = rig(['programme_video']);
  call.start({});
  await settle();
  await call.answer('first');
  call.map([], ['cam_1']);
  expect([...call.undecodable]).toEqual(['cam_1']);
  call.map([], []);
  expect([...call.undecodable]).toEqual([]);
});

test('an answer that the browser refuses starts over, a late one is passed over', async () => {
  const { call, peers, ring } = rig(['camera_video']);
  call.start({});
  await settle();
  await call.answer('broken');
  expect(call.current).toEqual({ at: 'failed' });
  await call.answer('late');
  expect(peers[0]?.answers).toEqual(['broken']);
  ring();
  expect(peers).toHaveLength(2);
});

test('H.264 constrained baseline is offered first, codecs that nobody decodes are not offered', () => {
  const codec = (mimeType: string, sdpFmtpLine = '') =>
    ({ mimeType, sdpFmtpLine, clockRate: 90_000 }) as RTCRtpCodec;
  const named = videoCodecs([
    codec('video/VP8'),
    codec('video/rtx'),
    codec('video/AV1'),
    codec('video/H264', 'packetization-mode=0;profile-level-id=42e01f'),
    codec('video/H264', 'packetization-mode=1;profile-level-id=4d001f'),
    codec('video/H264', 'packetization-mode=1;profile-level-id=42e01f'),
  ]).map((each) => `${each.mimeType} ${each.sdpFmtpLine}`.trim());
  expect(named).toEqual([
    'video/H264 packetization-mode=1;profile-level-id=42e01f',
    'video/H264 packetization-mode=1;profile-level-id=4d001f',
    'video/VP8',
    'video/H264 packetization-mode=0;profile-level-id=42e01f',
    'video/rtx',
  ]);
});

test('statistics become round trip, way, rate, loss and a grade', () => {
  const report = (timestamp: number, bytesSent: number, fractionLost: number) =>
    Object.entries({
      T: { type: 'transport', id: 'T', selectedCandidatePairId: 'P' },
      P: {
        type: 'candidate-pair',
        id: 'P',
        localCandidateId: 'L',
        currentRoundTripTime: 0.024,
        availableOutgoingBitrate: 4_200_000,
        timestamp,
        bytesSent,
      },
      L: { type: 'local-candidate', id: 'L', protocol: 'udp' },
      R: { type: 'remote-inbound-rtp', id: 'R', fractionLost },
    });
  const meter = new QualityMeter();
  expect(meter.read([])).toMatchObject({ rttMs: null, grade: 'unknown' });
  meter.read(report(1000, 0, 0));
  expect(meter.read(report(3000, 500_000, 0.03))).toEqual({
    rttMs: 24,
    protocol: 'udp',
    uplinkKbps: 2000,
    availableKbps: 4200,
    lossPercent: 3,
    limitedBy: 'none',
    grade: 'fair',
  });
});
