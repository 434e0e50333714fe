// `keys/<id>` as it lies in the store (DESIGN.md, "Keys"): JSON, not sealed, for it is what opens everything else.
// `keys/key-file.ts` makes and opens it. Whoever can write the store can write any of it, so its limits are checked first.

import { damaged } from '../damaged.ts';
import { decodeJson, encodeJson, expectKnown } from './json-record.ts';
import { countShape, timeShape } from './members.ts';
import { object, optional } from './object-shape.ts';
import { flag, oneOf, scalar, text } from './shape.ts';

export const keyFileBytesHighest = 64 * 1024;

/** What a newer version may add: nothing nested, so that no hostile depth reaches a recursion. */
const otherMember = scalar;

const kdfShape = object(
  {
    name: oneOf('argon2id'),
    memoryKiB: countShape,
    passes: countShape,
    lanes: countShape,
    /** Hex, 16 to 64 bytes. */
    salt: text(/^([0-9a-f]{2}){16,64}$/),
  },
  otherMember,
);

const keyFileShape = object(
  {
    version: oneOf(1),
    kdf: kdfShape,
    created: timeShape,
    host: text(),
    user: text(),
    label: text(),
    appendOnly: flag,
    /** Hex: 32 bytes of ciphertext and 16 of tag. */
    sealed: text(/^[0-9a-f]{96}$/),
    /** Hex: 32 bytes, by which whoever has the root key can tell that nothing of the file was altered. */
    check: optional(text(/^[0-9a-f]{64}$/)),
  },
  otherMember,
);

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
  return encodeJson(record, keyFileShape);
}

/** Throws `damaged`, or `unknown-format` for another version. Nothing in it is authentic before it was opened. */
export function decodeKeyFile(bytes: Uint8Array, object: string): KeyFileRecord {
  if (bytes.length > keyFileBytesHighest) throw damaged(object, `it has ${bytes.length} bytes`);
  expectKnown(bytes, object, 'version', [1]);
  return decodeJson(bytes, object, keyFileShape);
}
