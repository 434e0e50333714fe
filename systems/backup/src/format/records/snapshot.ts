// The payload of `snapshots/<id>`: a snapshot, a fence or a tombstone (DESIGN.md, "Snapshot payload"). The id is the object's name
// and not repeated inside. Members that a newer version added are kept when a snapshot is read and written again.

import { z } from 'zod';
import type { Snapshot, SnapshotRecord } from '../snapshot-record.ts';
import { decodeJson, encodeJson, expectKnown } from './json-record.ts';
import { countSchema, fromHex, hashIdSchema, idSchema, timeSchema, toHex } from './members.ts';

const summarySchema = z.looseObject({
  files: countSchema,
  directories: countSchema,
  bytes: countSchema,
  filesNew: countSchema,
  filesChanged: countSchema,
  filesUnmodified: countSchema,
  errors: countSchema,
  chunksNew: countSchema,
  bytesAdded: countSchema,
  durationMs: countSchema,
});

const namesSchema = z.record(z.string().regex(/^\d+$/), z.string());

const snapshotSchema = z.looseObject({
  kind: z.literal('snapshot'),
  time: timeSchema,
  host: z.string(),
  user: z.string(),
  paths: z.array(z.string()),
  tags: z.array(z.string()),
  excludes: z.array(z.string()),
  parent: idSchema.exactOptional(),
  original: idSchema.exactOptional(),
  copiedFrom: z.object({ repository: idSchema, snapshot: idSchema }).exactOptional(),
  root: z.object({ chunks: z.array(hashIdSchema).min(1), length: z.int().min(1) }),
  users: namesSchema,
  groups: namesSchema,
  summary: summarySchema,
  program: z.string(),
});

const recordSchema = z.discriminatedUnion('kind', [
  snapshotSchema,
  z.looseObject({ kind: z.literal('fence') }),
  z.looseObject({ kind: z.literal('tombstone'), replacedBy: idSchema.exactOptional() }),
]);

export function encodeSnapshotRecord(record: SnapshotRecord): Buffer {
  return encodeJson(record.kind === 'snapshot' ? withoutId(record) : record, recordSchema);
}

/** `id` from the object's name, which is authenticated. Throws `damaged`, or `unknown-format` for a kind of a newer version. */
export function decodeSnapshotRecord(
  payload: Uint8Array,
  options: { readonly id: string; readonly object: string },
): SnapshotRecord {
  expectKnown(payload, options.object, 'kind', ['snapshot', 'fence', 'tombstone']);
  const record = decodeJson(payload, options.object, recordSchema);
  if (record.kind !== 'snapshot') return record;
  const { root, ...rest } = record;
  const fingerprints = fromHex(root.chunks.join(''));
  return { ...rest, id: options.id, root: { kind: 'chunks', fingerprints, lengthBytes: root.length } };
}

function withoutId({ id: _name, root, ...rest }: Snapshot): unknown {
  const digits = toHex(root.fingerprints);
  return { ...rest, root: { chunks: digits.match(/.{64}/g) ?? [], length: root.lengthBytes } };
}
