// Derived signing keys, kept: one is good for a day, and deriving it costs four times what using it does.

import { hmacSha256 } from '@cairn/hashing';
import { signingKeysMax } from '../limits.ts';
import type { Credential } from './credential.ts';

type Entry = { readonly secret: string; readonly key: Buffer };

export class SigningKeys {
  /** By access key id and scope, the oldest first. */
  readonly #entries = new Map<string, Entry>();

  /** The key of this credential. A secret that changed makes a new one. */
  get(credential: Credential, secret: string): Buffer {
    const known = this.#entries.get(credential.text);
    if (known !== undefined && known.secret === secret) return known.key;
    const key = deriveSigningKey(credential, secret);
    if (this.#entries.size >= signingKeysMax) this.#entries.delete(this.#entries.keys().next().value!);
    // A copy of the text: a slice would keep the whole head of the request that it is of.
    this.#entries.set(Buffer.from(credential.text).toString(), { secret, key });
    return key;
  }
}

/** HMAC over date, region, service and terminator, each with the result of the one before as its key. */
export function deriveSigningKey(
  { date, region, service, terminator }: Pick<Credential, 'date' | 'region' | 'service' | 'terminator'>,
  secret: string,
): Buffer {
  let key: string | Buffer = `AWS4${secret}`;
  for (const part of [date, region, service, terminator]) key = hmacSha256(key, part);
  return key as Buffer;
}
