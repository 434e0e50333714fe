// Rows of new blobs, many in one statement: to bind, run and answer a statement costs more than its row does.
//
// What is there already stays as it is, and is not new: the index counts every blob once. A statement for many rows would
// not say which of them were new, so it is only for rows that nothing can be in the way of; all others go one by one.

import type { Transaction } from '@cairn/engines';
import { type BlobRow, blobChecksum, statement } from './tables.ts';

const columns = { id: 'text', log: 'integer', size: 'integer', runs: 'blob', checksum: 'integer' } as const;

const insertBlob = statement(columns, (db, p) =>
  db
    .insertInto('blob')
    .values({ ...p })
    .onConflict((conflict) => conflict.column('id').doNothing()),
);
const selectBetween = statement({ first: 'text', last: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('blob').select('id').where('id', '>=', p.first).where('id', '<=', p.last).limit(p.limit),
);

const manyRows = 16;
/** By row, the parameters that take its columns. */
const names = Array.from(
  { length: manyRows },
  (_, row) =>
    ({
      id: `id${row}`,
      log: `log${row}`,
      size: `size${row}`,
      runs: `runs${row}`,
      checksum: `checksum${row}`,
    }) as const,
);
type ManyColumns = {
  readonly [Column in keyof typeof columns as `${Column}${number}`]: (typeof columns)[Column];
};
const insertMany = statement(manyColumns(), (db, p) =>
  db.insertInto('blob').values(
    names.map(({ id, log, size, runs, checksum }) => ({
      id: p[id]!,
      log: p[log]!,
      size: p[size]!,
      runs: p[runs]!,
      checksum: p[checksum]!,
    })),
  ),
);

function manyColumns(): ManyColumns {
  const types = names.flatMap(({ id, log, size, runs, checksum }) => [
    [id, columns.id],
    [log, columns.log],
    [size, columns.size],
    [runs, columns.runs],
    [checksum, columns.checksum],
  ]);
  return Object.fromEntries(types) as ManyColumns;
}

/** Those that were new. */
export function* addBlobs(blobs: readonly BlobRow[]): Transaction<readonly BlobRow[]> {
  const added: BlobRow[] = [];
  for (let at = 0; at < blobs.length; at += manyRows) {
    const some = blobs.slice(at, at + manyRows);
    if (some.length === manyRows && (yield* areNew(some))) {
      yield* insertMany.run(parametersOf(some));
      added.push(...some);
    } else for (const blob of some) if (yield* addBlob(blob)) added.push(blob);
  }
  return added;
}

/** Whether it was new. */
export function* addBlob(blob: BlobRow): Transaction<boolean> {
  return (yield* insertBlob.run({ ...blob, checksum: blobChecksum(blob) })) > 0;
}

/** They differ, and nothing lies between the first and the last of them: ids rise, so that is nearly always so. */
function* areNew(blobs: readonly BlobRow[]): Transaction<boolean> {
  const ids = blobs.map(({ id }) => id).sort();
  if (ids.some((id, index) => id === ids[index + 1])) return false;
  return (yield* selectBetween.first({ first: ids[0]!, last: ids.at(-1)!, limit: 1 })) === undefined;
}

function parametersOf(blobs: readonly BlobRow[]): Parameters<typeof insertMany.run>[0] {
  const parameters: Record<string, string | number | Uint8Array> = {};
  for (const [row, blob] of blobs.entries()) {
    const { id, log, size, runs, checksum } = names[row]!;
    parameters[id] = blob.id;
    parameters[log] = blob.log;
    parameters[size] = blob.size;
    parameters[runs] = blob.runs;
    parameters[checksum] = blobChecksum(blob);
  }
  return parameters as Parameters<typeof insertMany.run>[0];
}
