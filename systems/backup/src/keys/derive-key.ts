// Keys derived from keys: HKDF-SHA256 (RFC 5869). A purpose is HKDF's info, so that no key serves two ends.

import { hkdfSync } from 'node:crypto';

export const keyPurposes = {
  envelope: 'cairn backup envelope',
  pack: 'cairn backup pack',
  chunker: 'cairn backup chunker',
  keyFile: 'cairn backup key file',
} as const satisfies Record<string, string>;

export type KeyPurpose = keyof typeof keyPurposes;

export type DeriveKeyOptions = {
  /** 32 bytes: the root key, an epoch's key, the chunker secret. */
  readonly key: Uint8Array;
  /** 32 random bytes, or none where one secret gives one thing. */
  readonly salt: Uint8Array;
  readonly purpose: KeyPurpose;
  /** 32 unless told otherwise; at most 8160. */
  readonly bytes?: number;
};

export function deriveKey(options: DeriveKeyOptions): Buffer {
  const { key, salt, purpose, bytes = 32 } = options;
  return Buffer.from(hkdfSync('sha256', key, salt, keyPurposes[purpose], bytes));
}
