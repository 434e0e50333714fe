// The key file: the 256-bit key under which secrets are encrypted, and its id.
//
//   offset  bytes
//        0      8  magic `CAIRNKEY`
//        8      2  version 1, big-endian
//       10      8  key id, random: tells which key encrypted a secret
//       18     32  key
//       50     32  SHA-256 of the 50 bytes before
//
// Made once, at first start, and never changed. Whoever has this file and the database has every secret; whoever loses
// it has lost them. It is not in the database, so that a copy of the database alone tells nothing.

import { createHash } from 'node:crypto';
import { readReplacedFile, replaceFile, type World } from '@cairn/world';
import { IdentityError } from '../errors.ts';
import { keyIdBytes, masterKeyBytes } from '../limits.ts';

export type MasterKey = {
  /** Lower-case hexadecimal. */
  readonly id: string;
  readonly key: Uint8Array;
};

const magic = Buffer.from('CAIRNKEY');
const version = 1;
const checkedBytes = magic.length + 2 + keyIdBytes + masterKeyBytes;
const checksumBytes = 32;

/** Undefined when there is no file. Throws UnusableKeyFile when it is not what was once written. */
export async function readKeyFile({ disk }: World, path: string): Promise<MasterKey | undefined> {
  const bytes = await readReplacedFile(disk, path);
  return bytes === undefined ? undefined : decodeKeyFile(bytes, path);
}

/** Makes a key and its file, durably. */
export async function createKeyFile({ disk, random }: World, path: string): Promise<MasterKey> {
  const masterKey = { id: random.bytes(keyIdBytes).toString('hex'), key: random.bytes(masterKeyBytes) };
  await replaceFile(disk, path, encodeKeyFile(masterKey));
  return masterKey;
}

export function encodeKeyFile({ id, key }: MasterKey): Buffer {
  const versionBytes = Buffer.alloc(2);
  versionBytes.writeUInt16BE(version);
  const checked = Buffer.concat([magic, versionBytes, Buffer.from(id, 'hex'), key]);
  return Buffer.concat([checked, checksumOf(checked)]);
}

export function decodeKeyFile(bytes: Buffer, path: string): MasterKey {
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw unusable(path, 'it does not begin as a key file does');
  const found = bytes.length < magic.length + 2 ? undefined : bytes.readUInt16BE(magic.length);
  if (found !== version)
    throw unusable(path, `its version is ${found}, this program reads version ${version}`);
  if (bytes.length !== checkedBytes + checksumBytes)
    throw unusable(path, `it has ${bytes.length} bytes, a key file has ${checkedBytes + checksumBytes}`);
  const checked = bytes.subarray(0, checkedBytes);
  if (!checksumOf(checked).equals(bytes.subarray(checkedBytes)))
    throw unusable(path, 'its checksum is wrong');
  const keyStart = magic.length + 2 + keyIdBytes;
  return {
    id: checked.subarray(magic.length + 2, keyStart).toString('hex'),
    key: Uint8Array.from(checked.subarray(keyStart)),
  };
}

function checksumOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function unusable(path: string, reason: string): IdentityError {
  return new IdentityError(
    'UnusableKeyFile',
    `could not read the key file ${path}: ${reason}. Restore it from a backup; without it the secrets of all access keys are lost.`,
  );
}
