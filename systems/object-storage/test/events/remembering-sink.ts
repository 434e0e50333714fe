// A sink that keeps what it is handed, and fails as a test says.

import type { EventRecord, EventSink } from '@cairn/object-storage';

export const target = 'arn:aws:sqs:us-east-1:000000000000:remembered';

export class RememberingSink implements EventSink {
  readonly #target: string;
  readonly taken: EventRecord[] = [];
  /** Batches that were handed over, whatever came of them. */
  batches = 0;
  /** Throws, or waits. */
  before: (records: readonly EventRecord[], signal: AbortSignal) => void | Promise<void> = () => {};
  #waiting: { count: number; resolve: () => void }[] = [];

  constructor(of = target) {
    this.#target = of;
  }

  accepts(wanted: string): boolean {
    return wanted === this.#target;
  }

  async deliver(
    _target: string,
    records: readonly EventRecord[],
    { signal }: { signal: AbortSignal },
  ): Promise<void> {
    this.batches++;
    await this.before(records, signal);
    this.taken.push(...records);
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= this.taken.length)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > this.taken.length);
  }

  /** Until it has so many records: `ObjectCreated:Put a`, in the order in which it took them. */
  async took(count: number): Promise<readonly string[]> {
    if (this.taken.length < count) {
      await new Promise<void>((resolve) => void this.#waiting.push({ count, resolve }));
    }
    return this.names();
  }

  names(): readonly string[] {
    return this.taken.map(({ eventName, s3 }) => `${eventName} ${s3.object.key}`);
  }
}

export function notification(
  rules: readonly { events: readonly string[]; target?: string; prefix?: string; suffix?: string }[],
): string {
  return JSON.stringify(
    rules.map((rule, index) => ({ id: `rule-${index}`, kind: 'queue', target, ...rule })),
  );
}

export const everything = notification([
  {
    events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*', 's3:ObjectAcl:Put'].concat(
      's3:LifecycleExpiration:*',
    ),
  },
]);
