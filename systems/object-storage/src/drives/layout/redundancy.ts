// How blobs are kept on several drives: the setting, and what it means for one blob.
//
// A blob is k + m shards on k + m drives, of which any k suffice. One shard of data is a copy: so `none` is 1+0 and
// `mirror:N` is 1+(N-1). Under K+M what fits into one record is kept as m + 1 copies: they survive as many drives, are
// read with one read, and cost m + 1 syncs instead of k + m.
//
// The id of a blob says its shards (bytes 6 and 7), so that a list of ids tells what is missing without a read, and so
// that blobs that were written under another setting stay what they are.

import { blockBytesMax } from '../../limits.ts';

export type Scheme = { readonly dataShards: number; readonly parityShards: number };
/** Of blobs that fit into one record, and of all others. */
export type Redundancy = { readonly small: Scheme; readonly large: Scheme };

/** Blobs up to this size are copied rather than cut: a shard of them would be less than what one read verifies. */
export const copiedBlobBytesMax = blockBytesMax;
/** Of GF(2^8), in which the codec computes. */
export const shardsMax = 255;

const redundancyPattern = /^(none|mirror:[1-9]\d?|[1-9]\d{0,2}\+[1-9]\d{0,2})$/;

/** Undefined for what is none. */
export function parseRedundancy(text: string): Redundancy | undefined {
  if (!redundancyPattern.test(text)) return undefined;
  if (text === 'none') return copies(1);
  if (text.startsWith('mirror:')) return copies(Number(text.slice('mirror:'.length)));
  const [dataShards = 0, parityShards = 0] = text.split('+').map(Number);
  if (dataShards + parityShards > shardsMax) return undefined;
  const small = { dataShards: 1, parityShards };
  return { small, large: { dataShards, parityShards } };
}

function copies(count: number): Redundancy {
  const scheme = { dataShards: 1, parityShards: count - 1 };
  return { small: scheme, large: scheme };
}

export function shardCount({ dataShards, parityShards }: Scheme): number {
  return dataShards + parityShards;
}

const schemeAt = 12;
const schemeDigits = 4;

/** What stands in the id behind its number. */
export function schemeTag({ dataShards, parityShards }: Scheme): string {
  return byteText(dataShards) + byteText(parityShards);
}

/** Undefined when the blob was not written to several drives. */
export function schemeOf(blob: string): Scheme | undefined {
  const tag = Number.parseInt(blob.slice(schemeAt, schemeAt + schemeDigits), 16);
  const scheme = { dataShards: tag >>> 8, parityShards: tag & 0xff };
  return scheme.dataShards > 0 && shardCount(scheme) <= shardsMax ? scheme : undefined;
}

function byteText(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
