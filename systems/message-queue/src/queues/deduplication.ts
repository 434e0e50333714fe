// Which deduplication ids a FIFO queue has seen within five minutes, and what became of them.
//
// It is made again from the log at a start: every message is there with its id, and none leaves the log before its window
// is over, deleted or not. Time is that of the queue (queue-time.ts), which never goes back, nor stands still.

import { deduplicationWindowMs } from '../limits.ts';

export type Sent = { readonly id: string; readonly offset: number };
type Seen = { readonly sent: Promise<Sent>; readonly atMs: number };

export class Deduplication {
  /** The oldest first. */
  readonly #seen = new Map<string, Seen>();

  /** What was sent under a key, or is being sent. */
  find(key: string, nowMs: number): Promise<Sent> | undefined {
    for (const [known, { atMs }] of this.#seen) {
      if (nowMs - atMs < deduplicationWindowMs) break;
      this.#seen.delete(known);
    }
    return this.#seen.get(key)?.sent;
  }

  note(key: string, sent: Promise<Sent>, atMs: number): void {
    this.#seen.delete(key);
    this.#seen.set(key, { sent, atMs });
    // One that was refused may be sent again.
    sent.catch(() => {
      if (this.#seen.get(key)?.sent === sent) this.#seen.delete(key);
    });
  }
}

export function deduplicationKey(
  scope: 'queue' | 'messageGroup',
  { group = '', deduplicationId }: { group?: string | undefined; deduplicationId: string },
): string {
  return scope === 'queue' ? deduplicationId : `${group}\n${deduplicationId}`;
}
