// Writes an answer at the speed of its client: waits while the socket is full, ends when the client has left.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** A client that takes less than one of these in the idle timeout of the listener is cut. */
const sliceBytes = 256 * 1024;
const textCharacters = 32 * 1024;

/** The client closed the connection, or was cut: nothing is to be told to it. */
export class ClientLeft extends Error {
  constructor() {
    super('the client left');
    this.name = 'ClientLeft';
  }
}

export class ResponseWriter {
  readonly #response: ServerResponse;
  readonly #left = new AbortController();
  #text = '';

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => {
      if (!response.writableFinished) this.#left.abort(new ClientLeft());
    });
    if (response.destroyed) this.#left.abort(new ClientLeft());
  }

  /** Aborts, with `ClientLeft`, when the client leaves before the answer is through. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** `bytes` are not to be changed after. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      this.signal.throwIfAborted();
      if (!this.#response.write(bytes.subarray(at, at + sliceBytes))) await this.#drained();
    }
  }

  /** Gathers text and writes it when there is some; undefined when nobody has to wait. */
  writeText(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length < textCharacters ? undefined : this.#flushText();
  }

  async end(): Promise<void> {
    await this.#flushText();
    this.signal.throwIfAborted();
    this.#response.end();
  }

  async #flushText(): Promise<void> {
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    await this.write(bytes);
  }

  async #drained(): Promise<void> {
    try {
      await once(this.#response, 'drain', { signal: this.signal });
    } catch {
      this.signal.throwIfAborted();
      throw new ClientLeft();
    }
  }
}
