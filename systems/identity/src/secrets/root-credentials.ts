// The root credentials: made at first start and kept in a file for its owner, or brought along by the operator.
//
//   cairn-root-credentials 1
//   access_key_id = CAIRN...
//   secret_key = ...
//   sha256 = <of the lines before, in hexadecimal>
//
// A text, so that an operator can look them up; a checksum, so that a slip of an editor is told from a wrong password.

import { createHash } from 'node:crypto';
import { type Disk, type Random, readReplacedFile, replaceFile, type World } from '@cairn/world';
import { IdentityError } from '../errors.ts';
import {
  rootAccessKeyIdCharactersMax,
  rootAccessKeyIdCharactersMin,
  rootSecretKeyCharactersMax,
  rootSecretKeyCharactersMin,
} from '../limits.ts';
import { newAccessKeyId, newSecretKey } from './random-names.ts';

export type RootCredentials = { readonly accessKeyId: string; readonly secretKey: string };

const firstLine = 'cairn-root-credentials 1';

/** Those of the file, made with the file when there is none; `created` tells which. */
export async function openRootCredentials(
  world: World,
  path: string,
): Promise<{ credentials: RootCredentials; created: boolean }> {
  const kept = await readRootCredentials(world.disk, path);
  if (kept !== undefined) return { credentials: kept, created: false };
  const credentials = newRootCredentials(world.random);
  await replaceFile(world.disk, path, Buffer.from(encodeRootCredentials(credentials)));
  return { credentials, created: true };
}

/** Undefined when there is no file. Throws UnusableRootCredentials when it is damaged. */
export async function readRootCredentials(disk: Disk, path: string): Promise<RootCredentials | undefined> {
  const bytes = await readReplacedFile(disk, path);
  return bytes === undefined ? undefined : decodeRootCredentials(bytes.toString('utf8'), path);
}

/**
 * Those that the operator brings along, as `CAIRN_ROOT_ACCESS_KEY` and `CAIRN_ROOT_SECRET_KEY`: both or neither.
 * Throws UnusableRootCredentials; no message shows the secret.
 */
export function providedRootCredentials(provided: {
  readonly accessKeyId: string | undefined;
  readonly secretKey: string | undefined;
}): RootCredentials | undefined {
  const { accessKeyId, secretKey } = provided;
  if (accessKeyId === undefined && secretKey === undefined) return undefined;
  if (accessKeyId === undefined || secretKey === undefined) {
    const [set, missing] = accessKeyId === undefined ? names.toReversed() : names;
    throw new IdentityError(
      'UnusableRootCredentials',
      `${set} is set and ${missing} is not: set both, or neither`,
    );
  }
  const idLength = { min: rootAccessKeyIdCharactersMin, max: rootAccessKeyIdCharactersMax };
  if (!/^\w+$/.test(accessKeyId) || !isWithin(accessKeyId, idLength))
    throw new IdentityError(
      'UnusableRootCredentials',
      `${names[0]} is "${accessKeyId}", must be ${idLength.min} to ${idLength.max} letters, digits and _`,
    );
  const secretLength = { min: rootSecretKeyCharactersMin, max: rootSecretKeyCharactersMax };
  if (!/^[\x21-\x7e]+$/.test(secretKey) || !isWithin(secretKey, secretLength))
    throw new IdentityError(
      'UnusableRootCredentials',
      `${names[1]} has ${secretKey.length} characters, must be ${secretLength.min} to ${secretLength.max} printable ASCII characters without spaces`,
    );
  return { accessKeyId, secretKey };
}

const names = ['CAIRN_ROOT_ACCESS_KEY', 'CAIRN_ROOT_SECRET_KEY'] as const;

function isWithin(text: string, { min, max }: { min: number; max: number }): boolean {
  return text.length >= min && text.length <= max;
}

function newRootCredentials(random: Random): RootCredentials {
  return { accessKeyId: newAccessKeyId(random), secretKey: newSecretKey(random) };
}

function encodeRootCredentials({ accessKeyId, secretKey }: RootCredentials): string {
  const lines = `${firstLine}\naccess_key_id = ${accessKeyId}\nsecret_key = ${secretKey}\n`;
  return `${lines}sha256 = ${checksumOf(lines)}\n`;
}

function decodeRootCredentials(text: string, path: string): RootCredentials {
  const form =
    /^(cairn-root-credentials (\d+)\naccess_key_id = (\S+)\nsecret_key = (\S+)\n)sha256 = ([0-9a-f]{64})\n$/;
  const [, lines, version, accessKeyId, secretKey, checksum] = form.exec(text) ?? [];
  const isSound =
    lines !== undefined && version === '1' && checksum === checksumOf(lines) && accessKeyId && secretKey;
  if (isSound) return { accessKeyId, secretKey };
  throw new IdentityError(
    'UnusableRootCredentials',
    `could not read the root credentials in ${path}: the file is damaged, or of another version. Restore it, or delete it to have new ones made at the next start.`,
  );
}

function checksumOf(lines: string): string {
  return createHash('sha256').update(lines).digest('hex');
}
