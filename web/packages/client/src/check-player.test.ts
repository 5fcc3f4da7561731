import { expect, test } from 'vitest';

import { isSmooth, PLAY_MS_MAX, playClip, type PlayerWorld } from './check-player';
import type { EngineNews, Start } from './live-engine';
import { FakeTimers, settle } from './test-world';

const CLIP = { playlist: '/assets/check/index.m3u8', types: ['video/mp4; codecs="avc1.4d401e"'] };

/** A video element whose pictures a test shows. */
class FakeVideo extends EventTarget {
  muted = false;
  played = 0;
  refuses: DOMException | null = null;
  quality = { totalVideoFrames: 0, droppedVideoFrames: 0 };
  readonly getVideoPlaybackQuality = () => this.quality;

  play(): Promise<void> {
    this.played += 1;
    return this.refuses ? Promise.reject(this.refuses) : Promise.resolve();
  }
}

/** One that tells of each picture, as most browsers' do. */
class TellingVideo extends FakeVideo {
  waiting: ((now: number, of: { presentedFrames: number }) => void) | null = null;
  requestVideoFrameCallback(run: (now: number, of: { presentedFrames: number }) => void): number {
    this.waiting = run;
    return 1;
  }
  cancelVideoFrameCallback(): void {
    this.waiting = null;
  }
  shows(pictures: number): void {
    this.waiting?.(0, { presentedFrames: pictures });
  }
}

/** A browser with hls.js, and what it was asked to play. */
function browser() {
  const timers = new FakeTimers();
  const started: Start[] = [];
  const state = { hidden: false, mediaSource: true, decodes: true, loads: true, destroyed: 0 };
  const engine = { destroy: () => (state.destroyed += 1) };
  const world: PlayerWorld = {
    abilities: () => ({ mediaSource: state.mediaSource, managedMediaSource: false, nativeHls: false }),
    loadEngine: () =>
      state.loads
        ? Promise.resolve((start: Start) => {
            started.push(start);
            return engine as unknown as ReturnType<Awaited<ReturnType<PlayerWorld['loadEngine']>>>;
          })
        : Promise.reject(new Error('no network')),
    decodes: () => state.decodes,
    isHidden: () => state.hidden,
    timers,
  };
  const tell = (news: EngineNews) => started.at(-1)?.tell(news);
  return { world, timers, state, started, tell };
}

async function begin(video: FakeVideo, { world }: ReturnType<typeof browser>) {
  const told: number[] = [];
  const playing = playClip(video as unknown as HTMLVideoElement, CLIP, (shown) => told.push(shown), world);
  await settle();
  return { playing, told };
}

test('the clip is played from its start without sound, and its pictures are counted', async () => {
  const [video, chromium] = [new TellingVideo(), browser()];
  const { playing, told } = await begin(video, chromium);
  expect(chromium.started[0]).toMatchObject({ playlist: CLIP.playlist, from: { kind: 'start', seconds: 0 } });
  expect([video.muted, video.played]).toEqual([true, 1]);
  video.shows(1);
  chromium.tell('qualities');
  video.shows(150);
  video.quality = { totalVideoFrames: 153, droppedVideoFrames: 3 };
  chromium.tell('runs_out');
  expect(await playing).toEqual({ kind: 'plays', shown: 150, dropped: 3 });
  expect(told).toEqual([1, 150]);
  expect([chromium.state.destroyed, chromium.timers.waiting.size, video.waiting]).toEqual([1, 0, null]);
});

test('a browser that does not tell of each picture is asked for their number', async () => {
  const [video, old] = [new FakeVideo(), browser()];
  const { playing, told } = await begin(video, old);
  video.quality = { totalVideoFrames: 60, droppedVideoFrames: 12 };
  video.dispatchEvent(new Event('timeupdate'));
  old.tell('runs_out');
  const played = await playing;
  expect(played).toEqual({ kind: 'plays', shown: 48, dropped: 12 });
  expect(told).toEqual([48]);
  expect(played.kind === 'plays' && isSmooth(played)).toBe(false);
  expect(isSmooth({ kind: 'plays', shown: 90, dropped: 10 })).toBe(true);
});

test('a browser that cannot is told apart from one that must not', async () => {
  const none = browser();
  none.state.mediaSource = false;
  expect(await (await begin(new TellingVideo(), none)).playing).toEqual({ kind: 'no_player' });
  const bare = browser();
  bare.state.decodes = false;
  expect(await (await begin(new TellingVideo(), bare)).playing).toEqual({ kind: 'no_codec' });
  const cut = browser();
  cut.state.loads = false;
  expect(await (await begin(new TellingVideo(), cut)).playing).toEqual({ kind: 'not_loaded' });
  expect([...none.started, ...bare.started, ...cut.started]).toEqual([]);
  const [video, strict] = [new TellingVideo(), browser()];
  video.refuses = new DOMException('no', 'NotAllowedError');
  expect(await (await begin(video, strict)).playing).toEqual({ kind: 'forbidden' });
  expect(strict.state.destroyed).toBe(1);
});

test('a player that gives up, stands still, or is not looked at is no player that plays', async () => {
  const [video, broken] = [new TellingVideo(), browser()];
  const first = await begin(video, broken);
  video.shows(7);
  broken.tell('breaks');
  expect(await first.playing).toEqual({ kind: 'broke', shown: 7 });

  const still = browser();
  const second = await begin(new TellingVideo(), still);
  expect(still.timers.ring()).toBe(PLAY_MS_MAX);
  expect(await second.playing).toEqual({ kind: 'stuck', shown: 0 });

  const black = browser();
  const third = await begin(new TellingVideo(), black);
  black.tell('runs_out');
  expect(await third.playing, 'no picture was shown').toEqual({ kind: 'stuck', shown: 0 });

  const away = browser();
  away.state.hidden = true;
  const fourth = await begin(new TellingVideo(), away);
  away.timers.ring();
  expect(await fourth.playing).toEqual({ kind: 'hidden' });
});
