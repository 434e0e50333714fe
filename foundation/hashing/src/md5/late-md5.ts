// MD5 of many short contents, in hexadecimal. One is hashed by OpenSSL, and so are many until the code that hashes them side
// by side is there: it is made in the background when there are many for the first time.
//
// What is stored is answered when the disk has it, and then usually much is. So digests that nobody needs before are put off
// until the first of them is needed, and made side by side, those of several requests too.

import { hash } from 'node:crypto';
import { digestedLaterLengthMax, digestedLaterMax, digestedTogetherMin } from './limits.ts';
import type { Md5Content, Md5OfEach } from './md5-of-each.ts';

export type LateMd5Options = {
  /** Calls back in the next turn of the loop. */
  readonly nextTurn: (callback: () => void) => void;
  /** The code cannot be made: contents are hashed one by one. */
  readonly onUnavailable: (error: unknown) => void;
};

/** A content whose digest is wanted later. */
export type LateDigest = { readonly content: Md5Content; digest: string | undefined };

export class LateMd5 {
  readonly #options: LateMd5Options;
  #later: LateDigest[] = [];
  #md5OfEach: Md5OfEach | undefined;
  /** Resolves when it is there, or cannot be had. */
  #opening: Promise<void> | undefined;

  constructor(options: LateMd5Options) {
    this.#options = options;
  }

  of(content: Md5Content): string {
    return hash('md5', content, 'hex');
  }

  /**
   * To be taken when it is needed, until when bytes must not change. Who does not take it holds nobody up: bytes that nobody
   * will ask for may change.
   */
  later(content: Md5Content): LateDigest {
    if (content.length > digestedLaterLengthMax) return { content, digest: this.of(content) };
    const later = { content, digest: undefined };
    this.#later.push(later);
    if (this.#later.length >= digestedLaterMax) this.#makeAll();
    return later;
  }

  take(later: LateDigest): string {
    if (later.digest === undefined) this.#makeAll();
    // It was among others of which making one threw.
    later.digest ??= this.of(later.content);
    return later.digest;
  }

  #makeAll(): void {
    const all = this.#later;
    this.#later = [];
    const digests = this.ofEach(all.map(({ content }) => content));
    for (let index = 0; index < all.length; index++) all[index]!.digest = digests[index]!;
  }

  /** In their order. */
  ofEach(contents: readonly Md5Content[]): readonly string[] {
    if (contents.length < digestedTogetherMin) return contents.map(this.of);
    if (this.#md5OfEach !== undefined) return this.#md5OfEach.of(contents);
    this.#opening ??= this.#open();
    return contents.map(this.of);
  }

  /** Resolves when no code is being made. */
  async settle(): Promise<void> {
    await this.#opening;
  }

  async #open(): Promise<void> {
    try {
      const { openMd5OfEach } = await import('./md5-of-each.ts');
      this.#md5OfEach = await openMd5OfEach(this.#options.nextTurn);
    } catch (error) {
      this.#options.onUnavailable(error);
    }
  }
}
