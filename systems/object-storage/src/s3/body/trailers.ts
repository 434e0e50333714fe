// The trailer of a chunked body: checksums that were computed while it was sent.
//
//   trailer = *(name ":" value LF) ["x-amz-trailer-signature:" hex LF]      LF with or without CR before it

import { ObjectStorageError } from '../../errors.ts';
import { trailersMax } from '../limits.ts';

const signatureName = 'x-amz-trailer-signature';

export class Trailers {
  readonly #values = new Map<string, string>();
  #signature: string | undefined;
  #canonical = '';

  /** Takes one line, without its end. Throws MalformedTrailerError. */
  add(line: string): void {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const late = this.#signature !== undefined;
    if (!/^[a-z0-9-]+$/.test(name) || late || this.#values.has(name)) throw malformed();
    if (name === signatureName) {
      this.#signature = value;
      return;
    }
    if (this.#values.size === trailersMax) throw malformed();
    this.#values.set(name, value);
    this.#canonical += `${name}:${value}\n`;
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** `name:value` LF for each, as the signature covers them. */
  get canonical(): string {
    return this.#canonical;
  }

  get signature(): string | undefined {
    return this.#signature;
  }

  names(): Iterable<string> {
    return this.#values.keys();
  }
}

function malformed(): ObjectStorageError {
  return new ObjectStorageError('MalformedTrailerError');
}
