// What ties an imported version to what it was made from, without a table: a mark in its attributes says which server,
// bucket and key it came from, and the random digits of an id that had to be made say which version.

import { createHash } from 'node:crypto';

/** `server` is an origin, or `s3:` for Amazon. */
export type SourceKey = { readonly server: string; readonly bucket: string; readonly key: string };

/** The same for all versions of a key. Another key that has it by a rename does not match. */
export function importMark({ server, bucket, key }: SourceKey): string {
  return digits(['key', server, bucket, key]);
}

/** 16 hexadecimal digits: always the same for a version, so that it is found again. */
export function versionDigits({ server, bucket, key }: SourceKey, versionId: string): string {
  return digits(['version', server, bucket, key, versionId]);
}

/** Ids of imports: of what moves where. */
export function importId(parts: readonly string[]): string {
  return digits(['import', ...parts]).slice(0, 8);
}

function digits(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
