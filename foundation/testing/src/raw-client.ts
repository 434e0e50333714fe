// An HTTP client that sends exactly what it is told, well-formed or not, and shows exactly what comes back.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type RawResponse = {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export class RawClient {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (piece: Buffer) =>
      this.#notice(() => {
        this.#received = Buffer.concat([this.#received, piece]);
      }),
    );
    const end = () =>
      this.#notice(() => {
        this.#ended = true;
      });
    socket.on('end', end);
    socket.on('close', end);
    // A server that cuts the connection resets it: what came before that counts.
    socket.on('error', end);
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Text is Latin-1: a character is a byte. */
  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next response; `withoutBody` for one to HEAD. Fails when the connection ends before it does. */
  async response({ withoutBody = false } = {}): Promise<RawResponse> {
    const head = await this.#take(() => {
      const end = this.#received.indexOf('\r\n\r\n');
      return end === -1 ? undefined : end + 4;
    });
    const [statusLine = '', ...lines] = head.toString('latin1').trimEnd().split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const length = withoutBody ? 0 : Number(headers['content-length'] ?? 0);
    const body = await this.#take(() => (this.#received.length < length ? undefined : length));
    return { status: Number(statusLine.split(' ')[1]), headers, body };
  }

  /** What comes until the server ends the connection. */
  async rest(): Promise<Buffer> {
    while (!this.#ended) await this.#change();
    return this.#received;
  }

  close(): void {
    this.socket.destroy();
  }

  async #take(lengthOf: () => number | undefined): Promise<Buffer> {
    for (;;) {
      const length = lengthOf();
      if (length !== undefined) {
        const taken = this.#received.subarray(0, length);
        this.#received = this.#received.subarray(length);
        return taken;
      }
      assert(!this.#ended, `the connection ended after: ${this.#received.toString('latin1')}`);
      await this.#change();
    }
  }

  #notice(change: () => void): void {
    change();
    this.#wake?.();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
