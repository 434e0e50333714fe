// A writer at work: W3 to W5 of DESIGN.md. `open-session.ts` does W1 and W2.
//
// The invariant: what a commit acknowledged rests on packs and index objects that were durable before it, and on a session
// that nobody had fenced, neither before nor directly after.

import { BackupError } from '../../errors.ts';
import { heartbeatName, objectName } from '../../format/object-names.ts';
import { decodeSnapshotRecord, encodeSnapshotRecord } from '../../format/records/snapshot.ts';
import type { Snapshot } from '../../format/snapshot-record.ts';
import type { SealedPack } from '../../packing/sealed-pack.ts';
import type { ChunkIndex, SessionCounts, SessionOptions, WriterSession } from '../repository.ts';
import { notAsPut } from '../store/sealed-objects.ts';
import { onStore } from '../store/store-error.ts';
import type { Heartbeat } from './heartbeat.ts';
import { IndexWriter } from './index-writer.ts';
import type { SessionContext } from './session-context.ts';

export class OpenedSession implements WriterSession {
  readonly id: string;
  readonly index: ChunkIndex;
  readonly #context: SessionContext;
  readonly #heartbeat: Heartbeat;
  readonly #indexWriter: IndexWriter;
  #counts = { packs: 0, packBytes: 0, indexBytes: 0 };
  /** Put, and perhaps not answered: it may still take effect. */
  #commitSent = false;
  #ended = false;

  constructor(
    context: SessionContext,
    parts: {
      readonly id: string;
      readonly index: ChunkIndex;
      readonly heartbeat: Heartbeat;
      readonly onIndexed: SessionOptions['onIndexed'];
    },
  ) {
    this.id = parts.id;
    this.index = parts.index;
    this.#context = context;
    this.#heartbeat = parts.heartbeat;
    this.#indexWriter = new IndexWriter({
      clock: context.world.clock,
      put: (payload) => this.#putIndexObject(payload),
      announce: async (object) => parts.onIndexed?.(object),
    });
  }

  get counts(): SessionCounts {
    return this.#counts;
  }

  async addPack(pack: SealedPack): Promise<void> {
    this.#checkOpen('store a pack');
    const { blobs, cache } = this.#context;
    const name = objectName('packs', pack.id);
    const put = await onStore(`put ${name}`, () => blobs.put(name, pack.bytes, { ifAbsent: true }));
    if (put === 'exists') throw await notAsPut(blobs, name, pack.bytes);
    this.#counts.packs += 1;
    this.#counts.packBytes += pack.sizeBytes;
    if (pack.type === 'manifest') await cache?.write('manifest', pack.id, pack.bytes);
    const { bytes: _bytes, ...summary } = pack;
    await this.#indexWriter.add(summary);
  }

  async flush(): Promise<void> {
    this.#checkOpen('write the index');
    await this.#indexWriter.flush();
  }

  async commit(snapshot: Omit<Snapshot, 'kind' | 'id'>): Promise<'committed' | 'fenced'> {
    this.#checkOpen('commit a snapshot');
    await this.#indexWriter.flush();
    const outcome = await this.#commit(snapshot);
    await this.#end();
    return outcome;
  }

  async abandon(): Promise<void> {
    if (this.#ended) return;
    if (this.#commitSent && !(await this.#fence())) await this.#rest();
    else await this.#end();
  }

  /**
   * Takes the name that a commit without an answer may still want. Without it the session has to stay: it is what makes gc wait for
   * that commit, and then fence it. Where the commit took effect without the session, it was fenced long ago and must not stand.
   */
  async #fence(): Promise<boolean> {
    const address = { kind: 'snapshot', name: objectName('snapshots', this.id) } as const;
    try {
      const put = await this.#context.objects.putIfAbsent(address, encodeSnapshotRecord({ kind: 'fence' }));
      if (put === 'exists' && !(await this.#isThere()) && (await this.#isOurs(address.name)))
        await this.#putTombstone();
      return true;
    } catch {
      return false;
    }
  }

  /** W4. */
  async #commit(snapshot: Omit<Snapshot, 'kind' | 'id'>): Promise<'committed' | 'fenced'> {
    if (!(await this.#isThere())) return 'fenced';
    const name = objectName('snapshots', this.id);
    const payload = encodeSnapshotRecord({ ...snapshot, kind: 'snapshot', id: this.id });
    this.#commitSent = true;
    const put = await this.#context.objects.putIfAbsent({ kind: 'snapshot', name }, payload);
    if (put === 'exists' && !(await this.#isOurs(name))) return 'fenced';
    if (await this.#isThere()) return 'committed';
    // Fenced so long ago that the fence is gone: what this snapshot relies on may be, too.
    await this.#putTombstone();
    return 'fenced';
  }

  async #isThere(): Promise<boolean> {
    const name = objectName('sessions', this.id);
    const info = await onStore(`look up ${name}`, () => this.#context.blobs.head(name));
    return info !== undefined;
  }

  /** Only this session puts a snapshot under its id: what is there is an earlier try of this commit, or a fence. */
  async #isOurs(name: string): Promise<boolean> {
    const payload = await this.#context.objects.read({ kind: 'snapshot', name });
    if (payload === undefined) return false;
    return decodeSnapshotRecord(payload, { id: this.id, object: name }).kind === 'snapshot';
  }

  async #putTombstone(): Promise<void> {
    const name = objectName('tombstones', this.id);
    await this.#context.objects.putIfAbsent(
      { kind: 'snapshot', name },
      encodeSnapshotRecord({ kind: 'tombstone' }),
    );
  }

  async #putIndexObject(payload: Buffer): Promise<string> {
    const { objects, cache } = this.#context;
    const { id, bytes } = await objects.putIndexObject(payload);
    this.#counts.indexBytes += bytes.length;
    await cache?.write('index', id, bytes);
    return id;
  }

  /** W5. What cannot be deleted costs the next gc a look: the outcome of the session is decided. */
  async #end(): Promise<void> {
    await this.#rest();
    // In this order: to the service a caller owns a heartbeat as long as its session is there.
    const names = [heartbeatName(this.id), objectName('sessions', this.id)];
    await this.#context.blobs.delete(names).catch(() => {});
  }

  async #rest(): Promise<void> {
    this.#ended = true;
    this.#indexWriter.stop();
    await this.#heartbeat.stop();
    this.#context.ended(this);
  }

  #checkOpen(attempted: string): void {
    if (this.#ended) throw new BackupError('closed', { attempted, detail: `session ${this.id} has ended` });
  }
}
