// The header of an envelope (DESIGN.md, "Envelope"). It is not secret, but authentic once the envelope was opened.
//
//    0  8  "CAIRNBAK"
//    8  1  format version, 1
//    9  1  kind
//   10  2  key epoch, 0 for what the root key seals
//   12 32  salt, random

import assert from 'node:assert/strict';
import { damaged, unknownFormat } from './damaged.ts';

export const envelopeKinds = {
  config: 1,
  keyring: 2,
  index: 3,
  session: 4,
  snapshot: 5,
  condemned: 6,
  verdict: 7,
} as const satisfies Record<string, number>;

export type EnvelopeKind = keyof typeof envelopeKinds;

export type EnvelopeHeader = {
  readonly kind: EnvelopeKind;
  readonly epoch: number;
  /** 32 bytes. */
  readonly salt: Uint8Array;
};

export const envelopeHeaderBytes = 44;
export const envelopeSaltBytes = 32;
/** Epochs are two bytes, in packs too. */
export const epochHighest = 0xffff;

const magic = Buffer.from('CAIRNBAK', 'latin1');
const version = 1;

export function encodeEnvelopeHeader(header: EnvelopeHeader): Buffer {
  assert(header.salt.length === envelopeSaltBytes, 'a salt has 32 bytes');
  assert(Number.isInteger(header.epoch) && header.epoch >= 0 && header.epoch <= epochHighest);
  const bytes = Buffer.alloc(envelopeHeaderBytes);
  bytes.set(magic, 0);
  bytes[8] = version;
  bytes[9] = envelopeKinds[header.kind];
  bytes.writeUInt16LE(header.epoch, 10);
  bytes.set(header.salt, 12);
  return bytes;
}

/** Throws `damaged` or, for a version or kind that this program does not know, `unknown-format`. */
export function decodeEnvelopeHeader(bytes: Uint8Array, object: string): EnvelopeHeader {
  if (bytes.length < envelopeHeaderBytes) throw damaged(object, `it has only ${bytes.length} bytes`);
  if (magic.compare(bytes, 0, magic.length) !== 0) throw damaged(object, 'it is no object of a repository');
  if (bytes[8] !== version) throw unknownFormat(object, `its format version is ${bytes[8]}`);
  const kind = kindsByCode.get(bytes[9] as number);
  if (kind === undefined) throw unknownFormat(object, `its kind is ${bytes[9]}`);
  return {
    kind,
    epoch: (bytes[10] as number) + (bytes[11] as number) * 0x100,
    salt: bytes.subarray(12, envelopeHeaderBytes),
  };
}

const kindsByCode: ReadonlyMap<number, EnvelopeKind> = new Map(
  Object.entries(envelopeKinds).map(([kind, code]) => [code, kind as EnvelopeKind]),
);
