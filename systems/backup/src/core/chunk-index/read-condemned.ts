// The packs that no writer may rely on: those of all condemnations, then those of all verdicts. In this order, because gc
// deletes a condemnation only when its verdict has long been put.

import type { Blobs } from '@cairn/engines';
import { damaged } from '../../format/damaged.ts';
import { decodeCondemned } from '../../format/records/condemned.ts';
import { decodeVerdict } from '../../format/records/verdict.ts';
import type { DamagedObject } from '../repository.ts';
import { inParallel } from '../store/in-parallel.ts';
import { listObjects } from '../store/list-all.ts';
import type { SealedObjects } from '../store/sealed-objects.ts';
import { isDamage } from '../store/store-error.ts';

export type Condemned = {
  /** Of all condemnations and verdicts. */
  readonly packs: ReadonlySet<string>;
  /** Of all verdicts: dead for good. */
  readonly dead: ReadonlySet<string>;
  /** Ids of the condemnations that were listed. */
  readonly condemnations: readonly string[];
  readonly damaged: readonly DamagedObject[];
};

export type CondemnedSource = { readonly blobs: Blobs; readonly objects: SealedObjects };

const readsAtOnce = 16;

const decoders = { condemned: decodeCondemned, verdicts: decodeVerdict } as const;
const kinds = { condemned: 'condemned', verdicts: 'verdict' } as const;

/** Throws `damaged` where a condemnation or verdict cannot be read: what it names is not to be relied on. */
export async function readCondemnedForWriter(source: CondemnedSource): Promise<Condemned> {
  const condemned = await readCondemned(source);
  const [first] = condemned.damaged;
  if (first === undefined) return condemned;
  throw damaged(first.name, `it says which packs are not to be relied on: ${first.problem}`);
}

export async function readCondemned(source: CondemnedSource): Promise<Condemned> {
  const named = { condemned: new Set<string>(), verdicts: new Set<string>() } as const;
  const unreadable: DamagedObject[] = [];
  const condemnations: string[] = [];
  for (const prefix of ['condemned', 'verdicts'] as const) {
    const listed = await listObjects(source.blobs, prefix);
    if (prefix === 'condemned') condemnations.push(...listed.map(({ id }) => id));
    await inParallel(listed, readsAtOnce, async ({ name }) => {
      try {
        // One that is gone meanwhile was carried out: its packs will not be listed, or are free.
        const payload = await source.objects.read({ kind: kinds[prefix], name });
        if (payload === undefined) return;
        for (const id of decoders[prefix](payload, name).packs) named[prefix].add(id);
      } catch (error) {
        if (!isDamage(error)) throw error;
        unreadable.push({ name, problem: error.message });
      }
    });
  }
  const packs = named.condemned.union(named.verdicts);
  return { packs, dead: named.verdicts, condemnations, damaged: unreadable };
}
