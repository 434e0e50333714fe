// One connection: frames come in, requests begin in their order, answers go out in the same order.
//
//   bytes -> frames -> waiting -> begun -> answered -> sent
//
// A request begins when the one before it lets it: when it is answered, or earlier where its handler says so (a produce,
// once its batches have their offsets). None begins while the client does not take its answers, so what a connection
// holds is bounded by what it may send ahead and by one answer. Whoever sends no requests of Kafka is cut.

import type { Socket } from 'node:net';
import {
  connectionRequestBytesMax,
  connectionRequestsMax,
  frameBytesMaxDefault,
  frameBytesPerSecondMin,
  strangerFrameBytesMax,
  unsentBytesMax,
} from '../../limits.ts';
import { AnswerQueue } from './answer-queue.ts';
import { BegunRequest } from './begun-request.ts';
import { ForeignProtocolError } from './foreign-protocol.ts';
import type { FrameBuffers } from './frame-buffers.ts';
import { type Frame, FrameReceiver } from './frame-receiver.ts';
import type { Turns } from './turns.ts';

/** What serves the requests of one connection. */
export type RequestServer = {
  /** Whether the client may send large requests: it logged in, or need not. */
  readonly isTrusted: boolean;
  /** Whose memory its requests take. */
  readonly isLoggedIn: boolean;
  /** Milliseconds for which no request is to begin: the client was told to wait that long. */
  readonly mutedMs: number;
  /**
   * The pieces of the answer with their length in front; undefined for no answer. Calls `begun` at most once, when the next
   * request may begin before the answer is there. Throws or rejects when the connection is to be cut.
   */
  serve(frame: Buffer, control: RequestControl): Pieces | Promise<Pieces>;
};

type Pieces = readonly Uint8Array[] | undefined;

export type RequestControl = {
  /** No other request of the client has come. */
  readonly isLast: boolean;
  begun(): void;
  /** Nobody looks at the frame any more once the request is answered: its memory is used again. */
  releasesFrame(): void;
  /** Calls back when the client has taken the answer, or never will. */
  whenSent(callback: () => void): void;
};

/** What the connections of a server share. */
export type ConnectionShared = {
  readonly buffers: FrameBuffers;
  readonly receiveBuffer: Buffer;
  readonly turns: Turns;
  readonly frameBytesMax?: number | undefined;
  readonly nowMs: () => number;
  readonly later: (delayMs: number, callback: () => void) => void;
  readonly onCut: (connection: Connection, error: unknown) => void;
  readonly onClosed: (connection: Connection) => void;
};

export class Connection {
  readonly socket: Socket;
  readonly openedMs: number;
  readonly #shared: ConnectionShared;
  readonly #server: RequestServer;
  readonly #receiver: FrameReceiver;
  readonly #answers = new AnswerQueue((pieces, onSent) => this.#send(pieces, onSent));
  readonly #aborting = new AbortController();
  /** Frames that wait for their request to begin. */
  readonly #waiting: Frame[] = [];
  /** Received and not answered. */
  #requestBytes = 0;
  /** What came behind the last frame that could be taken. */
  #held: Buffer | undefined;
  #paused = false;
  #isBusy = false;
  #isPumping = false;
  #hasTurn = true;
  #isClosing = false;
  #inputEnded = false;
  #activeMs: number;
  /** Since when it has the memory of a frame that has not come whole. */
  #holdingSinceMs: number | undefined;
  readonly #onRoom = () => {
    this.#advance();
    this.#noteHolding();
  };

  constructor(
    socket: Socket,
    options: { shared: ConnectionShared; server: (connection: Connection) => RequestServer },
  ) {
    const { shared } = options;
    this.socket = socket;
    this.#shared = shared;
    this.openedMs = shared.nowMs();
    this.#activeMs = this.openedMs;
    this.#receiver = new FrameReceiver({
      buffers: shared.buffers,
      shared: shared.receiveBuffer,
      frameBytesMax: () => this.#frameBytesMax(),
      hasRoom: () => this.#hasRoom,
      isLoggedIn: () => this.#server.isLoggedIn,
    });
    this.#server = options.server(this);
    // What is wrong with a socket shows in its closing; without a listener it would end the process.
    socket.on('error', () => {});
    socket.on('drain', () => this.#advance());
    socket.on('end', () => this.#onInputEnd());
    socket.on('close', () => this.#onClose());
  }

  /** Aborts when the connection is gone, or is to end: what waits on its behalf need not wait any longer. */
  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  get isTrusted(): boolean {
    return this.#server.isTrusted;
  }

  /** When bytes were last received or an answer was last sent. */
  get activeMs(): number {
    return this.#activeMs;
  }

  /** A request is served. */
  get isServing(): boolean {
    return this.#answers.length > 0 || this.#waiting.length > 0;
  }

  get hasUnsent(): boolean {
    return this.socket.writableLength > 0;
  }

  /** It has the memory of a frame that others wait for, and sends less of it than may be expected after a grace. */
  isInTheWay({ nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number }): boolean {
    const { holdingBytes } = this.#receiver;
    if (this.#holdingSinceMs === undefined || holdingBytes === undefined) return false;
    if (!this.#shared.buffers.isWaitedFor({ isLoggedIn: this.#server.isLoggedIn })) return false;
    return nowMs - this.#holdingSinceMs > graceMs + (holdingBytes / frameBytesPerSecondMin) * 1_000;
  }

  /** Nothing more is taken or served: it is closed, or will be once what was written has left. */
  get #isEnded(): boolean {
    return this.socket.destroyed || this.socket.writableEnded;
  }

  // What comes in.

  nextBuffer(): Buffer {
    return this.#receiver.nextBuffer();
  }

  receivedInto(buffer: Buffer, length: number): void {
    if (this.#isEnded) return;
    this.#activeMs = this.#shared.nowMs();
    this.#guarded(() => {
      const received = this.#receiver.received(buffer, length);
      if (Buffer.isBuffer(received)) this.#take(received);
      else if (received !== undefined) this.#enqueue(received);
    });
    this.#advance();
    this.#noteHolding();
  }

  /** Bytes of a socket that receives into buffers of its own. */
  received(bytes: Buffer): void {
    if (this.#isEnded) return;
    this.#activeMs = this.#shared.nowMs();
    this.#guarded(() => this.#take(bytes));
    this.#advance();
    this.#noteHolding();
  }

  /** Ends when what was begun is answered. */
  close(): void {
    this.#isClosing = true;
    this.#aborting.abort();
    this.#endWhenDone();
  }

  cut(): void {
    this.socket.destroy();
  }

  /** The bytes must be copied when they have to wait: the buffer is everybody's. */
  #take(bytes: Buffer): void {
    let rest = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = undefined;
    while (rest.length > 0) {
      if (!this.#canReceive()) {
        this.#held = Buffer.from(rest);
        return;
      }
      const taken = this.#receiver.take(rest);
      rest = taken.rest;
      if (taken.frame !== undefined) this.#enqueue(taken.frame);
    }
  }

  #noteHolding(): void {
    if (this.#receiver.holdingBytes === undefined) this.#holdingSinceMs = undefined;
    else this.#holdingSinceMs ??= this.#activeMs;
  }

  #enqueue(frame: Frame): void {
    this.#holdingSinceMs = undefined;
    this.#waiting.push(frame);
    this.#requestBytes += frame.memory.length;
  }

  #canReceive(): boolean {
    if (this.#receiver.isInside && !this.#receiver.needsRoom) return true;
    if (!this.#receiver.isInside) {
      const ahead = this.#waiting.length + this.#answers.length;
      // A small request of each connection always has room: whoever fills the memory keeps no others from logging in.
      if (ahead === 0) return true;
      if (ahead >= connectionRequestsMax || this.#requestBytes >= connectionRequestBytesMax) return false;
    }
    if (this.#hasRoom) return true;
    this.#shared.buffers.whenRoom(this.#onRoom, { isLoggedIn: this.#server.isLoggedIn });
    return false;
  }

  get #hasRoom(): boolean {
    return this.#shared.buffers.hasRoom({ isLoggedIn: this.#server.isLoggedIn });
  }

  // Requests.

  /** Begins what can begin, takes what could not be taken before, and reads on or not. */
  #advance(): void {
    if (this.#isPumping || this.#isEnded) return;
    this.#isPumping = true;
    this.#guarded(() => {
      for (;;) {
        while (this.#canBegin()) this.#begin(this.#waiting.shift()!);
        const held = this.#held;
        if (held === undefined || !this.#canReceive()) break;
        this.#held = undefined;
        this.#take(held);
      }
    });
    this.#isPumping = false;
    this.#pauseOrResume();
    this.#endWhenDone();
  }

  #canBegin(): boolean {
    if (this.#waiting.length === 0 || this.#isBusy || this.#isClosing || this.socket.destroyed) return false;
    if (this.socket.writableLength + this.#answers.readyBytes > unsentBytesMax) return false;
    if (this.#server.mutedMs > 0) return this.#waitUntilUnmuted();
    if (this.#hasTurn && this.#shared.turns.isLeft) return true;
    if (!this.#hasTurn) return false;
    this.#hasTurn = false;
    this.#shared.turns.next(() => {
      this.#hasTurn = true;
      this.#advance();
    });
    return false;
  }

  #waitUntilUnmuted(): false {
    this.#isBusy = true;
    this.#shared.later(this.#server.mutedMs, () => {
      this.#isBusy = false;
      this.#advance();
    });
    return false;
  }

  #begin(frame: Frame): void {
    this.#isBusy = true;
    const isLast = this.#waiting.length === 0 && this.#held === undefined;
    const request = new BegunRequest(frame, isLast, () => {
      this.#isBusy = false;
      this.#advance();
    });
    let served: Pieces | Promise<Pieces>;
    try {
      served = this.#server.serve(frame.bytes, request);
    } catch (error) {
      this.#fail(request, error);
      return;
    }
    if (served instanceof Promise) {
      this.#answerLater(request, served);
      return;
    }
    this.#finish(request);
    this.#answers.add(request.answer(served));
    request.begun();
  }

  #answerLater(request: BegunRequest, served: Promise<Pieces>): void {
    const answer = this.#answers.reserve();
    served.then(
      (pieces) => {
        this.#finish(request);
        answer(request.answer(pieces));
        request.begun();
        this.#advance();
      },
      (error) => this.#fail(request, error),
    );
  }

  #fail(request: BegunRequest, error: unknown): void {
    this.#finish(request);
    request.answer(undefined).onSent?.();
    this.#cut(error);
  }

  #finish({ frame, isReleased }: BegunRequest): void {
    this.#requestBytes -= frame.memory.length;
    this.#activeMs = this.#shared.nowMs();
    if (isReleased) this.#shared.buffers.give(frame.memory);
    else this.#shared.buffers.uncount(frame.memory);
  }

  #frameBytesMax(): number {
    const { frameBytesMax = frameBytesMaxDefault } = this.#shared;
    return this.#server.isTrusted ? frameBytesMax : Math.min(frameBytesMax, strangerFrameBytesMax);
  }

  // What goes out, and the end.

  #send(pieces: readonly Uint8Array[], onSent: (() => void) | undefined): void {
    if (this.socket.destroyed) {
      onSent?.();
      return;
    }
    if (pieces.length > 1) this.socket.cork();
    for (const piece of pieces.slice(0, -1)) this.socket.write(piece);
    const last = pieces.at(-1)!;
    // Called when everything before is written too, and when the socket is destroyed.
    if (onSent === undefined) this.socket.write(last);
    else this.socket.write(last, () => onSent());
    if (pieces.length > 1) this.socket.uncork();
  }

  #pauseOrResume(): void {
    const shouldPause = this.#held !== undefined || !this.#canReceive();
    if (shouldPause === this.#paused) return;
    this.#paused = shouldPause;
    if (shouldPause) this.socket.pause();
    else this.socket.resume();
  }

  #endWhenDone(): void {
    const hasMore = this.#waiting.length > 0 || this.#held !== undefined;
    const isDone = this.#answers.length === 0 && (this.#isClosing || !hasMore);
    if (isDone && (this.#isClosing || this.#inputEnded)) this.socket.destroySoon();
  }

  /** The client sends no more, but may wait for its answers. */
  #onInputEnd(): void {
    this.#inputEnded = true;
    this.#endWhenDone();
  }

  #onClose(): void {
    this.#aborting.abort();
    this.#receiver.drop();
    this.#answers.drop();
    for (const frame of this.#waiting.splice(0)) this.#shared.buffers.give(frame.memory);
    this.#held = undefined;
    this.#shared.buffers.forget(this.#onRoom);
    this.#shared.onClosed(this);
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#cut(error);
    }
  }

  #cut(error: unknown): void {
    if (this.socket.destroyed) return;
    this.#shared.onCut(this, error);
    const farewell = error instanceof ForeignProtocolError ? error.farewell : undefined;
    if (farewell === undefined) this.socket.destroy();
    else {
      this.socket.write(farewell);
      this.socket.destroySoon();
    }
  }
}
