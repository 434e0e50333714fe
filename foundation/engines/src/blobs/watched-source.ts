// A caller's stream on its way into an engine: ends when the call is aborted, and remembers its own failure, which `put`
// passes on as it is.

import { untilAborted } from './until-aborted.ts';

export class WatchedSource implements AsyncIterable<Uint8Array> {
  failure: { readonly error: unknown } | undefined;
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #signal: AbortSignal | undefined;

  constructor(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#body = body;
    this.#signal = signal;
  }

  /** Copies, for engines that write pieces later: the port lets a stream use their memory again. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of untilAborted(this.#body, this.#signal)) yield Uint8Array.from(chunk);
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
