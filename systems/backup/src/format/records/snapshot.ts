// The payload of `snapshots/<id>`: a snapshot, a fence or a tombstone (DESIGN.md, "Snapshot payload"). The id is the object's name
// and not repeated inside. Members that a newer version added are kept when a snapshot is read and written again.

import type { Snapshot, SnapshotRecord } from '../snapshot-record.ts';
import { decodeJson, encodeJson, expectKnown } from './json-record.ts';
import { countShape, fromHex, hashIdShape, idShape, timeShape, toHex } from './members.ts';
import { either, object, optional, table } from './object-shape.ts';
import { list, oneOf, text, whole } from './shape.ts';

const summaryShape = object(
  {
    files: countShape,
    directories: countShape,
    bytes: countShape,
    filesNew: countShape,
    filesChanged: countShape,
    filesUnmodified: countShape,
    errors: countShape,
    chunksNew: countShape,
    bytesAdded: countShape,
    durationMs: countShape,
  },
  'kept',
);

const namesShape = table(/^\d+$/, text());

const snapshotShape = object(
  {
    kind: oneOf('snapshot'),
    time: timeShape,
    host: text(),
    user: text(),
    paths: list(text()),
    tags: list(text()),
    excludes: list(text()),
    parent: optional(idShape),
    original: optional(idShape),
    copiedFrom: optional(object({ repository: idShape, snapshot: idShape })),
    root: object({ chunks: list(hashIdShape, { min: 1 }), length: whole({ min: 1 }) }),
    users: namesShape,
    groups: namesShape,
    summary: summaryShape,
    program: text(),
  },
  'kept',
);

const recordShape = either('kind', {
  snapshot: snapshotShape,
  fence: object({ kind: oneOf('fence') }, 'kept'),
  tombstone: object({ kind: oneOf('tombstone'), replacedBy: optional(idShape) }, 'kept'),
});

export function encodeSnapshotRecord(record: SnapshotRecord): Buffer {
  return encodeJson(record.kind === 'snapshot' ? withoutId(record) : record, recordShape);
}

/** `id` from the object's name, which is authenticated. Throws `damaged`, or `unknown-format` for a kind of a newer version. */
export function decodeSnapshotRecord(
  payload: Uint8Array,
  options: { readonly id: string; readonly object: string },
): SnapshotRecord {
  expectKnown(payload, options.object, 'kind', ['snapshot', 'fence', 'tombstone']);
  const record = decodeJson(payload, options.object, recordShape);
  if (record.kind !== 'snapshot') return record;
  const { root, ...rest } = record;
  const fingerprints = fromHex(root.chunks.join(''));
  return { ...rest, id: options.id, root: { kind: 'chunks', fingerprints, lengthBytes: root.length } };
}

function withoutId({ id: _name, root, ...rest }: Snapshot): unknown {
  const digits = toHex(root.fingerprints);
  return { ...rest, root: { chunks: digits.match(/.{64}/g) ?? [], length: root.lengthBytes } };
}
