// MD5 of bodies, in hexadecimal, as clients verify them. One is hashed by OpenSSL, and so are many until the code that hashes
// them side by side is there: it is made in the background when there are many for the first time.
//
// What is sent is answered when the disk has it, and then usually many are. So digests of what is sent are put off until the first
// of them is needed, and made side by side, those of several requests too.

import { hash } from 'node:crypto';
import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { digestedLaterCharactersMax, digestedLaterMax, digestedTogetherMin } from '../../limits.ts';
import type { Md5OfEach } from './md5-of-each.ts';

export type BodyDigestsOptions = {
  readonly clock: Pick<Clock, 'nextTurn'>;
  readonly log: Telemetry['log'];
};

/** A body whose digest is wanted later. */
export type LaterDigest = { readonly body: string; digest: string | undefined };

export class BodyDigests {
  readonly #options: BodyDigestsOptions;
  #later: LaterDigest[] = [];
  #md5OfEach: Md5OfEach | undefined;
  /** Resolves when it is there, or cannot be had. */
  #opening: Promise<void> | undefined;

  constructor(options: BodyDigestsOptions) {
    this.#options = options;
  }

  of(body: string): string {
    return hash('md5', body, 'hex');
  }

  /** To be taken when its message is there. Who does not take it, as it is not, holds nobody up. */
  later(body: string): LaterDigest {
    if (body.length > digestedLaterCharactersMax) return { body, digest: this.of(body) };
    const later = { body, digest: undefined };
    this.#later.push(later);
    if (this.#later.length >= digestedLaterMax) this.#makeAll();
    return later;
  }

  take(later: LaterDigest): string {
    if (later.digest === undefined) this.#makeAll();
    return later.digest!;
  }

  #makeAll(): void {
    const all = this.#later;
    this.#later = [];
    const digests = this.ofEach(all.map(({ body }) => body));
    for (let index = 0; index < all.length; index++) all[index]!.digest = digests[index]!;
  }

  /** In their order. */
  ofEach(bodies: readonly string[]): readonly string[] {
    if (bodies.length < digestedTogetherMin) return bodies.map(this.of);
    if (this.#md5OfEach !== undefined) return this.#md5OfEach.of(bodies);
    this.#opening ??= this.#open();
    return bodies.map(this.of);
  }

  /** Resolves when no code is being made. */
  async settle(): Promise<void> {
    await this.#opening;
  }

  async #open(): Promise<void> {
    try {
      const { openMd5OfEach } = await import('./md5-of-each.ts');
      this.#md5OfEach = await openMd5OfEach(this.#options.clock);
    } catch (error) {
      this.#options.log.warn('bodies are hashed one by one: the code for many cannot be made', { error });
    }
  }
}
