// The payload of `config`: the parameters of a repository.

import { z } from 'zod';
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
import { idSchema, timeSchema } from './members.ts';

const chunkSize = z.int().min(chunkBytesLowest).max(chunkBytesHighest);

/** Also for parameters that a user gives to `init`: what it refuses could not be opened. */
export const configSchema = z
  .object({
    version: z.literal(1),
    id: idSchema,
    created: timeSchema,
    fingerprint: z.enum(['blake3', 'sha256']),
    cipher: z.enum(['aes-256-gcm', 'chacha20-poly1305']),
    compressionLevel: z.int().min(-7).max(22),
    chunkBytes: z
      .object({ min: chunkSize, average: chunkSize, max: chunkSize })
      .refine(({ min, average, max }) => min <= average && average <= max, 'sizes of chunks must ascend'),
    packBytes: z.int().min(packBytesLowest).max(packBytesHighest),
    concurrency: z.enum(['optimistic', 'pessimistic']),
    leaseMs: z.int().min(leaseMsLowest).max(leaseMsHighest),
  })
  // A chunk of any size has room in a pack, and what is left over at the end of one is bounded.
  .refine(({ chunkBytes, packBytes }) => chunkBytes.max * 2 <= packBytes, {
    path: ['packBytes'],
    error: 'a pack holds two of the largest chunks',
  });

export function encodeConfig(config: RepositoryConfig): Buffer {
  return encodeJson(config, configSchema);
}

/** Throws `damaged`, or `unknown-format` for another version. */
export function decodeConfig(payload: Uint8Array, object: string): RepositoryConfig {
  expectKnown(payload, object, 'version', [1]);
  return decodeJson(payload, object, configSchema);
}
