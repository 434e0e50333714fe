// `keys/<id>`: the root key, wrapped by a password (DESIGN.md, "Keys"). The password is stretched by argon2id under a salt of
// this file's own, so the derived key seals one message; all other members are authenticated with it, in canonical JSON:
// an append-only key cannot be made a full one, nor a label forged, without the password. `check` is a MAC of it all under
// the root key, so that `verify` finds a rotten bit in the files of passwords that it does not have. The file's id is a hash of its
// bytes, by which it can tell a rotten bit from the file of a root key that it does not have either.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { Random } from '@cairn/world';
import { blake3 } from '@napi-rs/blake-hash';
import { BackupError } from '../errors.ts';
import { damaged } from '../format/damaged.ts';
import { decodeKeyFile, encodeKeyFile, type KeyFileRecord } from '../format/records/key-file.ts';
import { fromHex, toHex } from '../format/records/members.ts';
import { canonicalJson } from './canonical-json.ts';
import { deriveKey } from './derive-key.ts';
import { seal, unseal } from './seal.ts';
import {
  type PasswordCost,
  passwordCostDefault,
  problemOfCost,
  type StretchPassword,
  stretchPassword,
} from './stretch-password.ts';

const saltBytes = 32;
const idBytes = 16;
export const rootKeyBytes = 32;

export type CreateKeyFileOptions = {
  /** As UTF-8, not normalized: what a user types has to be the same bytes each time. */
  readonly password: string;
  /** 32 bytes. */
  readonly rootKey: Uint8Array;
  readonly label: string;
  readonly host: string;
  readonly user: string;
  /** RFC 3339. */
  readonly created: string;
  readonly appendOnly: boolean;
  readonly random: Random;
  readonly cost?: PasswordCost;
  readonly stretch?: StretchPassword;
};

/** The file's bytes. Throws `invalid-argument` for an empty password and for a cost that no reader would pay. */
export async function createKeyFile(options: CreateKeyFileOptions): Promise<Buffer> {
  const { cost = passwordCostDefault, stretch = stretchPassword } = options;
  assert(options.rootKey.length === rootKeyBytes, 'a root key has 32 bytes');
  checkArguments(options.password, cost);
  const salt = options.random.bytes(saltBytes);
  const { memoryKiB, passes, lanes } = cost;
  const members = {
    version: 1 as const,
    kdf: { name: 'argon2id' as const, memoryKiB, passes, lanes, salt: toHex(salt) },
    created: options.created,
    host: options.host,
    user: options.user,
    label: options.label,
    appendOnly: options.appendOnly,
  };
  const key = await stretch(Buffer.from(options.password, 'utf8'), salt, cost);
  const sealed = seal(options.rootKey, { cipher: 'aes-256-gcm', key, additionalData: bound(members) });
  const file = { ...members, sealed: toHex(sealed) };
  return encodeKeyFile({ ...file, check: checkOf(file, options.rootKey) });
}

/** What a key file is named after. Its salt is random, so no two are alike. */
export function keyFileId(bytes: Uint8Array): string {
  return blake3(Buffer.from(bytes)).subarray(0, idBytes).toString('hex');
}

export type OpenedKeyFile = {
  readonly rootKey: Uint8Array;
  /** Authentic, now that the password opened it. */
  readonly file: KeyFileRecord;
};

export type OpenKeyFileOptions = {
  /** The object's name, for errors. */
  readonly object: string;
  readonly password: string;
  readonly stretch?: StretchPassword;
};

/**
 * `wrong-password` also for a file whose members were altered: the two cannot be told apart. Throws `damaged` for what is no key
 * file or asks for more memory or passes than `limits.ts` allows, before any is spent; `unknown-format` for a newer version's.
 */
export async function openKeyFile(
  bytes: Uint8Array,
  options: OpenKeyFileOptions,
): Promise<OpenedKeyFile | 'wrong-password'> {
  const { object, password, stretch = stretchPassword } = options;
  const file = decodeKeyFile(bytes, object);
  const problem = problemOfCost(file.kdf);
  if (problem !== undefined) throw damaged(object, `it asks for ${problem}`);
  const key = await stretch(Buffer.from(password, 'utf8'), fromHex(file.kdf.salt), file.kdf);
  const { sealed, check: _check, ...members } = file;
  const rootKey = unseal(fromHex(sealed), { cipher: 'aes-256-gcm', key, additionalData: bound(members) });
  return rootKey === undefined ? 'wrong-password' : { rootKey, file };
}

export type KeyFileState = 'sound' | 'of another root key' | 'altered';

/**
 * What can be told of a key file whose password is not known: whether it is as it was made for this root key, or at least as it was
 * made. Throws as `openKeyFile` does for what is none.
 */
export function verifyKeyFile(
  bytes: Uint8Array,
  { object, id, rootKey }: { readonly object: string; readonly id: string; readonly rootKey: Uint8Array },
): KeyFileState {
  const { check, ...file } = decodeKeyFile(bytes, object);
  if (check !== undefined && check === checkOf(file, rootKey)) return 'sound';
  return id === keyFileId(bytes) ? 'of another root key' : 'altered';
}

function checkOf(file: Omit<KeyFileRecord, 'check'>, rootKey: Uint8Array): string {
  const key = deriveKey({ key: rootKey, salt: Buffer.alloc(0), purpose: 'keyFile' });
  return createHmac('sha256', key).update(canonicalJson(file)).digest('hex');
}

/** Everything but `sealed` and `check`, members of a newer version included. */
function bound(members: Omit<KeyFileRecord, 'sealed' | 'check'>): Buffer {
  return Buffer.from(canonicalJson(members), 'utf8');
}

function checkArguments(password: string, cost: PasswordCost): void {
  const problem = password === '' ? 'the password is empty' : problemOfCost(cost);
  if (problem === undefined) return;
  throw new BackupError('invalid-argument', { attempted: 'make a key', detail: problem });
}
