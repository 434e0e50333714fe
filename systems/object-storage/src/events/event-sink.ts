// Where events go: an interface of object storage. Webhooks are its first (webhook-sink.ts); who puts systems together
// adds others with `ObjectStorage.addEventSink`: queues, topics.

import type { Principal } from '@cairn/service';
import type { EventRecord } from './event-record.ts';

export type EventSink = {
  /**
   * Whether it delivers to this target, an ARN, as things are now. Asked when a bucket's configuration names the target,
   * and again before every batch: what no sink accepts any more waits. Must be cheap.
   */
  accepts(target: string): boolean | Promise<boolean>;
  /**
   * Whether who configures a bucket may send its events to this target, which may be one that the sink does not accept (yet).
   * Every sink is asked. Without it everyone may.
   */
  allows?(target: string, naming: NamedTarget): boolean | Promise<boolean>;
  /** Tells a target that a bucket was configured to send it events, before the first one. Without it nobody is told. */
  test?(target: string, event: TestEvent): Promise<void>;
  /**
   * Hands over a batch, in its order, and resolves when the target has all of it for good. It is called for one target
   * with one batch at a time, and with the next one only after that, which keeps the order of every key. Whatever it
   * throws, the same events come again later, perhaps in another batch: so a target sees an event at least once, and can
   * tell a repeated one by its `sequencer`. Ends early when the signal aborts.
   */
  deliver(
    target: string,
    records: readonly EventRecord[],
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
};

export type NamedTarget = { readonly bucket: string; readonly principal: Principal };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export type TestEvent = {
  readonly Service: 'Amazon S3';
  readonly Event: 's3:TestEvent';
  readonly Time: string;
  readonly Bucket: string;
  readonly RequestId: string;
  readonly HostId: string;
};
