// Rewraps the keys of all objects under the newest master key, in the background. The objects' bytes stay as they are.
//
// It keeps no place of its own: who is killed begins anew, and what was rewrapped before is only looked at. It is done when
// a pass finds nothing to do, after every commit was over that an older key was wrapped for.

import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { type KeyOwner, saltBytes, unwrapKey, wrapKey } from '../../encryption/key-wrap.ts';
import { rewrapPageRows, rewrapRetryMs } from '../../limits.ts';
import {
  type EncryptedRow,
  type EncryptedRowsCursor,
  type EncryptedRowsPage,
  firstEncryptedRow,
} from '../../metadata/encrypted-rows.ts';
import type { Rewrapped } from '../../metadata/rewrap.ts';
import { CursorWatch } from '../cursor-watch.ts';
import { attributesFrom } from '../object-rows.ts';
import type { CoreParts } from '../parts.ts';

type Parts = Pick<CoreParts, 'metadata' | 'masterKeys' | 'secrets'> & {
  readonly clock: Clock;
  readonly log: Telemetry['log'];
};

export class Rewrapper {
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #again = false;
  #rewrappedKeys = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    if (parts.masterKeys.rewrapDue) this.start();
  }

  get rewrappedKeys(): number {
    return this.#rewrappedKeys;
  }

  /** After a rotation: what is under way begins anew. */
  start(): void {
    this.#again = true;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      // Asked for in the moment between the last look and this one.
      if (this.#again && !this.#stopping.signal.aborted) this.start();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#running;
  }

  async #work(): Promise<void> {
    const { log, clock } = this.#parts;
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      try {
        await this.#rewrapAll();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#again = true;
        log.warn('keys of objects were not rewrapped; it will be tried again', { error });
        await clock.sleep(rewrapRetryMs, this.#stopping.signal).catch(() => {});
      }
    }
  }

  async #rewrapAll(): Promise<void> {
    const { masterKeys, log } = this.#parts;
    await masterKeys.requireNewest();
    const newest = masterKeys.newest().id;
    await masterKeys.settled();
    for (let pass = await this.#pass(newest); pass.due > 0; pass = await this.#pass(newest)) {
      if (this.#again || this.#stopping.signal.aborted) return;
      if (pass.rewrapped > 0 || pass.changed) continue;
      // They stay under the key that they are under, which stays in the file. The next start looks again.
      log.error('keys of objects cannot be rewrapped: their master key is lost, or they are damaged', {
        objects: pass.due,
      });
      return;
    }
    if (this.#again || this.#stopping.signal.aborted) return;
    await masterKeys.rewrapped(newest);
    log.info('the keys of all objects are wrapped under the newest master key', { masterKey: newest });
  }

  async #pass(newest: string): Promise<{ due: number; rewrapped: number; changed: boolean }> {
    const { metadata } = this.#parts;
    const pass = { due: 0, rewrapped: 0, changed: false };
    const watch = new CursorWatch();
    let cursor: EncryptedRowsCursor | undefined = firstEncryptedRow;
    while (cursor !== undefined && !this.#again && !this.#stopping.signal.aborted) {
      watch.passed(cursor);
      const page: EncryptedRowsPage = await metadata.read('listEncryptedRows', {
        cursor,
        limit: rewrapPageRows,
      });
      const due = page.rows.filter((row) => isUnderAnother(row, newest));
      const rows = due.flatMap((row) => this.#rewrapped(row));
      if (rows.length > 0) {
        const { rewrapped, moved } = await metadata.write('rewrapRows', { rows });
        pass.rewrapped += rewrapped;
        this.#rewrappedKeys += rewrapped;
        pass.changed ||= moved > 0;
      }
      pass.due += due.length;
      cursor = page.next;
    }
    return pass;
  }

  /** None when the key cannot be unwrapped. */
  #rewrapped(row: EncryptedRow): readonly Rewrapped[] {
    const { masterKeys, secrets } = this.#parts;
    const { encryption } = attributesFrom(row.attributes);
    if (encryption?.by !== 'master') return [];
    const owner: KeyOwner = { bucketId: row.bucket, key: row.key };
    const under = masterKeys.find(encryption.masterKey)?.key;
    const key = under && unwrapKey(encryption, { under, owner });
    if (key === undefined) return [];
    const newest = masterKeys.newest();
    const wrapped = wrapKey(key, { under: newest.key, owner, salt: secrets.bytes(saltBytes) });
    const kept = { format: 1, by: 'master', masterKey: newest.id, ...wrapped } as const;
    // Whatever else is kept there stays as it is.
    const known = JSON.parse(row.attributes) as Readonly<Record<string, unknown>>;
    return [{ row, attributes: JSON.stringify({ ...known, encryption: kept }) }];
  }
}

function isUnderAnother(row: EncryptedRow, newest: string): boolean {
  const { encryption } = attributesFrom(row.attributes);
  return encryption?.by === 'master' && encryption.masterKey !== newest;
}
