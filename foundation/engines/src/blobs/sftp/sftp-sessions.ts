// The session in use, and another one when its connection is gone: a cut costs the calls that were under way, not the next.

import { SftpConnectionLost } from './sftp-failure.ts';
import type { SftpSession } from './sftp-session.ts';

export class SftpSessions {
  readonly #connect: () => Promise<SftpSession>;
  #current: Promise<SftpSession> | undefined;
  #session: SftpSession | undefined;
  #closed = false;

  /** `connect` makes a connection; it is called when the first session is asked for. */
  constructor(connect: () => Promise<SftpSession>) {
    this.#connect = connect;
  }

  /** Callers that ask while a connection is being made wait for the same one. Rejects with `SftpConnectionLost`. */
  async get(): Promise<SftpSession> {
    if (this.#session !== undefined && !this.#session.isLost) return this.#session;
    this.#session = undefined;
    this.#current ??= this.#open();
    return this.#current;
  }

  close(): void {
    this.#closed = true;
    this.#session?.close();
    this.#session = undefined;
  }

  async #open(): Promise<SftpSession> {
    try {
      const session = await this.#connect();
      if (this.#closed) {
        session.close();
        throw new SftpConnectionLost('unavailable', 'the connection was closed');
      }
      this.#session = session;
      return session;
    } finally {
      this.#current = undefined;
    }
  }
}
