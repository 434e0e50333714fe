// The file of the master keys, as text:
//
//   {"format":1,"keys":[{"id":"...","createdMs":...,"key":"base64 of 32 bytes"}],"checksum":"hex"}
//
// The newest key stands last: it wraps; all unwrap. None is ever taken out: a metadata store that is restored from a
// backup may need an old one. The checksum is SHA-256 over the JSON of `keys`.

import { createHash, createHmac } from 'node:crypto';
import { dataKeyBytes } from './frame-cipher.ts';

export type MasterKey = { readonly id: string; readonly createdMs: number; readonly key: Buffer };

/** What stands in the file is not a file of master keys, or it is damaged. */
export class MasterKeyFileError extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'MasterKeyFileError';
  }
}

const format = 1;

export function encodeMasterKeys(masterKeys: readonly MasterKey[]): Buffer {
  const keys = masterKeys.map(({ id, createdMs, key }) => ({ id, createdMs, key: key.toString('base64') }));
  return Buffer.from(`${JSON.stringify({ format, keys, checksum: checksumOf(keys) })}\n`);
}

/** Throws MasterKeyFileError. */
export function parseMasterKeys(bytes: Buffer): readonly MasterKey[] {
  const file = documentOf(bytes);
  if (file.format !== format)
    throw new MasterKeyFileError(`its format is ${String(file.format)}, not ${format}`);
  if (!Array.isArray(file.keys) || file.checksum !== checksumOf(file.keys)) {
    throw new MasterKeyFileError('it does not match its checksum');
  }
  return file.keys.map(keyOf);
}

type Document = { readonly format?: unknown; readonly keys?: unknown; readonly checksum?: unknown };

function documentOf(bytes: Buffer): Document {
  try {
    const parsed: unknown = JSON.parse(bytes.toString());
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Told below: the parser's message would show what stands in the file.
  }
  throw new MasterKeyFileError('it is not JSON');
}

function keyOf(entry: unknown): MasterKey {
  const { id, createdMs, key } = (entry ?? {}) as { readonly [name: string]: unknown };
  if (typeof id === 'string' && typeof createdMs === 'number' && typeof key === 'string') {
    const bytes = Buffer.from(key, 'base64');
    if (bytes.byteLength === dataKeyBytes) return { id, createdMs, key: bytes };
  }
  throw new MasterKeyFileError('an entry is not a key');
}

function checksumOf(keys: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex');
}

/** Tells keys apart and tells nothing of the key. */
export function fingerprintOf(key: Uint8Array): string {
  return createHmac('sha256', key).update('cairn master key fingerprint').digest('hex').slice(0, 32);
}
