// What `x-amz-content-sha256` says about the body: its hash, that it has none, or how it is cut into chunks.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
//
// The text itself goes into the canonical request as it is, whichever it says.

import { ObjectStorageError } from '../../errors.ts';

export type PayloadMode =
  | { readonly kind: 'unsigned' }
  /** SHA-256 of the body, 64 lower-case hexadecimal digits. */
  | { readonly kind: 'hashed'; readonly sha256: string }
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

const unsigned = { kind: 'unsigned' } as const;
const unsignedName = 'UNSIGNED-PAYLOAD';

const named: Readonly<Record<string, PayloadMode>> = {
  [unsignedName]: unsigned,
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { kind: 'chunked', signed: false, trailer: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { kind: 'chunked', signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { kind: 'chunked', signed: true, trailer: true },
};

/** Throws InvalidArgument; without a value the body is unsigned. */
export function parsePayloadMode(value: string | undefined): PayloadMode {
  // Most say this; to look it up by name, a new text must be made a name first.
  if (value === undefined || value === unsignedName) return unsigned;
  const mode = Object.hasOwn(named, value) ? named[value] : undefined;
  if (mode !== undefined) return mode;
  if (/^[0-9a-f]{64}$/.test(value)) return { kind: 'hashed', sha256: value };
  throw new ObjectStorageError('InvalidArgument', {
    message:
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    fields: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: value },
  });
}
