// The payload of `keyring`: the secrets of a repository.

import { epochHighest } from '../envelope-header.ts';
import type { Keyring } from '../repository-config.ts';
import { decodeJson, encodeJson } from './json-record.ts';
import { fromHex, keyHexShape, toHex } from './members.ts';
import { object } from './object-shape.ts';
import { list, such, whole } from './shape.ts';

const epochShape = whole({ min: 1, max: epochHighest });

const membersShape = object({
  epochs: list(object({ id: epochShape, key: keyHexShape })),
  current: epochShape,
  fingerprintKey: keyHexShape,
  chunkerSecret: keyHexShape,
});

const keyringShape = such(
  such(
    membersShape,
    ({ epochs, current }) => epochs.some(({ id }) => id === current),
    'the current epoch has no key',
  ),
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
  return encodeJson(record, keyringShape);
}

/** Throws `damaged`. */
export function decodeKeyring(payload: Uint8Array, object: string): Keyring {
  const record = decodeJson(payload, object, keyringShape);
  return {
    epochs: new Map(record.epochs.map(({ id, key }) => [id, fromHex(key)])),
    current: record.current,
    fingerprintKey: fromHex(record.fingerprintKey),
    chunkerSecret: fromHex(record.chunkerSecret),
  };
}
