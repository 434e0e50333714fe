// Every object but packs and key files is one envelope (DESIGN.md, "Envelope"): a header, then the payload, compressed where
// that helps, under a key of its own. The header and the object's name are authenticated with it, so an object that was put in
// another's place is refused.

import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { damaged, MissingKey } from '../format/damaged.ts';
import {
  decodeEnvelopeHeader,
  type EnvelopeKind,
  encodeEnvelopeHeader,
  envelopeHeaderBytes,
} from '../format/envelope-header.ts';
import { objectBytesHighest } from '../limits.ts';
import { deriveKey } from './derive-key.ts';
import { type Cipher, sealInto, tagBytes, unseal } from './seal.ts';

const payloadRaw = 0;
const payloadZstd = 1;

export type SealEnvelopeOptions = {
  readonly kind: EnvelopeKind;
  /** Of `key`; 0 is the root key. */
  readonly epoch: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** The repository's; config and keyring take AES-256-GCM whatever it says, for they are read before it is known. */
  readonly cipher: Cipher;
  /** The object's name in the store ("snapshots/..."). */
  readonly name: string;
  readonly payload: Uint8Array;
  /** 32 random bytes, fresh for every call: the same salt twice under one key gives both messages away. */
  readonly salt: Uint8Array;
  readonly compress: boolean;
};

export function sealEnvelope(options: SealEnvelopeOptions): Buffer {
  const { kind, epoch, salt, key } = options;
  const header = encodeEnvelopeHeader({ kind, epoch, salt });
  const parts = packPayload(options.payload, options.compress);
  const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const sealed = Buffer.allocUnsafeSlow(header.length + payloadBytes + tagBytes);
  sealed.set(header);
  sealInto(sealed.subarray(header.length), parts, {
    cipher: cipherOf(kind, options.cipher),
    key: deriveKey({ key, salt, purpose: 'envelope' }),
    additionalData: additionalData(header, kind, options.name),
  });
  return sealed;
}

export type OpenEnvelopeOptions = {
  readonly kind: EnvelopeKind;
  readonly name: string;
  readonly cipher: Cipher;
  /** The key of an epoch (0: the root key), 32 bytes; `undefined` makes the object `damaged`. */
  readonly keyOf: (epoch: number) => Uint8Array | undefined;
};

/**
 * The payload. Throws `damaged`, naming the object, when a bit is not as it was sealed, when it is another object's, or of
 * another kind; `unknown-format` for a newer version's.
 */
export function openEnvelope(bytes: Uint8Array, options: OpenEnvelopeOptions): Buffer {
  const { kind, name } = options;
  const header = decodeEnvelopeHeader(bytes, name);
  if (header.kind !== kind) throw damaged(name, `it is of kind ${header.kind}, not ${kind}`);
  const key = options.keyOf(header.epoch);
  if (key === undefined) {
    const problem = `it is sealed under epoch ${header.epoch}, which has no key`;
    throw damaged(name, problem, new MissingKey(problem));
  }
  const payload = unseal(bytes.subarray(envelopeHeaderBytes), {
    cipher: cipherOf(kind, options.cipher),
    key: deriveKey({ key, salt: header.salt, purpose: 'envelope' }),
    additionalData: additionalData(bytes.subarray(0, envelopeHeaderBytes), kind, name),
  });
  if (payload === undefined) throw damaged(name, 'it was altered, or is sealed under another key');
  return unpackPayload(payload, name);
}

function cipherOf(kind: EnvelopeKind, cipher: Cipher): Cipher {
  return kind === 'config' || kind === 'keyring' ? 'aes-256-gcm' : cipher;
}

// An index object is named after the hash of its own bytes, which cannot be known before it is sealed, and whoever reads it
// checks that hash: its name is left out.
function additionalData(header: Uint8Array, kind: EnvelopeKind, name: string): Buffer {
  return Buffer.concat([header, Buffer.from(kind === 'index' ? '' : name, 'utf8')]);
}

function packPayload(payload: Uint8Array, compress: boolean): readonly Uint8Array[] {
  const compressed = compress ? zstdCompressSync(payload) : payload;
  const smaller = compressed.length < payload.length;
  return smaller ? [Buffer.of(payloadZstd), compressed] : [Buffer.of(payloadRaw), payload];
}

function unpackPayload(payload: Buffer, name: string): Buffer {
  const body = payload.subarray(1);
  if (payload[0] === payloadRaw) return body;
  if (payload[0] !== payloadZstd) throw damaged(name, `its payload is of kind ${payload[0]}`);
  try {
    return zstdDecompressSync(body, { maxOutputLength: objectBytesHighest });
  } catch (cause) {
    throw damaged(name, 'its payload does not decompress', cause);
  }
}
