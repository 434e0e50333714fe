// One connection: requests come in, are served one at a time in the order they came, and answers go out.
//
// | state      | what is going on                                         | ends it                                |
// | ---------- | -------------------------------------------------------- | -------------------------------------- |
// | waiting    | no byte of the next request has come                     | a byte; keep-alive time                |
// | head       | a part of a head has come                                | the rest; head time: 408               |
// | serving    | a request is served; its body comes in when it is read   | the end of the answer                  |
// | finishing  | the answer is out: the kernel takes it, and what nobody  | both done; idle time                   |
// |            | read of the body is thrown away                          |                                        |
// | lingering  | our side is closed; what still comes is thrown away,     | the client closes; linger time, bytes  |
// |            | because closing with unread bytes resets the connection, |                                        |
// |            | and the client would see that instead of the answer      |                                        |
// | closed     |                                                          |                                        |
//
// A body that is waited for and drips has moved at every byte, so what it brings in the time that it was waited for is held
// against a least amount too: 408.
//
// What is left of a body that was refused before it was read to its end:
//
// | it is                       | what happens                                                            |
// | --------------------------- | ----------------------------------------------------------------------- |
// | nothing                     | the connection is kept                                                  |
// | up to 256 KiB               | it is thrown away, the connection is kept                               |
// | more, or nobody knows       | the answer says `connection: close`, then lingering                     |
// | not asked for (`Expect`)    | as above: the client may send it or not, so the next request has no     |
// |                             | beginning that we could know                                            |

import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Exchange, type ExchangeConnection } from './exchange.ts';
import { drainBytesMax, type HttpLimits, lingerBytesMax, lingerMs, pipelinedBytesMax } from './limits.ts';
import { HeadReader } from './message/head-reader.ts';
import { HttpProblem } from './message/http-problem.ts';
import { statusLine } from './message/response-head.ts';
import type { ReceiveSlabs, Slab } from './receive-slabs.ts';
import { ReceivedInput } from './received-input.ts';
import { RequestBody } from './request-body.ts';
import { OutputLost, type SharedSendBuffer, SocketOutput } from './socket-output.ts';
import type { TurnBudget } from './turn-budget.ts';

/** What the connections of a server share. */
export type ConnectionServer = {
  readonly limits: HttpLimits;
  readonly slabs: ReceiveSlabs;
  readonly receiveBuffer: Buffer;
  readonly sendBuffer: SharedSendBuffer;
  readonly turns: TurnBudget | undefined;
  /** The time at the last tick, which is at most `tickMs` ago. */
  readonly nowMs: number;
  readonly tickMs: number;
  readonly closing: boolean;
  serve(exchange: Exchange): void;
  /** The whole answer to who does not speak HTTP. */
  problemAnswer(problem: HttpProblem): string;
  /** What ends the head of every answer. */
  lastLines(options: { readonly keepAlive: boolean }): string;
  forget(connection: Connection): void;
};

type State = 'waiting' | 'head' | 'serving' | 'finishing' | 'lingering' | 'closed';

const continueText = 'HTTP/1.1 100 Continue\r\n\r\n';
const continueLine = Buffer.from(continueText);

export class Connection implements ExchangeConnection {
  readonly secure: boolean;
  readonly #socket: Socket;
  readonly #server: ConnectionServer;
  readonly #output: SocketOutput;
  readonly #input = new ReceivedInput();
  readonly #heads: HeadReader;
  #state: State = 'waiting';
  /** When the state began, or when something last moved in it. */
  #sinceMs: number;
  #exchange: Exchange | undefined;
  /** Another request may follow the one that is served. */
  #keepAlive = true;
  #paused = false;
  #inputEnded = false;
  #advancing = false;
  /** What came of the next request waits for a turn, or has been given one. */
  #turn: 'none' | 'awaited' | 'given' = 'none';
  #turnAwaitedSinceMs = 0;
  /** How long the next request has waited for turns. */
  #turnWaitedMs = 0;
  #lingeredBytes = 0;
  /** How long the body was waited for, and what had come of it when that began to be counted. */
  #awaitedMs = 0;
  #awaitedFromBytes = 0;
  /** The slab that the kernel was told to fill next, and whether nobody looks at it any more. */
  #filling: Slab | undefined;
  #fillingIsFree = false;

  constructor(socket: Socket, { secure, server }: { secure: boolean; server: ConnectionServer }) {
    this.secure = secure;
    this.#socket = socket;
    this.#server = server;
    this.#sinceMs = server.nowMs;
    this.#heads = new HeadReader({ bytesMax: server.limits.headBytesMax });
    this.#output = new SocketOutput(socket, {
      shared: secure ? undefined : server.sendBuffer,
      onEmpty: () => this.#onTaken(),
    });
    // What is wrong with a socket shows in its closing; without a listener it would end the process.
    socket.on('error', () => {});
    socket.on('end', () => this.#onInputEnd());
    socket.on('close', () => this.#onClose());
  }

  get tlsVersion(): string | undefined {
    const protocol = this.#socket instanceof TLSSocket ? this.#socket.getProtocol() : null;
    return protocol?.replace(/^TLSv/, '');
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** A socket that failed takes everything and sends nothing, and says `close` only later. */
  get gone(): boolean {
    return this.#state === 'closed' || this.#socket.destroyed;
  }

  // What comes in.

  /** Where the next bytes of a plain socket are to be put. */
  nextBuffer(): Buffer {
    const slab = this.#exchange?.body.slab();
    if (slab !== this.#filling) this.#fillOther(slab);
    return slab === undefined ? this.#server.receiveBuffer : slab.bytes.subarray(slab.usedBytes);
  }

  #fillOther(slab: Slab | undefined): void {
    if (this.#filling !== undefined && this.#fillingIsFree) this.#server.slabs.give(this.#filling);
    this.#filling = slab;
    this.#fillingIsFree = false;
  }

  /** Takes what was received into the buffer that `nextBuffer` gave. */
  receivedInto(buffer: Buffer, length: number): void {
    const kept = this.#filling !== undefined;
    if (this.#filling !== undefined) this.#filling.usedBytes += length;
    this.received(buffer, { length, kept });
  }

  /** `kept` says that the bytes stay as they are until their request is answered. */
  received(bytes: Buffer, { length, kept }: { length: number; kept: boolean }): void {
    if (this.#state === 'lingering') this.#throwAway(length);
    else if (this.#state !== 'closed') {
      const used = this.#takeBody({ bytes, start: 0, end: length, kept });
      if (used < length) this.#input.add(bytes, used, length);
      this.#advance();
      this.#input.keep();
      this.#pauseOrResume();
    }
  }

  /** The position behind what belongs to the body of the request that is served. */
  #takeBody(part: { bytes: Buffer; start: number; end: number; kept: boolean }): number {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.body.complete || part.start === part.end) return part.start;
    // What is thrown away moves nothing: it has one idle time, however it drips.
    if (this.#state === 'serving') this.#moved();
    // Who does not wait for it any more does not need it.
    exchange.continueAwaited = false;
    try {
      return exchange.body.take(part.bytes, part);
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      exchange.body.breakOff(error);
      // Nothing that comes behind it has a meaning.
      this.#keepAlive = false;
      return part.end;
    } finally {
      exchange.body.wakeReader();
    }
  }

  #onInputEnd(): void {
    this.#inputEnded = true;
    if (this.#state === 'closed' || this.#state === 'lingering') return;
    this.#clientLeft();
    this.#advance();
  }

  /** Nothing more will come of the request that is served. */
  #clientLeft(): void {
    if (this.#exchange === undefined) return;
    const { body } = this.#exchange;
    if (!body.complete) body.breakOff(new HttpProblem('incomplete'));
    this.#exchange.leave();
  }

  readonly #bodySource = {
    onWanted: (): void => this.#onBodyWanted(),
    slabs: (): ReceiveSlabs => this.#server.slabs,
  };

  #onBodyWanted(): void {
    const exchange = this.#exchange;
    if (exchange?.continueAwaited && !exchange.answered) this.write(continueLine);
    if (exchange !== undefined) exchange.continueAwaited = false;
    this.#moved();
    this.#pauseOrResume();
  }

  /** The socket is not read while what came waits for somebody. */
  #pauseOrResume(): void {
    const pause = this.#isFull();
    if (pause === this.#paused || this.#state === 'closed') return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  #isFull(): boolean {
    if (this.#state === 'lingering') return false;
    const isNextFull = this.#input.length >= pipelinedBytesMax;
    if (this.#exchange === undefined) return this.#turn === 'awaited' && isNextFull;
    const { body } = this.#exchange;
    return body.complete ? isNextFull : !body.hasRoom;
  }

  // Requests, one after the other.

  /** Goes on as far as it can without anything further happening. */
  #advance(): void {
    // Whoever serves may answer at once, from within.
    if (this.#advancing) return;
    this.#advancing = true;
    try {
      while (this.#endExchange() && this.#beginExchange());
    } finally {
      this.#advancing = false;
    }
  }

  /** Whether nothing of an earlier request is left to do. */
  #endExchange(): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined) return this.#state === 'waiting' || this.#state === 'head';
    if (this.#state !== 'finishing' || this.#output.pending) return false;
    const { complete } = exchange.body;
    if (!this.#keepAlive || this.#server.closing || (this.#inputEnded && !complete)) {
      this.#endOutput();
      return false;
    }
    if (!complete) return false;
    this.#exchange = undefined;
    this.#enter('waiting');
    return true;
  }

  #beginExchange(): boolean {
    if (this.#waitsForTurn()) return false;
    try {
      const head = this.#heads.next(this.#input);
      if (head !== undefined) {
        this.#serve(head);
        return true;
      }
      if (this.#input.length === 0) {
        if (this.#inputEnded) this.#endOutput();
      } else if (this.#inputEnded) throw new HttpProblem('incomplete');
      else if (this.#state === 'waiting') this.#enter('head');
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      this.#refuse(error);
    }
    return false;
  }

  /** As it came: of a thousand that wait, heads taken apart are so much that the collector hardly does anything else. */
  #waitsForTurn(): boolean {
    if (this.#turn === 'none' && this.#input.length > 0 && this.#server.turns?.later(this.#onTurn)) {
      this.#turn = 'awaited';
      this.#turnAwaitedSinceMs = this.#server.nowMs;
    }
    if (this.#turn === 'awaited') return true;
    this.#turn = 'none';
    return false;
  }

  readonly #onTurn = (waitedMs: number): void => {
    if (this.#state === 'closed') return;
    this.#turn = 'given';
    this.#turnWaitedMs += waitedMs;
    // A head that drips has no more time than another.
    this.#sinceMs += this.#server.nowMs - this.#turnAwaitedSinceMs;
    this.#advance();
    this.#input.keep();
    this.#pauseOrResume();
    // What came was not all of a head: who stops has not asked again.
    if (this.#server.closing) this.close();
  };

  #serve(head: Exchange['head']): void {
    const body = new RequestBody(head.framing, this.#bodySource);
    const exchange = new Exchange(head, body, this);
    exchange.waitedMs = this.#turnWaitedMs;
    this.#turnWaitedMs = 0;
    this.#exchange = exchange;
    this.#awaitedMs = 0;
    this.#awaitedFromBytes = 0;
    this.#keepAlive = head.keepAlive;
    this.#enter('serving');
    // What came of the body together with the head.
    const { bytes, start, end, own } = this.#input;
    this.#input.useUpTo(this.#takeBody({ bytes, start, end, kept: own }));
    if (this.#inputEnded) this.#clientLeft();
    this.#server.serve(exchange);
  }

  #refuse(problem: HttpProblem): void {
    this.write(Buffer.from(this.#server.problemAnswer(problem), 'latin1'));
    this.#endOutput();
  }

  // What goes out.

  headOf(exchange: Exchange, lines: string): string {
    const { body, continueAwaited, status } = exchange;
    const unread = body.complete
      ? 'none'
      : body.leftBytes <= drainBytesMax && !continueAwaited
        ? 'little'
        : 'much';
    const last = this.#server.closing || (this.#inputEnded && this.#input.length === 0);
    this.#keepAlive &&= unread !== 'much' && !last;
    // A client that waits and hears nothing else before the answer takes it for a refusal; botocore then misreads what
    // comes next on the connection. So where it goes on, who waits for an empty body is told to continue as well.
    const asked = continueAwaited && this.#keepAlive ? continueText : '';
    exchange.continueAwaited = false;
    return `${asked}${statusLine(status)}${lines}${this.#server.lastLines({ keepAlive: this.#keepAlive })}`;
  }

  writeTogether(text: string, bytes: Uint8Array): boolean {
    if (this.#state === 'closed') return true;
    this.#moved();
    return this.#output.writeTogether(text, bytes);
  }

  write(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#moved();
    this.#output.write(bytes);
  }

  whenTaken(): Promise<void> | undefined {
    return this.gone ? Promise.reject(new OutputLost()) : this.#output.whenEmpty();
  }

  ended({ body }: Exchange): void {
    this.#letGo(body);
    if (this.#state !== 'serving') return;
    this.#enter('finishing');
    this.#advance();
    this.#pauseOrResume();
  }

  forgetBody({ body }: Exchange): void {
    this.#letGo(body);
  }

  /** Nobody looks at it any more. A slab that the kernel may still fill waits until it fills another. */
  #letGo(body: RequestBody): void {
    body.discard();
    for (const slab of body.takeSlabs()) {
      if (slab === this.#filling && this.#state !== 'closed') this.#fillingIsFree = true;
      else this.#server.slabs.give(slab);
    }
  }

  cut({ body }: Exchange): void {
    this.#letGo(body);
    this.#socket.destroy();
  }

  #onTaken(): void {
    this.#moved();
    this.#advance();
    this.#pauseOrResume();
  }

  // The end.

  #endOutput(): void {
    const unread = this.#exchange !== undefined && !this.#exchange.body.complete;
    this.#enter('lingering');
    if (this.#server.closing && !unread) this.#socket.destroySoon();
    else this.#socket.end();
    this.#pauseOrResume();
  }

  #throwAway(bytes: number): void {
    this.#lingeredBytes += bytes;
    if (this.#lingeredBytes > lingerBytesMax) this.#socket.destroy();
  }

  #onClose(): void {
    this.#clientLeft();
    this.#enter('closed');
    this.#fillOther(undefined);
    this.#output.closed();
    this.#input.clear();
    this.#server.forget(this);
  }

  /** To be called when the server stops: ends what carries no request; a request that is served is the last one. */
  close(): void {
    if (this.#turn === 'awaited') return;
    if (this.#state === 'waiting' || this.#state === 'head' || this.#state === 'lingering')
      this.#socket.destroySoon();
  }

  /** To be called at every tick, with the time since the last: holds the connection against its time limits. */
  checkTime(passedMs: number): void {
    // It is not the client who is waited for.
    if (this.#turn === 'awaited') return;
    const { nowMs, tickMs, limits } = this.#server;
    const stillMs = nowMs - tickMs - this.#sinceMs;
    switch (this.#state) {
      case 'waiting':
        if (stillMs > limits.keepAliveTimeoutMs) this.#socket.destroySoon();
        return;
      case 'head':
        if (stillMs > limits.headTimeoutMs) this.#refuse(new HttpProblem('timeout'));
        return;
      case 'serving':
        if (stillMs > limits.idleTimeoutMs || this.#drips(passedMs)) this.#giveUpOnClient();
        return;
      case 'finishing':
        if (stillMs > limits.idleTimeoutMs) this.#socket.destroy();
        return;
      case 'lingering':
        if (stillMs > lingerMs) this.#socket.destroy();
        return;
      case 'closed':
        return;
    }
  }

  /** Nothing moved for too long, which is the client's fault only if it was waited for. */
  #giveUpOnClient(): void {
    if (this.#output.pending) this.#socket.destroy();
    else if (this.#exchange?.body.readerWaits) {
      this.#keepAlive = false;
      this.#exchange.body.breakOff(new HttpProblem('timeout'));
    }
  }

  #drips(passedMs: number): boolean {
    const body = this.#exchange?.body;
    if (!body?.readerWaits) return false;
    const { idleTimeoutMs, bodyBytesMin } = this.#server.limits;
    this.#awaitedMs += passedMs;
    if (this.#awaitedMs <= idleTimeoutMs) return false;
    const drips = body.receivedBytes - this.#awaitedFromBytes < bodyBytesMin;
    this.#awaitedMs = 0;
    this.#awaitedFromBytes = body.receivedBytes;
    return drips;
  }

  #enter(state: State): void {
    this.#state = state;
    this.#moved();
  }

  #moved(): void {
    this.#sinceMs = this.#server.nowMs;
  }
}
