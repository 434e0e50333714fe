// The packs that no writer may rely on: those of all condemnations, then those of all verdicts. In this order, because gc
// deletes a condemnation only when its verdict has long been put.
//
// One of them that is hurt stops nobody where the other says enough (DESIGN.md, "Hurt condemnations and verdicts"):
//
//   condemnation   verdict     what is not to be relied on
//   hurt           readable    the verdict's packs: no other of that condemnation is ever deleted
//   hurt           none        writers call it off with an empty verdict; readers name it
//   readable       hurt        all packs of the condemnation
//   gone           hurt        nothing: it was carried out, or is of one that was put later and waits for this writer
//   hurt           hurt        not known

import type { Blobs } from '@cairn/engines';
import { BackupError } from '../../errors.ts';
import { damaged } from '../../format/damaged.ts';
import { objectName } from '../../format/object-names.ts';
import { decodeCondemned } from '../../format/records/condemned.ts';
import { decodeVerdict, encodeVerdict } from '../../format/records/verdict.ts';
import type { DamagedObject } from '../repository.ts';
import { inParallel } from '../store/in-parallel.ts';
import { listObjects } from '../store/list-all.ts';
import type { SealedObjects } from '../store/sealed-objects.ts';
import { isDamage, isHurt } from '../store/store-error.ts';

export type Condemned = {
  /** Of all condemnations and verdicts. */
  readonly packs: ReadonlySet<string>;
  /** Of all verdicts: dead for good. */
  readonly dead: ReadonlySet<string>;
  /** Ids of the condemnations that were listed. */
  readonly condemnations: readonly string[];
  /** What hides packs that are not to be relied on. */
  readonly damaged: readonly DamagedObject[];
};

export type CondemnedSource = { readonly blobs: Blobs; readonly objects: SealedObjects };

const readsAtOnce = 16;

const decoders = { condemned: decodeCondemned, verdicts: decodeVerdict } as const;
const kinds = { condemned: 'condemned', verdicts: 'verdict' } as const;

/**
 * Throws `damaged` where it is not known what is not to be relied on. A hurt condemnation that nobody has decided is called off: its packs
 * are free, and the next gc condemns what it still has to.
 */
export async function readCondemnedForWriter(source: CondemnedSource): Promise<Condemned> {
  const condemned = await readBoth(source, (id) => callOff(source, id));
  const [first] = condemned.damaged;
  if (first === undefined) return condemned;
  const detail = `it says which packs are not to be relied on, and \`repair\` takes it away: ${first.problem}`;
  throw damaged(first.name, detail);
}

export function readCondemned(source: CondemnedSource): Promise<Condemned> {
  return readBoth(source, async () => {});
}

/** C6 with nothing to delete: of this and the verdict of a collector that could read the condemnation one stands. */
export async function callOff({ objects }: Pick<CondemnedSource, 'objects'>, id: string): Promise<void> {
  const address = { kind: 'verdict', name: objectName('verdicts', id) } as const;
  try {
    await objects.putIfAbsent(address, encodeVerdict({ packs: [] }));
  } catch (error) {
    // Who may only add cannot: to him the condemnation stays what it is, hurt.
    if (!(error instanceof BackupError) || error.code !== 'denied') throw error;
  }
}

async function readBoth(
  source: CondemnedSource,
  onHurt: (condemnation: string) => Promise<void>,
): Promise<Condemned> {
  const condemned = await readAll(source, 'condemned');
  for (const { id, isHurt } of condemned.unreadable) if (isHurt) await onHurt(id);
  const verdicts = await readAll(source, 'verdicts');
  const unreadable = new Set(condemned.unreadable.map(({ id }) => id));
  const hiding = [
    ...condemned.unreadable.filter(({ id }) => !verdicts.read.has(id)),
    ...verdicts.unreadable.filter(({ id, isHurt }) => !isHurt || unreadable.has(id)),
  ];
  return {
    packs: condemned.packs.union(verdicts.packs),
    dead: verdicts.packs,
    condemnations: condemned.listed,
    damaged: hiding.map(({ name, problem }) => ({ name, problem })),
  };
}

type Unreadable = DamagedObject & {
  readonly id: string;
  /** Else a newer version wrote it, or somebody who has rotated the keys. */
  readonly isHurt: boolean;
};

type ReadLists = {
  readonly listed: readonly string[];
  readonly read: ReadonlySet<string>;
  readonly packs: ReadonlySet<string>;
  readonly unreadable: readonly Unreadable[];
};

async function readAll(source: CondemnedSource, prefix: 'condemned' | 'verdicts'): Promise<ReadLists> {
  const listed = await listObjects(source.blobs, prefix);
  const packs = new Set<string>();
  const read = new Set<string>();
  const unreadable: Unreadable[] = [];
  await inParallel(listed, readsAtOnce, async ({ id, name }) => {
    try {
      // One that is gone meanwhile was carried out: its packs will not be listed, or are free.
      const payload = await source.objects.read({ kind: kinds[prefix], name });
      if (payload === undefined) return;
      for (const pack of decoders[prefix](payload, name).packs) packs.add(pack);
      read.add(id);
    } catch (error) {
      if (!isDamage(error)) throw error;
      unreadable.push({ id, name, problem: error.message, isHurt: isHurt(error) });
    }
  });
  return { listed: listed.map(({ id }) => id), read, packs, unreadable };
}
