// The payload of `config`: the parameters of a repository.

import {
  chunkBytesHighest,
  chunkBytesLowest,
  leaseMsHighest,
  leaseMsLowest,
  packBytesHighest,
  packBytesLowest,
} from '../../limits.ts';
import type { RepositoryConfig } from '../repository-config.ts';
import { decodeJson, encodeJson, expectKnown } from './json-record.ts';
import { idShape, timeShape } from './members.ts';
import { object } from './object-shape.ts';
import { oneOf, such, whole } from './shape.ts';

const chunkSize = whole({ min: chunkBytesLowest, max: chunkBytesHighest });

const membersShape = object({
  version: oneOf(1),
  id: idShape,
  created: timeShape,
  fingerprint: oneOf('blake3', 'sha256'),
  cipher: oneOf('aes-256-gcm', 'chacha20-poly1305'),
  compressionLevel: whole({ min: -7, max: 22 }),
  chunkBytes: such(
    object({ min: chunkSize, average: chunkSize, max: chunkSize }),
    ({ min, average, max }) => min <= average && average <= max,
    'sizes of chunks must ascend',
  ),
  packBytes: whole({ min: packBytesLowest, max: packBytesHighest }),
  concurrency: oneOf('optimistic', 'pessimistic'),
  leaseMs: whole({ min: leaseMsLowest, max: leaseMsHighest }),
});

/** Also for parameters that a user gives to `init`: what it refuses could not be opened. */
export const configShape = such(
  membersShape,
  // A chunk of any size has room in a pack, and what is left over at the end of one is bounded.
  ({ chunkBytes, packBytes }) => chunkBytes.max * 2 <= packBytes,
  'a pack holds two of the largest chunks',
  ['packBytes'],
);

export function encodeConfig(config: RepositoryConfig): Buffer {
  return encodeJson(config, configShape);
}

/** Throws `damaged`, or `unknown-format` for another version. */
export function decodeConfig(payload: Uint8Array, object: string): RepositoryConfig {
  expectKnown(payload, object, 'version', [1]);
  return decodeJson(payload, object, configShape);
}
