// The service's index as a writer's `FingerprintService`: questions in batches of keys, those that the filter answers left
// out; in pessimistic mode what others promised remembered, and the leases kept alive.

import type { Timer, World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import type { FingerprintService, IndexedPacks, LookupCounts } from '../fingerprint-service.ts';
import { decodeLocations } from '../http/index-bodies.ts';
import { fingerprintLeaseMs, keysPerRequestMax, lookupAnswers } from '../http/store-protocol.ts';
import { keyBytes } from '../index/fingerprint-map.ts';
import { FilterCopy } from './filter-copy.ts';
import type { IndexClient } from './index-client.ts';
import { keysAt } from './keys-at.ts';
import { nameIndexObject } from './name-index-object.ts';

export type RemoteFingerprintsOptions = {
  readonly client: IndexClient;
  readonly world: World;
  /** That of the writer's session. */
  readonly sessionId: string;
  /** What the session must not be answered from, beside what the service knows itself. */
  readonly excludedPacks: ReadonlySet<string>;
  readonly concurrency: 'optimistic' | 'pessimistic';
};

export class RemoteFingerprints implements FingerprintService {
  readonly #options: RemoteFingerprintsOptions;
  readonly #filter: FilterCopy;
  /** Keys, one character a byte, that another writer uploads. */
  readonly #promised = new Set<string>();
  #counts = { fingerprints: 0, saved: 0, asked: 0, known: 0, promised: 0, requests: 0 };
  #heartbeat: Timer | undefined;
  #closed = false;

  private constructor(options: RemoteFingerprintsOptions) {
    this.#options = options;
    const { client, world } = options;
    this.#filter = new FilterCopy({ clock: world.clock, fetch: (version) => client.filter(version) });
  }

  /** Begins the session at the index. Throws as `lookup` does. */
  static async open(options: RemoteFingerprintsOptions): Promise<RemoteFingerprints> {
    const fingerprints = new RemoteFingerprints(options);
    await fingerprints.#begin();
    if (options.concurrency === 'pessimistic') fingerprints.#beat();
    return fingerprints;
  }

  async lookup(
    fingerprints: Uint8Array,
    { definitelyNew = 'skip' }: { readonly definitelyNew?: 'skip' | 'ask' } = {},
  ): Promise<Uint8Array> {
    const count = fingerprints.length / fingerprintBytes;
    const isPessimistic = this.#options.concurrency === 'pessimistic';
    const skip = definitelyNew === 'skip' && !isPessimistic;
    const asked = skip ? await this.#undecided(fingerprints) : everyPosition(fingerprints);
    const known = new Uint8Array(count);
    for (let start = 0; start < asked.length; start += keysPerRequestMax) {
      const part = asked.subarray(start, start + keysPerRequestMax);
      const keys = keysAt(fingerprints, part);
      const answers = await this.#ask(
        isPessimistic ? { path: 'index/lookup', query: { lease: '' }, keys } : { path: 'index/lookup', keys },
      );
      part.forEach((position, index) => {
        known[position] = this.#take(answers[index]!, keys, index * keyBytes);
      });
    }
    this.#counts.fingerprints += count;
    this.#counts.asked += asked.length;
    this.#counts.saved += count - asked.length;
    return known;
  }

  async locate(fingerprints: Uint8Array): Promise<readonly (string | undefined)[]> {
    const found: (string | undefined)[] = [];
    for (let start = 0; start < fingerprints.length; start += keysPerRequestMax * fingerprintBytes) {
      const part = fingerprints.subarray(start, start + keysPerRequestMax * fingerprintBytes);
      found.push(...(await this.#locate(keysAt(part, everyPosition(part)))));
    }
    return found;
  }

  async register(object: IndexedPacks): Promise<void> {
    this.#counts.requests += await nameIndexObject(this.#options.client, object, { isNew: true });
  }

  async settle(): Promise<'settled' | 'broken'> {
    const { clock } = this.#options.world;
    for (let pauseMs = pauseMsFirst; this.#promised.size > 0; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
      const open = [...this.#promised].slice(0, keysPerRequestMax);
      const keys = Buffer.from(open.join(''), 'latin1');
      const answers = await this.#ask({ path: 'index/promises', keys });
      if (answers.includes(lookupAnswers.unknown)) return 'broken';
      open.forEach((key, index) => {
        if (answers[index] === lookupAnswers.known) this.#promised.delete(key);
      });
      if (answers.includes(lookupAnswers.promised)) await clock.sleep(pauseMs);
    }
    return 'settled';
  }

  counts(): LookupCounts {
    return { ...this.#counts };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#heartbeat?.cancel();
    const { client, sessionId } = this.#options;
    // What fails here ends by itself: the index forgets sessions that are silent.
    const request = {
      method: 'POST',
      path: 'index/close',
      query: { session: sessionId },
      isPatient: false,
    } as const;
    await client.ask(request).catch(() => {});
  }

  async #locate(keys: Uint8Array): Promise<readonly (string | undefined)[]> {
    const count = keys.length / keyBytes;
    this.#counts.requests += 1;
    const answer = await this.#options.client.ask({ method: 'POST', path: 'index/locate', body: keys });
    const found = decodeLocations(answer, count);
    if (found !== undefined) return found;
    const detail = `${answer.length} bytes are no places of ${count} keys`;
    throw new BackupError('store', { attempted: 'ask the fingerprint index', detail });
  }

  /** Positions of the fingerprints that the filter does not deny. */
  async #undecided(fingerprints: Uint8Array): Promise<Uint32Array> {
    const filter = await this.#filter.current();
    const positions = new Uint32Array(fingerprints.length / fingerprintBytes);
    let found = 0;
    for (let position = 0; position < positions.length; position++) {
      if (!filter.has(fingerprints, position * fingerprintBytes)) continue;
      positions[found] = position;
      found += 1;
    }
    return positions.subarray(0, found);
  }

  #take(answer: number, keys: Uint8Array, offset: number): 0 | 1 {
    if (answer === lookupAnswers.unknown) return 0;
    if (answer === lookupAnswers.promised) {
      this.#counts.promised += 1;
      this.#promised.add(Buffer.from(keys.buffer, keys.byteOffset + offset, keyBytes).toString('latin1'));
    } else this.#counts.known += 1;
    return 1;
  }

  async #ask(request: {
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly keys: Uint8Array;
  }): Promise<Uint8Array> {
    const { path, query, keys } = request;
    const answers = await this.#inSession({ path, query: query ?? {}, body: keys });
    if (answers.length === keys.length / keyBytes) return answers;
    throw new BackupError('store', {
      attempted: 'ask the fingerprint index',
      detail: `${answers.length} answers to ${keys.length / keyBytes} questions`,
    });
  }

  /** A service that was started anew does not know the session any more: it is told again, once. */
  async #inSession(request: {
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  }): Promise<Uint8Array> {
    const { client, sessionId } = this.#options;
    const call = { ...request, method: 'POST', query: { ...request.query, session: sessionId } } as const;
    this.#counts.requests += 1;
    try {
      return await client.ask(call);
    } catch (error) {
      if (!(error instanceof BackupError && error.code === 'fenced')) throw error;
      await this.#begin();
      return client.ask(call);
    }
  }

  async #begin(): Promise<void> {
    const { client, sessionId, excludedPacks } = this.#options;
    const body = Buffer.from([...excludedPacks].join(''), 'hex');
    await client.ask({ method: 'POST', path: 'index/session', query: { session: sessionId }, body });
  }

  #beat(): void {
    const { client, world, sessionId } = this.#options;
    this.#heartbeat = world.clock.setTimer(fingerprintLeaseMs / 3, () => {
      if (this.#closed) return;
      // One that fails is made good by the next, or by any question; leases that ended meanwhile cost a second upload.
      client
        .ask({ method: 'POST', path: 'index/renew', query: { session: sessionId } })
        .catch(() => {})
        .finally(() => {
          if (!this.#closed) this.#beat();
        });
    });
  }
}

function everyPosition(fingerprints: Uint8Array): Uint32Array {
  return Uint32Array.from({ length: fingerprints.length / fingerprintBytes }, (_, index) => index);
}

const pauseMsFirst = 100;
const pauseMsMax = 5_000;
