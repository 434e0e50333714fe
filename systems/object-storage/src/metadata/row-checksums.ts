// Checksums of rows: CRC-32 over all columns of a row, so that a bit that rots in the database is noticed when the row
// is read, and never served.
//
//   text of a row = for each column in order: its value, then U+0000      values hold no U+0000, so no two rows share one
//   nullable column = "-" for null, "+" and the value otherwise
//
// Objects have two: one over what a listing shows (listed-text.ts), and one over the whole row, which goes on where the
// first ends. A row without a checksum is from before there were any; it gets one when it is written again.

import { crc32 } from 'node:zlib';
import { SqlError } from '@cairn/engines';
import { listedText } from './listed-text.ts';
import type { MetadataTables } from './tables.ts';

/** A row as it is read or about to be written: its checksum may be missing. */
type Unsealed<Row> = Omit<Row, 'row_crc' | 'listed_crc'>;
type Sealed<Row> = Row & { readonly row_crc: number };

export type StoredVersion = Unsealed<MetadataTables['version']>;

/** What a listing does not show. */
function restText({ version, null_version, attributes, data, part_count, shared }: StoredVersion): string {
  const plain = `\0${version}\0${null_version}\0${attributes}\0${nullable(data)}\0${nullable(part_count)}\0`;
  // Rows from before there were copies that share keep their checksums.
  return shared === null ? plain : `${plain}${shared}\0`;
}

function bucketText(row: Unsealed<MetadataTables['bucket']>): string {
  const { name, id, owner, created_ms, versioning, notifies, metered, replicates } = row;
  const plain = `${name}\0${id}\0${owner}\0${created_ms}\0${nullable(versioning)}\0`;
  // Rows from before there were events, quotas and replication keep their checksums.
  const notifying = notifies === null ? plain : `${plain}${notifies}\0`;
  const metering = metered === null ? notifying : `${notifying}metered ${metered}\0`;
  return replicates === null ? metering : `${metering}replicates ${replicates}\0`;
}

function replicationText(row: Unsealed<MetadataTables['replication']>): string {
  const { target, bucket, key, version, changes, since_ms, progress } = row;
  return `${target}\0${bucket}\0${key}\0${version}\0${changes}\0${since_ms}\0${nullable(progress)}\0`;
}

function replicationPassText(row: Unsealed<MetadataTables['replication_pass']>): string {
  return `${row.target}\0${row.bucket}\0${row.after}\0`;
}

function eventText(row: Unsealed<MetadataTables['event']>): string {
  return `${row.target}\0${row.sequence}\0${row.since_ms}\0${row.event}\0`;
}

function eventSequenceText({ name, last }: Unsealed<MetadataTables['event_sequence']>): string {
  return `${name}\0${last}\0`;
}

function bucketUsageText(row: Unsealed<MetadataTables['bucket_usage']>): string {
  const { bucket, bytes, objects, counted_to, bytes_max, objects_max } = row;
  return `${bucket}\0${bytes}\0${objects}\0${nullable(counted_to)}\0${nullable(bytes_max)}\0${nullable(objects_max)}\0`;
}

function userUsageText(row: Unsealed<MetadataTables['user_usage']>): string {
  const { owner, bytes, objects, bytes_max, objects_max } = row;
  return `${owner}\0${bytes}\0${objects}\0${nullable(bytes_max)}\0${nullable(objects_max)}\0`;
}

function configurationText(row: Unsealed<MetadataTables['bucket_configuration']>): string {
  return `${row.bucket}\0${row.name}\0${row.document}\0`;
}

function lifecycleText({ bucket, state }: Unsealed<MetadataTables['lifecycle']>): string {
  return `${bucket}\0${state}\0`;
}

function uploadText(row: Unsealed<MetadataTables['upload']>): string {
  const { bucket, key, id, initiated_ms, owner, attributes, checksum } = row;
  return `${bucket}\0${key}\0${id}\0${initiated_ms}\0${owner}\0${attributes}\0${nullable(checksum)}\0`;
}

function partText(row: Unsealed<MetadataTables['part']>): string {
  const { upload, number, blob, size, etag, modified_ms, checksum, start, salt, shared } = row;
  const plain = `${upload}\0${number}\0${blob}\0${size}\0${etag}\0${modified_ms}\0${nullable(checksum)}\0${nullable(start)}\0`;
  // Rows from before there was a salt, or a mark, keep their checksums. A salt has 24 characters, or none.
  const salted = salt === null ? plain : `${plain}${salt}\0`;
  return shared === null ? salted : `${salted}${shared}\0`;
}

function shareText({ blob, holders }: Unsealed<MetadataTables['share']>): string {
  return `${blob}\0${holders}\0`;
}

function masterKeyText(row: Unsealed<MetadataTables['master_key']>): string {
  return `${row.id}\0${row.created_ms}\0${row.fingerprint}\0${row.rewrapped}\0`;
}

function movementText(row: Unsealed<MetadataTables['movement']>): string {
  return `${row.bucket}\0${row.key}\0${row.version}\0${row.storage_class}\0${row.source}\0${row.due_ms}\0`;
}

function restoredText(row: Unsealed<MetadataTables['restored']>): string {
  const { source, storage_class, bucket, key, version, days, ready, blob, due_ms } = row;
  return `${source}\0${storage_class}\0${bucket}\0${key}\0${version}\0${days}\0${ready}\0${nullable(blob)}\0${due_ms}\0`;
}

function renameTokenText(row: Unsealed<MetadataTables['rename_token']>): string {
  return `${row.token}\0${row.bucket}\0${row.request}\0${nullable(row.version_id)}\0${row.at_ms}\0`;
}

function nullable(value: string | number | null): string {
  return value === null ? '-' : `+${value}`;
}

export function sealedVersion<Row extends StoredVersion>(
  row: Row,
): Row & { readonly listed_crc: number; readonly row_crc: number } {
  const listed_crc = crc32(listedText(row));
  return { ...row, listed_crc, row_crc: crc32(restText(row), listed_crc) };
}

export function sealedBucket<Row extends Unsealed<MetadataTables['bucket']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(bucketText(row)) };
}

export function sealedConfiguration<Row extends Unsealed<MetadataTables['bucket_configuration']>>(
  row: Row,
): Sealed<Row> {
  return { ...row, row_crc: crc32(configurationText(row)) };
}

export function sealedLifecycle<Row extends Unsealed<MetadataTables['lifecycle']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(lifecycleText(row)) };
}

export function sealedUpload<Row extends Unsealed<MetadataTables['upload']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(uploadText(row)) };
}

export function sealedPart<Row extends Unsealed<MetadataTables['part']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(partText(row)) };
}

export function sealedShare<Row extends Unsealed<MetadataTables['share']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(shareText(row)) };
}

export function sealedMasterKey<Row extends Unsealed<MetadataTables['master_key']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(masterKeyText(row)) };
}

export function sealedEvent<Row extends Unsealed<MetadataTables['event']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(eventText(row)) };
}

export function sealedEventSequence<Row extends Unsealed<MetadataTables['event_sequence']>>(
  row: Row,
): Sealed<Row> {
  return { ...row, row_crc: crc32(eventSequenceText(row)) };
}

export function sealedBucketUsage<Row extends Unsealed<MetadataTables['bucket_usage']>>(
  row: Row,
): Sealed<Row> {
  return { ...row, row_crc: crc32(bucketUsageText(row)) };
}

export function sealedUserUsage<Row extends Unsealed<MetadataTables['user_usage']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(userUsageText(row)) };
}

export function sealedMovement<Row extends Unsealed<MetadataTables['movement']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(movementText(row)) };
}

export function sealedRestored<Row extends Unsealed<MetadataTables['restored']>>(row: Row): Sealed<Row> {
  return { ...row, row_crc: crc32(restoredText(row)) };
}

export function sealedReplication<Row extends Unsealed<MetadataTables['replication']>>(
  row: Row,
): Sealed<Row> {
  return { ...row, row_crc: crc32(replicationText(row)) };
}

export function sealedReplicationPass<Row extends Unsealed<MetadataTables['replication_pass']>>(
  row: Row,
): Sealed<Row> {
  return { ...row, row_crc: crc32(replicationPassText(row)) };
}

export function sealedRenameToken<Row extends Unsealed<MetadataTables['rename_token']>>(
  row: Row,
): Sealed<Row> {
  return { ...row, row_crc: crc32(renameTokenText(row)) };
}

/** Whether a row is what was written. */
export const isIntact = {
  listed: (text: string, listedCrc: number | null) => listedCrc === null || listedCrc === crc32(text),
  version: (row: StoredVersion & { readonly row_crc: number | null }) =>
    row.row_crc === null || row.row_crc === crc32(listedText(row) + restText(row)),
  bucket: (row: MetadataTables['bucket']) => row.row_crc === null || row.row_crc === crc32(bucketText(row)),
  bucketUsage: (row: MetadataTables['bucket_usage']) => row.row_crc === crc32(bucketUsageText(row)),
  userUsage: (row: MetadataTables['user_usage']) => row.row_crc === crc32(userUsageText(row)),
  configuration: (row: MetadataTables['bucket_configuration']) =>
    row.row_crc === crc32(configurationText(row)),
  lifecycle: (row: MetadataTables['lifecycle']) => row.row_crc === crc32(lifecycleText(row)),
  upload: (row: MetadataTables['upload']) => row.row_crc === null || row.row_crc === crc32(uploadText(row)),
  event: (row: MetadataTables['event']) => row.row_crc === crc32(eventText(row)),
  eventSequence: (row: MetadataTables['event_sequence']) => row.row_crc === crc32(eventSequenceText(row)),
  movement: (row: MetadataTables['movement']) => row.row_crc === crc32(movementText(row)),
  restored: (row: MetadataTables['restored']) => row.row_crc === crc32(restoredText(row)),
  replication: (row: MetadataTables['replication']) => row.row_crc === crc32(replicationText(row)),
  replicationPass: (row: MetadataTables['replication_pass']) =>
    row.row_crc === crc32(replicationPassText(row)),
  renameToken: (row: MetadataTables['rename_token']) => row.row_crc === crc32(renameTokenText(row)),
  masterKey: (row: MetadataTables['master_key']) => row.row_crc === crc32(masterKeyText(row)),
  share: (row: MetadataTables['share']) => row.row_crc === crc32(shareText(row)),
  part: (row: MetadataTables['part']) => row.row_crc === null || row.row_crc === crc32(partText(row)),
} as const;

/** What reading such a row comes to: `corrupt`, with the row's name for the log. */
export function damagedRow(row: string): SqlError {
  return new SqlError('corrupt', {
    attempted: `read the ${row}`,
    detail: `the ${row} does not match its checksum`,
  });
}
