// The master keys of this storage: the newest wraps the keys of new objects, all unwrap.
//
//   what happens                          file          metadata          a crash behind it leaves
//   1  a key is drawn                     the key       -                 a key that nothing uses: taken up at the next start
//   2  it is noted                        the key       the key, known    a key that may wrap
//   3  keys of objects are wrapped        the key       the key, used
//
// So a key that wraps anything is in the file and is known. A known key that is not in the file, or is another one there,
// is lost: its objects cannot be read, and no new file is made up in its place, because the right one may come back.

import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { dataKeyBytes } from '../../encryption/frame-cipher.ts';
import { fingerprintOf, type MasterKey, MasterKeyFileError } from '../../encryption/master-key-file.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { MasterKeyRow } from '../../metadata/master-keys.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { SerialSteps } from '../../serial-steps.ts';
import { readMasterKeys, setAsideMasterKeys, writeMasterKeys } from './master-key-file.ts';

type Parts = {
  /** Its randomness makes secrets. */
  readonly world: Pick<World, 'disk' | 'clock' | 'random'>;
  readonly path: string;
  readonly metadata: MetadataSql;
  readonly log: Telemetry['log'];
};

export class MasterKeys {
  readonly #parts: Parts;
  readonly #commits = new Set<Promise<unknown>>();
  #keys: readonly MasterKey[] | undefined;
  #known: readonly MasterKeyRow[] = [];
  /** A key was known whose row rotted: then there has to be a file, too. */
  #someRotted = false;
  /** Why the file cannot be used. */
  #problem: string | undefined;
  /** One change at a time. */
  readonly #changes = new SerialSteps();

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A storage that never encrypted anything has no file to read. */
  static async open(parts: Parts): Promise<MasterKeys> {
    const keys = new MasterKeys(parts);
    const known = await parts.metadata.lookup('listMasterKeys', {});
    keys.#known = known.keys;
    const { damaged } = known;
    keys.#someRotted = damaged.length > 0;
    if (damaged.length > 0) parts.log.error('rows of master keys are damaged', { damaged });
    if (known.keys.length > 0 || damaged.length > 0) await keys.#changes.run(() => keys.#load());
    return keys;
  }

  /** Known, but not in the file: what is wrapped under them cannot be read. */
  get lost(): readonly string[] {
    return this.#known.filter(({ id }) => this.find(id) === undefined).map(({ id }) => id);
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  get count(): number {
    return this.#keys?.length ?? 0;
  }

  /** Keys of objects may still be wrapped under an older one than the newest. */
  get rewrapDue(): boolean {
    return this.#known.at(-1)?.rewrapped === 0;
  }

  /** Undefined when it is lost. */
  find(id: string): MasterKey | undefined {
    const found = this.#keys?.find((each) => each.id === id);
    const known = this.#known.find((each) => each.id === id);
    if (found === undefined || known === undefined) return found;
    return known.fingerprint === fingerprintOf(found.key) ? found : undefined;
  }

  /** Makes the first one when there was none ever. Throws ServiceUnavailable when it is lost. */
  async requireNewest(): Promise<void> {
    if (this.#usable() === undefined) await this.#changes.run(() => this.#loadOrMake());
    this.newest();
  }

  /** To be called after `requireNewest`. Throws ServiceUnavailable when it is lost. */
  newest(): MasterKey {
    const newest = this.#usable();
    if (newest !== undefined) return newest;
    throw new ObjectStorageError('ServiceUnavailable', {
      message: `The master key is not there (${this.#problem ?? 'lost'}). Nothing can be encrypted until its file is back, or rotate-key makes a new one.`,
    });
  }

  /** A change of the metadata that keeps what was wrapped under the newest key just now. */
  async committing<T>(commit: Promise<T>): Promise<T> {
    this.#commits.add(commit);
    try {
      return await commit;
    } finally {
      this.#commits.delete(commit);
    }
  }

  /** Resolves when what is being committed now has been. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#commits]);
  }

  /** Makes a new key, durably. The old ones stay, for what is wrapped under them. */
  rotate(): Promise<string> {
    return this.#changes.run(async () => {
      if (this.#keys === undefined) await this.#load();
      await this.#add();
      return this.newest().id;
    });
  }

  /** No key of an object is wrapped under an older one than `newest`. */
  rewrapped(newest: string): Promise<void> {
    return this.#changes.run(async () => {
      const row = this.#known.find(({ id }) => id === newest);
      if (row !== undefined) await this.#note({ ...row, rewrapped: 1 });
    });
  }

  /** The newest key, when it is known and nothing is wrong with it. */
  #usable(): MasterKey | undefined {
    const newest = this.#known.at(-1);
    return newest === undefined ? undefined : this.find(newest.id);
  }

  async #loadOrMake(): Promise<void> {
    if (this.#keys === undefined || this.#problem !== undefined) await this.#load();
    if (this.#keys === undefined && this.#problem === undefined) await this.#add();
  }

  async #load(): Promise<void> {
    const { world, path, log } = this.#parts;
    this.#problem = undefined;
    try {
      this.#keys = await readMasterKeys(world.disk, path);
      const someKnown = this.#known.length > 0 || this.#someRotted;
      if (this.#keys === undefined && someKnown) this.#problem = `${path} is missing`;
      if (this.#keys !== undefined) await this.#takeUp(this.#keys);
    } catch (error) {
      if (!(error instanceof MasterKeyFileError)) throw error;
      this.#problem = `${path} cannot be used: ${error.message}`;
    }
    this.#problem ??= this.#lostProblem();
    if (this.#problem !== undefined) {
      log.error('master keys are lost', { problem: this.#problem, lost: this.lost });
    }
  }

  #lostProblem(): string | undefined {
    const lost = this.lost;
    return lost.length === 0 ? undefined : `${this.#parts.path} does not hold ${lost.join(', ')}`;
  }

  /**
   * The newest of the file may have been made by a process that died before it was noted. Not of a file that lacks a known
   * key: it may be that of another storage, and what its keys wrap is lost when the right file comes back.
   */
  async #takeUp(keys: readonly MasterKey[]): Promise<void> {
    if (this.lost.length > 0) return;
    const newest = keys.at(-1);
    if (newest === undefined || this.#known.some(({ id }) => id === newest.id)) return;
    const last = this.#known.at(-1);
    if (last === undefined || newest.createdMs > last.created_ms) await this.#noteKey(newest);
  }

  async #add(): Promise<void> {
    const { world, path, log } = this.#parts;
    const nowMs = Math.floor(world.clock.nowMs());
    if (
      this.#keys === undefined &&
      this.#problem !== undefined &&
      (await world.disk.stat(path)) !== undefined
    ) {
      const kept = await setAsideMasterKeys(world.disk, path, nowMs);
      log.warn('a file of master keys that cannot be used was set aside', { path, kept });
    }
    // Behind all others in the metadata too, whatever the clock says.
    const createdMs = Math.max(nowMs, ...this.#known.map(({ created_ms }) => created_ms + 1));
    const id = world.random.bytes(8).toString('hex');
    const key = { id, createdMs, key: Buffer.from(world.random.bytes(dataKeyBytes)) };
    const keys = [...(this.#keys ?? []), key];
    await writeMasterKeys(world.disk, path, keys);
    this.#keys = keys;
    await this.#noteKey(key);
    this.#problem = this.#lostProblem();
  }

  async #noteKey({ id, createdMs, key }: MasterKey): Promise<void> {
    const rewrapped = this.#known.length === 0 ? 1 : 0;
    await this.#note({ id, created_ms: createdMs, fingerprint: fingerprintOf(key), rewrapped });
  }

  async #note(masterKey: MasterKeyRow): Promise<void> {
    await this.#parts.metadata.write('noteMasterKey', { masterKey });
    const { id, created_ms, fingerprint, rewrapped } = masterKey;
    const others = this.#known.filter((each) => each.id !== id);
    this.#known = [...others, { id, created_ms, fingerprint, rewrapped }].sort(byAge);
  }
}

function byAge(left: MasterKeyRow, right: MasterKeyRow): number {
  return left.created_ms - right.created_ms;
}
