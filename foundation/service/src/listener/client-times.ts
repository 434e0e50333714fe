// How long a server of node:http waits for its clients, by a clock that stands still while this process does.
//
// Node counts all time. After a pause of the process, or of its machine, it cuts who sent in time, because its timers come
// before it has looked at what lies in the sockets. So its limits of a head and of a request are off, and are kept here:
//
// | what comes in                  | counted                                   | ends it                                   |
// | ------------------------------ | ----------------------------------------- | ----------------------------------------- |
// | a part of a head               | from its first byte                       | `headersTimeoutMs`: 408                   |
// | a body                         | from the end of the head                  | `requestTimeoutMs`: 408                   |
// | a body that is waited for      | while nothing of it waits for its reader  | fewer than `bodyBytesMin` bytes in        |
// |                                |                                           | `idleTimeoutMs`: 408                      |
//
// Idle and keep-alive time are Node's, who sees what the kernel takes of an answer. It asks before it cuts, and a time in
// which the process stood still is then waited for once more.

import type { Server, Socket } from 'node:net';
import type { Clock, Timer } from '@cairn/world';
import { clientTickMsMax, clientTickMsMin } from '../limits.ts';
import type { ListenerLimits } from './create-listener.ts';
import type { Drain, DrainedConnection } from './drain.ts';

/** Of one connection, of the head or body that comes in. */
type Count = { receivingMs: number; awaitedMs: number; awaitedFromBytes: number; of: unknown };

type Options = { readonly clock: Clock; readonly limits: ListenerLimits; readonly drain: Drain };

export class ClientTimes {
  readonly #options: Options;
  readonly #tickMs: number;
  readonly #counts = new WeakMap<Socket, Count>();
  #tick: Timer | undefined;
  #tickedAtMs = 0;
  #stoodStillUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    const { headersTimeoutMs, idleTimeoutMs } = options.limits;
    this.#options = options;
    this.#tickMs = Math.min(
      clientTickMsMax,
      Math.max(clientTickMsMin, Math.min(headersTimeoutMs, idleTimeoutMs) / 4),
    );
  }

  /** Counts as long as the server has connections. */
  attach(server: Server): void {
    server.on('listening', () => {
      this.#tickedAtMs = this.#options.clock.monotonicMs();
      this.#scheduleTick();
    });
    server.on('close', () => this.#tick?.cancel());
  }

  /** Whether a time that has just come may have come because this process stood still. */
  stoodStillWithin(ms: number): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    return nowMs - this.#tickedAtMs > 2 * this.#tickMs || nowMs - this.#stoodStillUntilMs < ms;
  }

  #scheduleTick(): void {
    const { clock, drain } = this.#options;
    this.#tick = clock.setTimer(this.#tickMs, () => {
      const nowMs = clock.monotonicMs();
      const passedMs = Math.min(nowMs - this.#tickedAtMs, 2 * this.#tickMs);
      if (nowMs - this.#tickedAtMs > passedMs) this.#stoodStillUntilMs = nowMs;
      this.#tickedAtMs = nowMs;
      for (const [socket, connection] of drain.connections) this.#check(socket, { connection, passedMs });
      this.#scheduleTick();
    });
  }

  #check(
    socket: Socket,
    { connection, passedMs }: { connection: DrainedConnection; passedMs: number },
  ): void {
    const { request, responses, quietBytes } = connection;
    const { headersTimeoutMs, requestTimeoutMs } = this.#options.limits;
    if (request !== undefined && !request.complete) {
      const count = this.#count(socket, request);
      count.receivingMs += passedMs;
      const isLate = requestTimeoutMs > 0 && count.receivingMs > requestTimeoutMs;
      if (isLate || this.#drips(socket, { connection, count, passedMs })) refuse(socket, connection);
    } else if (responses.size === 0 && socket.bytesRead !== quietBytes) {
      const count = this.#count(socket, quietBytes);
      count.receivingMs += passedMs;
      if (count.receivingMs > headersTimeoutMs) refuse(socket, connection);
    }
  }

  /** It begins anew with what is counted: a request, or what was received before a head. */
  #count(socket: Socket, of: unknown): Count {
    const known = this.#counts.get(socket);
    if (known !== undefined && known.of === of) return known;
    const count = { receivingMs: 0, awaitedMs: 0, awaitedFromBytes: socket.bytesRead, of };
    this.#counts.set(socket, count);
    return count;
  }

  #drips(
    socket: Socket,
    { connection, count, passedMs }: { connection: DrainedConnection; count: Count; passedMs: number },
  ): boolean {
    const { request, responses } = connection;
    const { idleTimeoutMs, bodyBytesMin } = this.#options.limits;
    const isRead = request!.readableDidRead || responses.size === 0;
    if (!isRead || request!.readableLength > 0) return false;
    count.awaitedMs += passedMs;
    if (count.awaitedMs <= idleTimeoutMs) return false;
    const bytes = socket.bytesRead - count.awaitedFromBytes;
    count.awaitedMs = 0;
    count.awaitedFromBytes = socket.bytesRead;
    // Where nothing comes that is for the idle time.
    return bytes > 0 && bytes < bodyBytesMin;
  }
}

const refusal = 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** Whoever serves the request sees that its client is gone. */
function refuse(socket: Socket, { responses }: DrainedConnection): void {
  const isAnswered = [...responses].some(({ headersSent }) => headersSent);
  if (!isAnswered) socket.write(refusal);
  socket.destroy();
}
