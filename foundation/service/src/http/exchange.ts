// One request and its answer, as the connection hands it to whoever serves it.
//
// The answer is given once: `send` for one that is there as a whole, or `begin`, `write` ... `write`, `end`. The fields
// that concern the connection (date, connection, length) are added here; what becomes of a body that was not read, too.

import assert from 'node:assert/strict';
import type { RequestHead } from './message/request-head.ts';
import { type FieldLines, fieldLine, hasBody } from './message/response-head.ts';
import type { RequestBody } from './request-body.ts';

/** What an exchange needs of its connection. */
export type ExchangeConnection = {
  readonly secure: boolean;
  /** `1.3`; undefined without TLS. */
  readonly tlsVersion: string | undefined;
  /** Undefined once the client is gone. */
  readonly remoteAddress: string | undefined;
  readonly gone: boolean;
  /** The whole head: status line, `lines`, the connection's own fields, empty line. */
  headOf(exchange: Exchange, lines: string): string;
  /** Whether `bytes` may change at once; else when `whenTaken` says so. */
  writeTogether(text: string, bytes: Uint8Array): boolean;
  write(bytes: Uint8Array): void;
  whenTaken(): Promise<void> | undefined;
  /** Nobody looks at its body any more. */
  forgetBody(exchange: Exchange): void;
  ended(exchange: Exchange): void;
  cut(exchange: Exchange): void;
};

const nothing = new Uint8Array(0);

export class Exchange {
  readonly head: RequestHead;
  readonly body: RequestBody;
  /** The client waits for `100 Continue`, and has not been given it. */
  continueAwaited: boolean;
  /** How long what came of it waited for a turn of the loop before anybody looked at it. */
  waitedMs = 0;
  /** 0 until there is an answer. */
  status = 0;
  readonly #connection: ExchangeConnection;
  #lines = '';
  #unsentHead = '';
  /** Of the body, what was announced and has not been written. */
  #leftBytes = 0;
  #ended = false;
  #hasLeft = false;
  /** Made when somebody asks. */
  #left: AbortController | undefined;

  constructor(head: RequestHead, body: RequestBody, connection: ExchangeConnection) {
    this.head = head;
    this.body = body;
    this.continueAwaited = head.expectsContinue;
    this.#connection = connection;
  }

  get secure(): boolean {
    return this.#connection.secure;
  }

  get tlsVersion(): string | undefined {
    return this.#connection.tlsVersion;
  }

  get remoteAddress(): string | undefined {
    return this.#connection.remoteAddress;
  }

  /** Aborts when the client closes its side, the connection is lost, or `leave` is called: for who would make it wait. */
  get left(): AbortSignal {
    this.#left ??= new AbortController();
    if (this.#hasLeft) this.#left.abort();
    return this.#left.signal;
  }

  /** The connection is closed: nobody reads an answer. */
  get gone(): boolean {
    return this.#connection.gone;
  }

  /** An answer, or the head of one, is on its way. */
  get answered(): boolean {
    return this.status !== 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Nobody looks any more at what was read of the body, and what was not is thrown away: its memory serves others while the
   * answer is waited for. Else that happens when the request is over.
   */
  forgetBody(): void {
    this.#connection.forgetBody(this);
  }

  /** Adds a field to the answer. `value` is Latin-1. Fails for what would not stay one field. */
  addField(name: string, value: string): void {
    this.#lines += fieldLine(name, value);
  }

  /** The same of fields that were written before. */
  addLines(lines: FieldLines): void {
    this.#lines += lines;
  }

  /**
   * The whole answer. Whether `bytes` may change from now on, as they may where head and bytes are no more than 68 KiB; else they
   * may when `whenTaken` is over.
   */
  send(status: number, bytes: Uint8Array): boolean {
    this.begin(status, bytes.length);
    return this.#finish(this.#leftBytes === 0 ? nothing : bytes);
  }

  /** Undefined when the kernel has all that was written, else a promise of that. Rejects when the connection ends before. */
  whenTaken(): Promise<void> | undefined {
    return this.#connection.whenTaken();
  }

  /** The head of an answer, which goes out with what comes next. The length is what a GET would give. */
  begin(status: number, lengthBytes: number): void {
    assert(!this.answered, 'a request has one answer');
    if (hasBody(status)) this.#lines += `content-length: ${lengthBytes}\r\n`;
    this.#leftBytes = this.head.method === 'HEAD' || !hasBody(status) ? 0 : lengthBytes;
    this.status = status;
    this.#unsentHead = this.#connection.headOf(this, this.#lines);
  }

  /** Undefined when the kernel has the bytes, else a promise of that; until then they must not change. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#put(bytes);
    return this.#connection.whenTaken();
  }

  /** After the last byte of the answer. */
  end(): void {
    this.#finish(nothing);
  }

  /** To be called by the connection when the client has left, or by who serves when nothing is to be waited for any more. Idempotent. */
  leave(): void {
    this.#hasLeft = true;
    this.#left?.abort();
  }

  /** Ends the connection: what is out of the answer is all there is. Nobody looks at the body any more. */
  cut(): void {
    this.#connection.cut(this);
  }

  #finish(bytes: Uint8Array): boolean {
    const mayChange = this.#put(bytes);
    // Less than was announced would let the client take the next answer for the rest of this one.
    assert(this.#leftBytes === 0, 'all bytes of an answer that were announced are written');
    this.#ended = true;
    this.#connection.ended(this);
    return mayChange;
  }

  /** Whether `bytes` may change at once. */
  #put(bytes: Uint8Array): boolean {
    assert(bytes.length <= this.#leftBytes, 'no more is written than was announced');
    this.#leftBytes -= bytes.length;
    const head = this.#unsentHead;
    this.#unsentHead = '';
    if (head !== '') return this.#connection.writeTogether(head, bytes);
    if (bytes.length > 0) this.#connection.write(bytes);
    return false;
  }
}
