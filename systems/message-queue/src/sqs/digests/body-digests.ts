// MD5 of bodies, in hexadecimal, as clients verify them. One is hashed by OpenSSL, and so are many until the code that hashes
// them side by side is there: it is made in the background when there are many for the first time.

import { hash } from 'node:crypto';
import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { digestedTogetherMin } from '../../limits.ts';
import type { Md5OfEach } from './md5-of-each.ts';

export type BodyDigestsOptions = {
  readonly clock: Pick<Clock, 'nextTurn'>;
  readonly log: Telemetry['log'];
};

export class BodyDigests {
  readonly #options: BodyDigestsOptions;
  #md5OfEach: Md5OfEach | undefined;
  /** Resolves when it is there, or cannot be had. */
  #opening: Promise<void> | undefined;

  constructor(options: BodyDigestsOptions) {
    this.#options = options;
  }

  of(body: string): string {
    return hash('md5', body, 'hex');
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
