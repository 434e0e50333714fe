// Quotas of clients: how many bytes per second they may send and get. Who takes more is told to wait, and its connection
// is not served meanwhile.
//
// A share is a bucket that fills at the quota's rate, up to one second of it, and may be overdrawn by one request: who
// overdraws waits until it is full enough again, so that the rate is kept over any time longer than that.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import type { MetadataSql } from '../../metadata/store.ts';
import {
  candidates,
  entityKey,
  entityOf,
  type QuotaEntity,
  type QuotaName,
  type Quotas,
  storedQuotas,
} from './quota-entity.ts';

/** As Kafka's: what is left to wait is waited for after the next request. */
const throttleMsMax = 10_000;
const bucketsMax = 10_000;

type Bucket = { bytes: number; atMs: number };

export type ClientQuotasOptions = {
  readonly sql: MetadataSql;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Telemetry['log'];
};

export class ClientQuotas {
  readonly #sql: MetadataSql;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #quotas = new Map<string, Quotas>();
  readonly #buckets = new Map<string, Bucket>();
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(options: ClientQuotasOptions) {
    this.#sql = options.sql;
    this.#clock = options.clock;
  }

  /** A row that is damaged limits nobody, until its quota is set again. */
  static async open(options: ClientQuotasOptions): Promise<ClientQuotas> {
    const quotas = new ClientQuotas(options);
    const unsealed: string[] = [];
    for (const row of await options.sql.read('listClientQuotas', {})) {
      const stored = storedQuotas(row);
      if (stored === undefined)
        options.log.error('a quota is not kept to: its row is damaged', { entity: row.entity });
      else quotas.#quotas.set(row.entity, stored);
      if (stored !== undefined && row.row_crc === null) unsealed.push(row.entity);
    }
    if (unsealed.length > 0) await options.sql.write('sealClientQuotas', { entities: unsealed });
    return quotas;
  }

  all(): readonly { readonly entity: QuotaEntity; readonly quotas: Quotas }[] {
    return [...this.#quotas].map(([key, quotas]) => ({ entity: entityOf(key), quotas }));
  }

  /** Undefined takes a quota away. */
  change(
    entity: QuotaEntity,
    change: Readonly<Partial<Record<QuotaName, number | undefined>>>,
  ): Promise<void> {
    const changed = this.#changes.then(async () => {
      const key = entityKey(entity);
      const merged = Object.entries({ ...this.#quotas.get(key), ...change });
      const quotas: Quotas = Object.fromEntries(merged.filter(([, value]) => value !== undefined));
      await this.#sql.write('changeClientQuotas', { entities: [{ entity: key, quotas }] });
      if (merged.length === 0 || Object.keys(quotas).length === 0) this.#quotas.delete(key);
      else this.#quotas.set(key, quotas);
      // What was used under another rate says nothing.
      this.#buckets.clear();
    });
    this.#changes = changed.catch(() => {});
    return changed;
  }

  /** Takes bytes of a client's share; milliseconds that it has to wait for them. */
  take(name: QuotaName, { user, client, bytes }: { user: string; client: string; bytes: number }): number {
    if (this.#quotas.size === 0 || bytes === 0) return 0;
    const found = candidates(user, client).find(({ key }) => this.#quotas.get(key)?.[name] !== undefined);
    if (found === undefined) return 0;
    const bytesPerSecond = this.#quotas.get(found.key)![name]!;
    const bucket = this.#bucket(`${name} ${found.shared}`, bytesPerSecond);
    bucket.bytes -= bytes;
    if (bucket.bytes >= 0) return 0;
    return Math.min(throttleMsMax, Math.ceil((-bucket.bytes / bytesPerSecond) * 1_000));
  }

  #bucket(key: string, bytesPerSecond: number): Bucket {
    const nowMs = this.#clock.monotonicMs();
    const found = this.#buckets.get(key);
    if (found === undefined) {
      if (this.#buckets.size >= bucketsMax) this.#buckets.delete(this.#buckets.keys().next().value!);
      const bucket = { bytes: bytesPerSecond, atMs: nowMs };
      this.#buckets.set(key, bucket);
      return bucket;
    }
    found.bytes = Math.min(bytesPerSecond, found.bytes + ((nowMs - found.atMs) / 1_000) * bytesPerSecond);
    found.atMs = nowMs;
    return found;
  }
}
