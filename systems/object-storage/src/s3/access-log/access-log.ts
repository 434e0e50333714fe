// Notes requests to buckets that have a logging configuration, and delivers what was noted into the target buckets, in the
// background: every few minutes, earlier when there is much, and at a clean stop. Best effort, as Amazon's: what waits when
// the process dies is lost, and what cannot be delivered is dropped; both are counted, as far as anyone is there to count.
//
// Deliveries go to the core and are no requests, so a bucket that logs into itself makes no records by that.

import type { Metrics, Telemetry } from '@cairn/telemetry';
import type { Clock, Random, Timer } from '@cairn/world';
import { objectBody } from '../../core/object-body.ts';
import type { BucketConfiguration, ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { ObjectOwnership } from '../access/object-ownership.ts';
import { mayDeliver } from './delivery-right.ts';
import { type LogBatch, LogBatches } from './log-batches.ts';
import { type AccessRecord, logLine } from './log-record.ts';
import { type LoggingRules, loggingRulesOf, logObjectKey } from './logging-rules.ts';

export type AccessLogOptions = {
  readonly storage: Pick<ObjectStorage, 'bucketConfiguration' | 'putObject'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Pick<Telemetry, 'log' | 'metrics'>;
  readonly account: string;
  readonly region: string;
  readonly objectOwnership: ObjectOwnership;
  readonly deliveryMs: number;
};

/** All of a record but the owner, who stands in the bucket's configuration. */
export type NotedRequest = Omit<AccessRecord, 'owner'>;

export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #batches = new LogBatches();
  readonly #count: (result: 'delivered' | 'dropped', records: number) => void;
  #timer: Timer | undefined;
  /** Deliveries come one after the other. */
  #delivering: Promise<void> = Promise.resolve();

  constructor(options: AccessLogOptions) {
    this.#options = options;
    this.#count = counterOf(options.telemetry.metrics);
  }

  /** `describe` is called at once, or never. Nothing is looked up for a bucket that is remembered. */
  note(bucket: string, describe: () => NotedRequest): void {
    const found = this.#options.storage.bucketConfiguration({ bucket });
    if (!(found instanceof Promise)) {
      if (found.documents.logging !== undefined) this.#noteIn(found, describe());
      return;
    }
    const request = describe();
    found.then(
      (configuration) => this.#noteIn(configuration, request),
      () => {}, // There is no such bucket, so nobody wants its log; or nobody can tell, and the request said so.
    );
  }

  #noteIn(configuration: BucketConfiguration, request: NotedRequest): void {
    const rules = loggingRulesOf(configuration);
    if (rules === undefined) return;
    const line = logLine({ ...request, owner: configuration.owner });
    const full = this.#batches.add(line, { source: configuration, rules, day: dayOf(rules, request) });
    if (full === 'dropped') this.#count('dropped', 1);
    else if (full !== undefined) this.#deliverLater([full]);
    this.#timer ??= this.#options.clock.setTimer(this.#options.deliveryMs, () => {
      this.#timer = undefined;
      this.#deliverLater(this.#batches.takeAll());
    });
  }

  #deliverLater(batches: readonly LogBatch[]): void {
    this.#delivering = this.#delivering.then(async () => {
      for (const batch of batches) await this.#deliver(batch);
    });
  }

  /** Delivers what waits. No request may come any more. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#deliverLater(this.#batches.takeAll());
    await this.#delivering;
  }

  /** Never rejects. */
  async #deliver(batch: LogBatch): Promise<void> {
    const { source, rules, lines } = batch;
    try {
      await this.#put(batch);
      this.#count('delivered', lines.length);
    } catch (error) {
      this.#count('dropped', lines.length);
      const fields = {
        bucket: source.bucket,
        targetBucket: rules.targetBucket,
        records: lines.length,
        error,
      };
      this.#options.telemetry.log.warn('an access log was not delivered, and is dropped', fields);
    } finally {
      this.#batches.release(batch);
    }
  }

  async #put({ source, rules, day, lines }: LogBatch): Promise<void> {
    const { storage, clock, random, account, region, objectOwnership } = this.#options;
    const target = await storage.bucketConfiguration({ bucket: rules.targetBucket });
    const unique = random.bytes(8).toString('hex').toUpperCase();
    const key = logObjectKey(rules, {
      bucket: source.bucket,
      account,
      region,
      day,
      nowMs: clock.nowMs(),
      unique,
    });
    const names = [key, rules.targetPrefix];
    if (!mayDeliver({ source, target, names, account, objectOwnership }))
      throw new ObjectStorageError('AccessDenied', { bucket: rules.targetBucket });
    const grants = [{ grantee: target.owner, permission: 'FULL_CONTROL' } as const, ...rules.grants];
    const access = rules.grants.length === 0 ? undefined : { grants };
    const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: {}, access };
    const body = objectBody(Buffer.from(lines.join('')));
    await storage.putObject({ bucket: rules.targetBucket, key, attributes, body });
  }
}

/** Only where the names of objects have the day of the events. */
function dayOf({ keyFormat }: LoggingRules, { timeMs }: NotedRequest): string | undefined {
  const byEvent = keyFormat.kind === 'partitioned' && keyFormat.dateSource === 'EventTime';
  return byEvent ? new Date(timeMs).toISOString().slice(0, 10) : undefined;
}

function counterOf(metrics: Metrics): (result: 'delivered' | 'dropped', records: number) => void {
  const records = metrics.counter('cairn_s3_access_log_records_total', {
    help: 'Records of access logs of buckets that were delivered, or dropped: without right, room or target.',
    labels: ['result'],
  });
  return (result, count) => records.with({ result }).add(count);
}
