// `keys/<id>` as it lies in the store (DESIGN.md, "Keys"): JSON, not sealed, for it is what opens everything else.
// `keys/key-file.ts` makes and opens it. Whoever can write the store can write any of it, so its limits are checked first.

import { z } from 'zod';
import { damaged } from '../damaged.ts';
import { decodeJson, encodeJson, expectKnown } from './json-record.ts';
import { timeSchema } from './members.ts';

export const keyFileBytesHighest = 64 * 1024;

const whole = z.int().min(0);

/** What a newer version may add: nothing nested, so that no hostile depth reaches a recursion. */
const otherMember = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const kdfSchema = z
  .object({
    name: z.literal('argon2id'),
    memoryKiB: whole,
    passes: whole,
    lanes: whole,
    /** Hex, 16 to 64 bytes. */
    salt: z.string().regex(/^([0-9a-f]{2}){16,64}$/),
  })
  .catchall(otherMember);

const keyFileSchema = z
  .object({
    version: z.literal(1),
    kdf: kdfSchema,
    created: timeSchema,
    host: z.string(),
    user: z.string(),
    label: z.string(),
    appendOnly: z.boolean(),
    /** Hex: 32 bytes of ciphertext and 16 of tag. */
    sealed: z.string().regex(/^[0-9a-f]{96}$/),
    /** Hex: 32 bytes, by which whoever has the root key can tell that nothing of the file was altered. */
    check: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .exactOptional(),
  })
  .catchall(otherMember);

export type KeyFileRecord = {
  readonly version: 1;
  readonly kdf: {
    readonly name: 'argon2id';
    readonly memoryKiB: number;
    readonly passes: number;
    readonly lanes: number;
    readonly salt: string;
  };
  /** RFC 3339. */
  readonly created: string;
  readonly host: string;
  readonly user: string;
  readonly label: string;
  readonly appendOnly: boolean;
  readonly sealed: string;
  readonly check?: string;
};

export function encodeKeyFile(record: KeyFileRecord): Buffer {
  return encodeJson(record, keyFileSchema);
}

/** Throws `damaged`, or `unknown-format` for another version. Nothing in it is authentic before it was opened. */
export function decodeKeyFile(bytes: Uint8Array, object: string): KeyFileRecord {
  if (bytes.length > keyFileBytesHighest) throw damaged(object, `it has ${bytes.length} bytes`);
  expectKnown(bytes, object, 'version', [1]);
  return decodeJson(bytes, object, keyFileSchema);
}
