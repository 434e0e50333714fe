// One conversation with an SFTP server: requests go out with ids, any number at a time, and each answer finds its request.
//
// The invariant: every request is answered, or rejected with `SftpConnectionLost` once the process has ended. A packet that
// cannot be read ends the conversation, since nothing behind it can be trusted; so does a server that has requests and says nothing: ssh
// itself sees only that the other ssh is there.

import { PacketSplitter } from './packet-splitter.ts';
import { SftpConnectionLost, SftpFailure } from './sftp-failure.ts';
import { protocolVersion } from './sftp-protocol.ts';
import { encodeInit, encodeRequest, type SftpRequest } from './sftp-request.ts';
import { decodeResponse, decodeVersion, type SftpResponse, type SftpVersion } from './sftp-response.ts';
import type { SshProcess } from './ssh-process.ts';

type Waiting = {
  readonly resolve: (response: SftpResponse) => void;
  readonly reject: (error: unknown) => void;
};

/** A disk may take minutes to sync a blob, and a slow line to carry a block. */
const silenceMsDefault = 5 * 60_000;

export class SftpConnection {
  readonly #ssh: SshProcess;
  readonly #silenceMs: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #splitter = new PacketSplitter();
  readonly #greeting = Promise.withResolvers<SftpVersion>();
  #greeted = false;
  #nextId = 0;
  #lost: SftpConnectionLost | undefined;
  /** While requests wait. */
  #silence: NodeJS.Timeout | undefined;

  private constructor(ssh: SshProcess, silenceMs: number) {
    this.#ssh = ssh;
    this.#silenceMs = silenceMs;
    ssh.output.on('data', (piece: Buffer) => this.#receive(piece));
    ssh.onEnd((lost) => this.#end(lost));
  }

  /** Rejects with `SftpConnectionLost`. */
  static async open(
    ssh: SshProcess,
    { silenceMs = silenceMsDefault } = {},
  ): Promise<{ readonly connection: SftpConnection; readonly extensions: SftpVersion['extensions'] }> {
    const connection = new SftpConnection(ssh, silenceMs);
    ssh.input.write(encodeInit());
    const { version, extensions } = await connection.#greeting.promise;
    if (version < protocolVersion) {
      ssh.kill();
      throw new SftpConnectionLost(
        'failed',
        `the server speaks SFTP ${version}, wanted is ${protocolVersion}`,
      );
    }
    ssh.unref();
    return { connection, extensions };
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** The answer, of whatever kind. Rejects with `SftpFailure` when it is a status other than OK. */
  request(request: SftpRequest): Promise<SftpResponse> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const id = this.#nextId;
    this.#nextId = (id + 1) % 2 ** 32;
    const { promise, resolve, reject } = Promise.withResolvers<SftpResponse>();
    if (this.#waiting.size === 0) this.#beginToWait();
    this.#waiting.set(id, { resolve, reject });
    const { input } = this.#ssh;
    input.write(encodeRequest(id, request));
    if (request.payload !== undefined) input.write(request.payload);
    return promise;
  }

  /** Rejects what is under way, and ends the process. Idempotent. */
  close(): void {
    this.#end(new SftpConnectionLost('unavailable', 'the connection was closed'));
    this.#ssh.kill();
  }

  #receive(piece: Buffer): void {
    if (this.#lost !== undefined) return;
    this.#silence?.refresh();
    try {
      for (const packet of this.#splitter.push(piece)) this.#take(packet);
    } catch (error) {
      this.#end(new SftpConnectionLost('unavailable', (error as Error).message, { cause: error }));
      this.#ssh.kill();
    }
  }

  #take(packet: Uint8Array): void {
    if (!this.#greeted) {
      this.#greeted = true;
      this.#greeting.resolve(decodeVersion(packet));
      return;
    }
    const response = decodeResponse(packet);
    const waiting = this.#waiting.get(response.id);
    if (waiting === undefined) throw new Error(`the server answers request ${response.id}, which is none`);
    this.#waiting.delete(response.id);
    if (this.#waiting.size === 0) this.#endWaiting();
    if (response.kind === 'status' && response.code !== 0) {
      waiting.reject(new SftpFailure(response.code, response.message));
    } else waiting.resolve(response);
  }

  #end(lost: SftpConnectionLost): void {
    if (this.#lost !== undefined) return;
    this.#lost = lost;
    this.#greeting.reject(lost);
    for (const { reject } of this.#waiting.values()) reject(lost);
    this.#waiting.clear();
    this.#endWaiting();
  }

  #beginToWait(): void {
    this.#ssh.ref();
    this.#silence = setTimeout(() => {
      this.#end(new SftpConnectionLost('unavailable', 'the server is silent'));
      this.#ssh.kill();
    }, this.#silenceMs);
  }

  #endWaiting(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#ssh.unref();
  }
}

/** The answer as the kind that the request has; anything else is a mistake of the server. */
export function expectKind<Kind extends SftpResponse['kind']>(
  response: SftpResponse,
  kind: Kind,
): Extract<SftpResponse, { kind: Kind }> {
  if (response.kind === kind) return response as Extract<SftpResponse, { kind: Kind }>;
  throw new SftpFailure(-1, `the server answers with ${response.kind} where ${kind} is due`);
}
