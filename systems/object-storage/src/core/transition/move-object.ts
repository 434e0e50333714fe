// Moves the bytes of one version to a place, or of one archived object back into a copy.
//
//   step                                                        a crash after it leaves
//   1  the blob's name is written into the place's outbox       a name of nothing, which the worker takes out
//   2  the blob is stored at the place, durably                 a blob whose name is in the outbox: the worker removes it
//   3  one transaction takes the name out of the outbox, puts   the moved version
//      it into the row and the old bytes into the garbage
//
// While it is written the name is held, so that the worker leaves it alone. When nobody knows whether step 3 happened, it is
// held until the next start: then either the row or the outbox has it.

import { SqlError } from '@cairn/engines';
import type { Pace } from '../../data/upkeep/pace.ts';
import type { MovementRow } from '../../metadata/transition/movements.ts';
import type { RestoredRow } from '../../metadata/transition/restored-rows.ts';
import { isMoved, movedData, movedFrom } from '../../transition/moved-data.ts';
import type { CoreParts } from '../parts.ts';
import { settleBlob } from '../settle-blob.ts';
import { type StoredVersion, storedChunks, storedSize, wholeOf } from './stored-bytes.ts';

export type MovingParts = Pick<
  CoreParts,
  'metadata' | 'data' | 'places' | 'holds' | 'world' | 'secrets' | 'dayMs' | 'discard'
>;
type Moving = { readonly pace: Pace; readonly signal: AbortSignal };

/** Bytes that went; undefined when there was nothing to move. Throws what the place, the data store or the row throws. */
export async function moveObject(
  parts: MovingParts,
  movement: MovementRow,
  moving: Moving,
): Promise<number | undefined> {
  const { metadata } = parts;
  const row = await metadata.lookup('findMoving', movement);
  const there =
    row !== undefined && isMoved(row.data) && movedFrom(row.data).place === movement.storage_class;
  if (row === undefined || there) {
    await metadata.write('settleMovement', { movement, dueMs: undefined });
    return undefined;
  }
  const restored = await metadata.lookup('findRestored', { source: row.data });
  if (restored !== undefined) {
    // Its readers find the copy by the bytes that it is of.
    await metadata.write('settleMovement', { movement, dueMs: restored.due_ms + restoreCheckMs });
    return undefined;
  }
  return placeBytes(parts, { movement, row }, moving);
}

const restoreCheckMs = 1_000;

async function placeBytes(
  parts: MovingParts,
  { movement, row }: { movement: MovementRow; row: StoredVersion & { readonly etag: string } },
  { pace, signal }: Moving,
): Promise<number | undefined> {
  const { metadata, places, holds } = parts;
  const data = movedData({ place: movement.storage_class, id: newId(parts) });
  const releases = [holds.hold(data), holds.hold(row.data)];
  let unknown = false;
  try {
    await metadata.write('addPlacedGarbage', { id: data, sinceMs: nowMs(parts) });
    const sizeBytes = await storedSize(parts, row);
    const chunks = paced(storedChunks(parts, row), { pace, signal });
    await places.store({ data, sizeBytes }, { chunks, signal });
    unknown = true;
    const outcome = await metadata.write('adoptPlaced', {
      ...{ movement, etag: row.etag, data, nowMs: nowMs(parts) },
    });
    unknown = false;
    return outcome === 'adopted' ? sizeBytes : undefined;
  } catch (error) {
    unknown &&= error instanceof SqlError && error.mayHaveHappened;
    throw error;
  } finally {
    if (!unknown) for (const release of releases) release();
  }
}

/** Makes the copy of an archived object that was asked for. Bytes that came; undefined when nobody wants it any more. */
export async function restoreCopy(
  parts: MovingParts,
  { source, ...asked }: RestoredRow,
  { pace, signal }: Moving,
): Promise<number | undefined> {
  const { metadata, places, data, dayMs } = parts;
  const row = await metadata.lookup('findMoving', { ...asked, source });
  if (row === undefined) {
    // It may be that it has another name by now.
    await metadata.write('giveUpRestore', { source, of: asked, sinceMs: nowMs(parts) });
    return undefined;
  }
  const sizeBytes = await storedSize(parts, row);
  const reader = await places.open({ data: source, sizeBytes });
  const stored = await data.write(copies(paced(wholeOf(reader), { pace, signal })), { sizeBytes });
  const outcome = await settleBlob(parts, stored.blob, () =>
    metadata.write('finishRestore', { source, blob: stored.blob, nowMs: nowMs(parts), dayMs }),
  );
  return outcome === 'restored' ? sizeBytes : undefined;
}

function newId({ secrets }: MovingParts): string {
  return secrets.bytes(16).toString('hex');
}

function nowMs({ world }: MovingParts): number {
  return Math.floor(world.clock.nowMs());
}

async function* paced(
  chunks: AsyncIterable<Uint8Array>,
  { pace, signal }: Moving,
): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    await pace.spend(chunk.byteLength, signal);
  }
}

/** The reader uses its buffers again, the writer does not copy. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield Uint8Array.from(chunk);
}
