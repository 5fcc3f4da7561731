/** Reads WebRTC statistics into what a person wants to know: how far the server is and how well the uplink holds. */

export interface LinkQuality {
  /** Round trip to the server; null before the first check. */
  rttMs: number | null;
  /** `tcp` when a firewall blocks UDP. */
  protocol: 'udp' | 'tcp' | null;
  /** What leaves this page now. */
  uplinkKbps: number | null;
  /** What the browser thinks the line can carry; null when it does not send. */
  availableKbps: number | null;
  /** Packets of ours that the server missed. */
  lossPercent: number | null;
  /** Why the browser sends less than it could. */
  limitedBy: 'none' | 'cpu' | 'bandwidth';
  grade: 'unknown' | 'good' | 'fair' | 'poor';
}

export const NO_QUALITY: LinkQuality = {
  rttMs: null,
  protocol: null,
  uplinkKbps: null,
  availableKbps: null,
  lossPercent: null,
  limitedBy: 'none',
  grade: 'unknown',
};

interface Sample {
  atMs: number;
  bytesSent: number;
}

type Entry = Record<string, unknown> & { type: string; id: string };

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** A line is good below 2 % loss and 200 ms, poor beyond 8 % or 500 ms. */
function grade(rttMs: number | null, loss: number | null, limitedBy: LinkQuality['limitedBy']) {
  if (rttMs === null) return 'unknown';
  if ((loss ?? 0) > 8 || rttMs > 500) return 'poor';
  if ((loss ?? 0) > 2 || rttMs > 200 || limitedBy !== 'none') return 'fair';
  return 'good';
}

/** Turns reports, taken every second or two, into one line of quality. */
export class QualityMeter {
  private last: Sample | null = null;

  read(report: Iterable<[string, unknown]>): LinkQuality {
    const entries = new Map([...report].map(([id, entry]) => [id, entry as Entry]));
    const all = [...entries.values()];
    const pair = selectedPair(entries, all);
    const local = pair === null ? undefined : entries.get(String(pair.localCandidateId));
    const rtt = number(pair?.currentRoundTripTime);
    const outgoing = number(pair?.availableOutgoingBitrate);
    const rttMs = rtt === null ? null : Math.round(rtt * 1000);
    const lossPercent = worstLoss(all);
    const limitedBy = limitation(all);
    return {
      rttMs,
      protocol: local?.protocol === 'udp' || local?.protocol === 'tcp' ? local.protocol : null,
      uplinkKbps: this.uplink(pair),
      availableKbps: outgoing === null ? null : Math.round(outgoing / 1000),
      lossPercent,
      limitedBy,
      grade: grade(rttMs, lossPercent, limitedBy),
    };
  }

  private uplink(pair: Entry | null): number | null {
    const bytesSent = number(pair?.bytesSent);
    const atMs = number(pair?.timestamp);
    if (bytesSent === null || atMs === null) return null;
    const last = this.last;
    this.last = { atMs, bytesSent };
    if (last === null || atMs <= last.atMs || bytesSent < last.bytesSent) return null;
    return Math.round(((bytesSent - last.bytesSent) * 8) / (atMs - last.atMs));
  }
}

function selectedPair(entries: Map<string, Entry>, all: Entry[]): Entry | null {
  const transport = all.find((entry) => entry.type === 'transport');
  const named = entries.get(String(transport?.selectedCandidatePairId));
  const nominated = (entry: Entry) =>
    entry.type === 'candidate-pair' && entry.nominated === true && entry.state === 'succeeded';
  return named ?? all.find(nominated) ?? null;
}

function worstLoss(all: Entry[]): number | null {
  const losses = all
    .filter((entry) => entry.type === 'remote-inbound-rtp')
    .map((entry) => number(entry.fractionLost))
    .filter((loss): loss is number => loss !== null);
  return losses.length === 0 ? null : Math.round(Math.max(...losses) * 1000) / 10;
}

function limitation(all: Entry[]): LinkQuality['limitedBy'] {
  const reasons = all
    .filter((entry) => entry.type === 'outbound-rtp' && entry.active !== false)
    .map((entry) => entry.qualityLimitationReason);
  if (reasons.includes('cpu')) return 'cpu';
  return reasons.includes('bandwidth') ? 'bandwidth' : 'none';
}
