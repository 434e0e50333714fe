// Measures all buckets now and then, slowly, for the metrics.

import { SqlError } from '@cairn/engines';
import type { Metrics, Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { usageBucketsShownMax, usageRowsPerSecond } from '../../limits.ts';
import type { BucketRow } from '../../metadata/buckets.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { RowPace } from '../lifecycle/row-pace.ts';
import type { BucketUsage } from '../object-storage.ts';
import { measureBucket } from './usage.ts';
import { type UsageMetrics, usageMetrics } from './usage-metrics.ts';

export type UsageSettings = {
  /** From the end of a scan to the next; 0: there is none. */
  readonly scanEveryMs: number;
};
type Parts = UsageSettings & {
  readonly clock: Clock;
  /** Clients were many since it was last asked. */
  readonly isBusy: () => boolean;
  readonly metadata: MetadataSql;
  readonly log: Telemetry['log'];
  readonly metrics: Metrics;
};

export class UsageWorker {
  readonly #parts: Parts;
  readonly #metrics: UsageMetrics;
  readonly #pace: RowPace;
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#metrics = usageMetrics(parts.metrics);
    this.#pace = new RowPace({ clock: parts.clock, rowsPerSecond: usageRowsPerSecond, isBusy: parts.isBusy });
    this.#finished = parts.scanEveryMs === 0 ? Promise.resolve() : this.#work();
  }

  /** Resolves when the page under way is read. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#finished;
  }

  async #work(): Promise<void> {
    const { clock, scanEveryMs, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(scanEveryMs, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#scan();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof SqlError)) throw error;
        log.warn('usage was not measured; it will be tried again', { error });
      }
    }
  }

  async #scan(): Promise<void> {
    const { clock, metadata } = this.#parts;
    const asOfMs = clock.nowMs();
    const shown: BucketUsage[] = [];
    let rest: BucketUsage | undefined;
    let after = '';
    for (let more = true; more; ) {
      const rows: readonly BucketRow[] = await metadata.lookup('listBucketsAfter', {
        after,
        limit: pageBuckets,
      });
      for (const row of rows) {
        const usage = await this.#measure(row);
        if (shown.length < usageBucketsShownMax) shown.push(usage);
        else rest = rest === undefined ? { ...usage, bucket: otherBuckets } : together(rest, usage);
      }
      after = rows.at(-1)?.name ?? after;
      more = rows.length === pageBuckets;
    }
    this.#metrics.measured(rest === undefined ? shown : [...shown, rest], asOfMs);
  }

  #measure(row: BucketRow): Promise<BucketUsage> {
    return measureBucket(this.#parts, row, (page) => this.#pace.spend(page, this.#stopping.signal));
  }
}

const pageBuckets = 100;
/** No bucket is called so. */
const otherBuckets = '(others)';

function together(left: BucketUsage, right: BucketUsage): BucketUsage {
  return {
    ...left,
    objects: left.objects + right.objects,
    bytes: left.bytes + right.bytes,
    noncurrentVersions: left.noncurrentVersions + right.noncurrentVersions,
    noncurrentBytes: left.noncurrentBytes + right.noncurrentBytes,
    uploadBytes: left.uploadBytes + right.uploadBytes,
  };
}
