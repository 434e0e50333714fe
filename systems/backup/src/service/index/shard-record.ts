// Records of a shard's log (DESIGN.md, "Fingerprint index"). The log checks their bytes; here only what they mean.
//
//   register   0  1  1                drop   0  1  2
//              1 32  pack id                 1 32  pack id
//             33  .. n x 16 bytes: the first half of each fingerprint

import { keyBytes } from './fingerprint-map.ts';

export type ShardRecord =
  | { readonly kind: 'register'; readonly packId: string; readonly keys: Uint8Array }
  | { readonly kind: 'drop'; readonly packId: string };

const kinds = { register: 1, drop: 2 } as const satisfies Record<ShardRecord['kind'], number>;
const headBytes = 33;

/** Buffers that are written one after the other. */
export function encodeShardRecord(record: ShardRecord): readonly Uint8Array[] {
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(kinds[record.kind], 0);
  head.write(record.packId, 1, 'hex');
  return record.kind === 'register' ? [head, record.keys] : [head];
}

/** Undefined for what no version of this program wrote. `keys` is a view. */
export function decodeShardRecord(payload: Uint8Array): ShardRecord | undefined {
  if (payload.length < headBytes) return undefined;
  const packId = Buffer.from(payload.buffer, payload.byteOffset + 1, headBytes - 1).toString('hex');
  const keys = payload.subarray(headBytes);
  if (payload[0] === kinds.drop && keys.length === 0) return { kind: 'drop', packId };
  if (payload[0] === kinds.register && keys.length % keyBytes === 0)
    return { kind: 'register', packId, keys };
  return undefined;
}
