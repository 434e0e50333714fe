// Condemnations, their waits and their verdicts, as they lie in the store (DESIGN.md, C3 to C7).

import type { Blobs } from '@cairn/engines';
import { callOff } from '../core/chunk-index/read-condemned.ts';
import { inParallel } from '../core/store/in-parallel.ts';
import { listObjects } from '../core/store/list-all.ts';
import type { SealedObjects } from '../core/store/sealed-objects.ts';
import { isHurt, onStore } from '../core/store/store-error.ts';
import { objectName, waitsName } from '../format/object-names.ts';
import { decodeCondemned, decodeWaits, encodeCondemned, encodeWaits } from '../format/records/condemned.ts';
import { decodeVerdict, encodeVerdict } from '../format/records/verdict.ts';

export type Condemnation = {
  readonly id: string;
  readonly packs: readonly string[];
  /** Sessions that were at work after it was put; undefined where nobody has recorded them yet. */
  readonly waits: readonly string[] | undefined;
  /** Packs to delete, once that is decided. */
  readonly verdict: readonly string[] | undefined;
};

const readsAtOnce = 16;

export class Condemnations {
  readonly #blobs: Blobs;
  readonly #objects: SealedObjects;
  readonly #mends: boolean;

  /** `mends`: what is hurt is called off or removed when it is met; so unless told otherwise. */
  constructor(
    { blobs, objects }: { readonly blobs: Blobs; readonly objects: SealedObjects },
    { mends = true }: { readonly mends?: boolean } = {},
  ) {
    this.#blobs = blobs;
    this.#objects = objects;
    this.#mends = mends;
  }

  /**
   * All that there are, in the order of their ids. One that is hurt has the packs of its verdict, and is called off where nobody decided it.
   * Throws `damaged` where a verdict is hurt and not long carried out: what it deletes is not known.
   */
  async all(): Promise<readonly Condemnation[]> {
    const found: Condemnation[] = [];
    const listed = await listObjects(this.#blobs, 'condemned');
    await inParallel(listed, readsAtOnce, async ({ id }) => {
      const condemnation = await this.read(id);
      if (condemnation !== undefined) found.push(condemnation);
    });
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Undefined when it is gone: its verdict was carried out. */
  async read(id: string): Promise<Condemnation | undefined> {
    const name = objectName('condemned', id);
    const packs = await this.#packsOf(id, name);
    if (packs === 'gone') return undefined;
    const verdict = await this.verdictOf(id);
    return { id, packs: packs ?? verdict ?? [], waits: await this.#waitsOf(id), verdict };
  }

  /** Undefined when they cannot be read; then there is a verdict, perhaps one that was put for that. */
  async #packsOf(id: string, name: string): Promise<readonly string[] | 'gone' | undefined> {
    try {
      const payload = await this.#objects.read({ kind: 'condemned', name });
      return payload === undefined ? 'gone' : decodeCondemned(payload, name).packs;
    } catch (error) {
      if (!isHurt(error)) throw error;
      if (this.#mends) await callOff({ objects: this.#objects }, id);
      return undefined;
    }
  }

  /** C3. When it resolves whoever reads the condemnations sees it. */
  async put(
    id: string,
    record: { readonly session: string; readonly packs: readonly string[] },
  ): Promise<void> {
    const name = objectName('condemned', id);
    await this.#objects.putIfAbsent({ kind: 'condemned', name }, encodeCondemned(record));
  }

  /** C4. Any two lists that were taken after C3 serve: which of them stays does not matter. */
  async putWaits(id: string, sessions: readonly string[]): Promise<void> {
    await this.#objects.putIfAbsent({ kind: 'condemned', name: waitsName(id) }, encodeWaits({ sessions }));
  }

  /** C6. The verdict that holds, which may be another's; undefined when that one is gone by now. */
  async decide(id: string, packs: readonly string[]): Promise<readonly string[] | undefined> {
    const name = objectName('verdicts', id);
    const outcome = await this.#objects.putIfAbsent({ kind: 'verdict', name }, encodeVerdict({ packs }));
    return outcome === 'stored' ? packs : this.verdictOf(id);
  }

  async verdictOf(id: string): Promise<readonly string[] | undefined> {
    const name = objectName('verdicts', id);
    const payload = await this.#objects.read({ kind: 'verdict', name });
    return payload && decodeVerdict(payload, name).packs;
  }

  /** The end of C7: the waits first, so that a crash between the two leaves what the next run finds: a verdict. */
  async remove(id: string): Promise<void> {
    await onStore('delete a condemnation', async () => {
      await this.#blobs.delete([waitsName(id)]);
      await this.#blobs.delete([objectName('condemned', id)]);
    });
  }

  async #waitsOf(id: string): Promise<readonly string[] | undefined> {
    const name = waitsName(id);
    try {
      const payload = await this.#objects.read({ kind: 'condemned', name });
      return payload && decodeWaits(payload, name).sessions;
    } catch (error) {
      if (!isHurt(error)) throw error;
      // A later list does as well. Taken away for good, or every run would wait for those that came last.
      if (this.#mends) await onStore(`delete ${name}`, () => this.#blobs.delete([name]));
      return undefined;
    }
  }
}
