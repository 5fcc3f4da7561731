/** Says now and then that a member is there, for as long as their page is open. */

/** Well within the 75 s after which somebody who is silent is gone. */
const BEAT_MS = 30_000;

/** Begins; the server holds each answer until the next beat, or tells at once that it is over. `shutOut` is called when the server does not know the member any more. Gives the end. */
export function bePresent(event: string, shutOut: () => void): () => void {
  const beat = async () => {
    const path = `/api/events/${event}/stay`;
    const answer = await fetch(path, { method: 'POST' }).catch(() => null);
    if (answer?.status === 401) shutOut();
  };
  void beat();
  const timer = setInterval(() => void beat(), BEAT_MS);
  return () => clearInterval(timer);
}
