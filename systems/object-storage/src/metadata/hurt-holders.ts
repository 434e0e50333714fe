// Whose blobs are hurt, and where the same bytes may be: found by a scan of all rows, because a blob does not say whose it
// is, and an index that says it would cost every put a write for what is rarely asked.

import type { Transaction } from '@cairn/engines';
import type { StoredChecksum } from '../core/object-storage.ts';
import { localBucketOf, type ReplicationConfiguration } from '../replication/replication-rules.ts';
import { replicaMark, replicationOf } from '../replication/replication-state.ts';
import { type BlobHolder, type HolderCursor, listBlobHolders } from './blob-holders.ts';
import type { BlobRowName } from './blob-rows.ts';
import { bucketById } from './buckets.ts';
import { checksumFrom } from './checksum-text.ts';
import { intactReplicationOf } from './replication/add-replication.ts';
import { isIntact } from './row-checksums.ts';
import { statement } from './tables.ts';
import { selectPart } from './uploads.ts';
import { nullVersionId, shownVersionId, versionBeforeVersioning } from './version-order.ts';
import { rowAt } from './version-row.ts';
import { selectObject, type VersionRow } from './version-statements.ts';

/** Where bytes of a version may be: a destination that it was brought to, or where it was brought from. */
export type ReplicaSource = {
  /** An ARN. */
  readonly target: string;
  /** That it has there; undefined where the server gave none. */
  readonly versionId: string | undefined;
};

export type HurtVersion = {
  readonly bucketId: number;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  /** Its place among the versions of its key. */
  readonly version: string;
  readonly sizeBytes: number;
  readonly etag: string;
  /** JSON of ObjectAttributes. */
  readonly attributes: string;
  readonly sources: readonly ReplicaSource[];
  /** Of its bytes those of the blob: all of them, or a part. */
  readonly piece: HurtPiece;
};

export type HurtPiece = {
  readonly row: BlobRowName;
  readonly start: number;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: Pick<StoredChecksum, 'algorithm' | 'value'> | undefined;
  /** Of an encrypted part. */
  readonly salt: string | null;
};

/** `version` is undefined for a part of an unfinished upload, and `damaged` for a row that does not match its checksum. */
export type HurtHolder = {
  readonly holder: BlobHolder;
  readonly version: HurtVersion | 'damaged' | undefined;
};
export type HurtHoldersPage = {
  readonly found: readonly HurtHolder[];
  readonly next: HolderCursor | undefined;
};

const selectReplicating = statement({ id: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('bucket')
    .select('id')
    .where('replicates', '=', (where) => where.lit(1))
    .where('id', '>', p.id)
    .orderBy('id')
    .limit(p.limit),
);

/** Looks at about `limit` blobs, and gives those that are asked for. */
export function* listHurtHolders(input: {
  cursor: HolderCursor;
  limit: number;
  blobs: readonly string[];
}): Transaction<HurtHoldersPage> {
  const { cursor, limit, blobs } = input;
  const page = yield* listBlobHolders({ cursor, limit });
  const hurt = new Set(blobs);
  const found: HurtHolder[] = [];
  for (const holder of page.holders) {
    if (!hurt.has(holder.blob)) continue;
    found.push({ holder, version: yield* versionOf(holder) });
  }
  return { found, next: page.next };
}

function* versionOf(holder: BlobHolder): Transaction<HurtHolder['version']> {
  const { table, bucket, bucketId, key, id } = holder;
  if (table === 'upload') return undefined;
  const row =
    table === 'object'
      ? yield* selectObject.first({ bucket: bucketId, key })
      : yield* rowAt({ bucket: bucketId, key, version: id });
  const intact = row !== undefined && isIntact.version(row);
  const piece = intact ? yield* pieceOf(row, holder) : undefined;
  if (!intact || piece === undefined) return 'damaged';
  return {
    ...{ bucketId, bucket, key, version: row.version, versionId: shownVersionId(row) },
    ...{ sizeBytes: row.size, etag: row.etag, attributes: row.attributes, piece },
    sources: yield* sourcesOf(row, bucket),
  };
}

/** Undefined for a part whose row is damaged. */
function* pieceOf(
  row: VersionRow,
  { partNumber, bucketId, key }: BlobHolder,
): Transaction<HurtPiece | undefined> {
  const whole = checksumFrom(row.checksum);
  const { version, size, etag, data } = row;
  if (partNumber === undefined) {
    return {
      ...{ row: { bucket: bucketId, key, version }, start: 0, sizeBytes: size, etag, salt: null },
      checksum: whole?.type === 'FULL_OBJECT' ? whole : undefined,
    };
  }
  const part = data === null ? undefined : yield* selectPart.first({ upload: data, number: partNumber });
  if (part === undefined || part.start === null || !isIntact.part(part)) return undefined;
  const value = part.checksum;
  return {
    row: { upload: part.upload, number: part.number },
    ...{ start: part.start, sizeBytes: part.size, etag: part.etag, salt: part.salt },
    checksum: whole === undefined || value === null ? undefined : { algorithm: whole.algorithm, value },
  };
}

function* sourcesOf(row: VersionRow, bucket: string): Transaction<readonly ReplicaSource[]> {
  const known = replicationOf(row.attributes);
  if (known === undefined) return [];
  if (!known.replica) {
    return Object.entries(known.to)
      .filter(([, { status, versionId }]) => status === 'COMPLETED' || versionId !== undefined)
      .map(([target, { versionId }]) => ({ target, versionId }));
  }
  return [...(yield* sourcesHere(row, bucket)), ...(yield* sourceAway(row))];
}

/** Buckets of this storage that replicate to this one: there the version has the same id. */
function* sourcesHere(row: VersionRow, name: string): Transaction<readonly ReplicaSource[]> {
  const found: ReplicaSource[] = [];
  for (let id = -1; ; ) {
    const next = yield* selectReplicating.first({ id, limit: 1 });
    if (next === undefined) return found;
    id = next.id;
    const source = yield* bucketById({ bucket: id });
    const targets = yield* targetsOf(id);
    if (source !== undefined && targets.some((target) => localBucketOf(target) === name))
      found.push({ target: `arn:aws:s3:::${source.name}`, versionId: shownVersionId(row) });
  }
}

/** Of two servers that replicate to each other this one knows where a replica came from, and it says as which version. */
function* sourceAway(row: VersionRow): Transaction<readonly ReplicaSource[]> {
  const { userMetadata } = JSON.parse(row.attributes) as {
    readonly userMetadata?: Readonly<Record<string, string>>;
  };
  const place = userMetadata?.[replicaMark];
  if (place === undefined) return [];
  const versionId = place === versionBeforeVersioning ? nullVersionId : place;
  const targets = yield* targetsOf(row.bucket);
  return targets
    .filter((target) => localBucketOf(target) === undefined)
    .map((target) => ({ target, versionId }));
}

/** Of all rules of a bucket, those that are switched off too. */
function* targetsOf(id: number): Transaction<readonly string[]> {
  const document = yield* intactReplicationOf(id);
  if (document === undefined) return [];
  const { rules } = JSON.parse(document) as ReplicationConfiguration;
  return [...new Set(rules.map(({ destination }) => destination))];
}
