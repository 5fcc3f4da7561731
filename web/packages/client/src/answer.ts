/** What a request came to: its answer, or a problem with a stable code. */
import type { Problem } from '@plenary/api/types';

export type Answer<T> = { ok: T } | { problem: Problem };

/** Status 0: no answer came at all. */
export const OFFLINE: Problem = { status: 0, code: 'offline', detail: '' };

export type Reply<T> = { data?: T; error?: Problem; response: Response };

/** Turns a reply, or a network that failed, into an answer. */
export async function answer<T>(reply: Promise<Reply<T>>): Promise<Answer<T>> {
  try {
    const { data, error, response } = await reply;
    if (data !== undefined) return { ok: data };
    return { problem: error ?? { status: response.status, code: 'unknown', detail: '' } };
  } catch {
    return { problem: OFFLINE };
  }
}

/** The same for a request whose answer has no body: null when it is done. */
export async function done(reply: Promise<Reply<unknown>>): Promise<Problem | null> {
  try {
    const { error, response } = await reply;
    if (response.ok) return null;
    return error ?? { status: response.status, code: 'unknown', detail: '' };
  } catch {
    return OFFLINE;
  }
}
