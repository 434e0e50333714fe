// The payload of `keyring`: the secrets of a repository.

import { z } from 'zod';
import { epochHighest } from '../envelope-header.ts';
import type { Keyring } from '../repository-config.ts';
import { decodeJson, encodeJson } from './json-record.ts';
import { fromHex, keyHexSchema, toHex } from './members.ts';

const epochSchema = z.int().min(1).max(epochHighest);

const keyringSchema = z
  .object({
    epochs: z.array(z.object({ id: epochSchema, key: keyHexSchema })),
    current: epochSchema,
    fingerprintKey: keyHexSchema,
    chunkerSecret: keyHexSchema,
  })
  .refine(({ epochs, current }) => epochs.some(({ id }) => id === current), 'the current epoch has no key')
  .refine(
    ({ epochs }) => new Set(epochs.map(({ id }) => id)).size === epochs.length,
    'two epochs have the same id',
  );

export function encodeKeyring(keyring: Keyring): Buffer {
  const epochs = [...keyring.epochs].map(([id, key]) => ({ id, key: toHex(key) }));
  const record = {
    epochs: epochs.sort((left, right) => left.id - right.id),
    current: keyring.current,
    fingerprintKey: toHex(keyring.fingerprintKey),
    chunkerSecret: toHex(keyring.chunkerSecret),
  };
  return encodeJson(record, keyringSchema);
}

/** Throws `damaged`. */
export function decodeKeyring(payload: Uint8Array, object: string): Keyring {
  const record = decodeJson(payload, object, keyringSchema);
  return {
    epochs: new Map(record.epochs.map(({ id, key }) => [id, fromHex(key)])),
    current: record.current,
    fingerprintKey: fromHex(record.fingerprintKey),
    chunkerSecret: fromHex(record.chunkerSecret),
  };
}
