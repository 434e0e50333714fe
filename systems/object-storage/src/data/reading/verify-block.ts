// Whether a record is the block that was asked for. The log's checksum proves that it is what was written; this proves
// that it is what is wanted, so that a wrong place never gives a wrong byte.

import { blockHeaderBytes, decodeBlockHeader } from '../block.ts';
import { blockCount, blockSize } from '../runs.ts';

/** The bytes of block `index` of a blob, or undefined when the payload is something else. */
export function blockOf(
  payload: Uint8Array,
  wanted: { readonly blob: string; readonly sizeBytes: number; readonly index: number },
): Uint8Array | undefined {
  const header = decodeBlockHeader(payload);
  const kind = blockCount(wanted.sizeBytes) === 1 ? 'whole' : 'block';
  const isWanted = header?.blob === wanted.blob && header.kind === kind && header.index === wanted.index;
  const lengthBytes = payload.byteLength - blockHeaderBytes;
  if (!isWanted || lengthBytes !== blockSize(wanted.index, wanted.sizeBytes)) return undefined;
  return payload.subarray(blockHeaderBytes);
}
