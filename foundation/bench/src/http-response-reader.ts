// Reads HTTP/1.1 responses off a connection just far enough to know where they end (RFC 9112, 6 and 7.1): a load
// generator must spend its time on the server, not on headers that nobody looks at. Bodies are counted, not copied.

import assert from 'node:assert/strict';

export type HttpResponse = {
  readonly status: number;
  readonly bodyBytes: number;
  readonly keepAlive: boolean;
  /** Status line and headers, when the response is kept; else empty. */
  readonly head: string;
  /** The body, when the response is kept; the start of what a server that refuses (300 and above) says; else empty. */
  readonly body: Buffer;
};

type State = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'complete';

export type ExpectOptions = {
  /** The request is a HEAD, whose response has no body whatever its headers say. */
  readonly toHead: boolean;
  /** Keep the head and the body; by default both are only counted. */
  readonly keep?: boolean;
};

/** One request at a time: call `expect` before each, then `push` what arrives until it returns the response. */
export class HttpResponseReader {
  #state: State = 'complete';
  #toHead = false;
  #keep = false;
  /** Bytes of an unfinished line or head. */
  #pending: Buffer = empty;
  #head = '';
  #status = 0;
  #keepAlive = true;
  #bodyBytes = 0;
  #body: Buffer = empty;
  /** Bytes of the body, or of the chunk, still to come. */
  #remaining = 0;

  expect(options: ExpectOptions): void {
    assert(this.#state === 'complete' && this.#pending.length === 0, 'one response at a time');
    this.#toHead = options.toHead;
    this.#keep = options.keep ?? false;
    this.#state = 'head';
    this.#head = '';
    this.#bodyBytes = 0;
    this.#body = empty;
  }

  /**
   * Returns the response when these bytes complete it; nothing of them is kept by reference. Throws when they are no
   * HTTP, or more than one response.
   */
  push(bytes: Buffer): HttpResponse | undefined {
    let at = 0;
    while (at < bytes.length && this.#state !== 'complete') {
      at =
        this.#state === 'body' || this.#state === 'chunk'
          ? this.#skipBody(bytes, at)
          : this.#readLines(bytes, at);
    }
    if (at < bytes.length)
      throw new Error(`a response is followed by ${bytes.length - at} bytes nobody asked for`);
    if (this.#state !== 'complete') return undefined;
    return {
      status: this.#status,
      bodyBytes: this.#bodyBytes,
      keepAlive: this.#keepAlive,
      head: this.#head,
      body: this.#body,
    };
  }

  #skipBody(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#remaining, bytes.length - at);
    const room = (this.#keep ? bodyKeptMax : this.#status >= 300 ? refusalKeptMax : 0) - this.#body.length;
    if (room > 0) this.#body = Buffer.concat([this.#body, bytes.subarray(at, at + Math.min(taken, room))]);
    this.#bodyBytes += taken;
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = this.#state === 'chunk' ? 'chunk-end' : 'complete';
    return at + taken;
  }

  /** Takes one head or one line, and keeps what is not yet one. Returns where the rest of `bytes` starts. */
  #readLines(bytes: Buffer, at: number): number {
    const pendingBytes = this.#pending.length;
    const available = pendingBytes === 0 ? bytes : Buffer.concat([this.#pending, bytes.subarray(at)]);
    const start = pendingBytes === 0 ? at : 0;
    const terminator = this.#state === 'head' ? '\r\n\r\n' : '\r\n';
    const end = available.indexOf(terminator, start, 'latin1');
    if (end < 0) {
      if (available.length - start > headBytesMax)
        throw new Error(`a response's head is over ${headBytesMax} bytes`);
      this.#pending = Buffer.from(available.subarray(start));
      return bytes.length;
    }
    this.#pending = empty;
    this.#takeLine(available.toString('latin1', start, end));
    const rest = available.length - (end + terminator.length);
    return bytes.length - rest;
  }

  #takeLine(line: string): void {
    if (this.#state === 'head') this.#takeHead(line);
    else if (this.#state === 'chunk-size') this.#takeChunkSize(line);
    else if (this.#state === 'chunk-end') this.#state = 'chunk-size';
    else if (line === '') this.#state = 'complete'; // the end of the trailer
  }

  #takeHead(text: string): void {
    const statusLine = statusLinePattern.exec(text);
    if (statusLine === null)
      throw new Error(`a response starts with a status line, not with "${text.slice(0, 80)}"`);
    const status = Number(statusLine[2]);
    if (status < 200) return; // interim, such as 100 Continue: the response is still to come
    const connection = connectionPattern.exec(text)?.[1]?.toLowerCase();
    this.#status = status;
    this.#keepAlive = statusLine[1] === '1' ? connection !== 'close' : connection === 'keep-alive';
    if (this.#keep) this.#head = text;
    this.#state = this.#toHead || status === 204 || status === 304 ? 'complete' : this.#bodyState(text);
  }

  #bodyState(head: string): State {
    const length = lengthPattern.exec(head)?.[1];
    if (chunkedPattern.test(head)) return 'chunk-size';
    if (length === undefined) throw new Error('a response says neither its length nor that it is chunked');
    this.#remaining = Number(length);
    return this.#remaining > 0 ? 'body' : 'complete';
  }

  #takeChunkSize(line: string): void {
    const size = Number.parseInt(line, 16); // extensions may follow after `;`
    if (!(size >= 0))
      throw new Error(`a chunk starts with its size in hexadecimal, not with "${line.slice(0, 80)}"`);
    this.#remaining = size;
    this.#state = size === 0 ? 'trailer' : 'chunk';
  }
}

const statusLinePattern = /^HTTP\/1\.([01]) (\d{3})/;
const connectionPattern = /^connection:[ \t]*(.*?)[ \t]*$/im;
const lengthPattern = /^content-length:[ \t]*(\d+)[ \t]*$/im;
const chunkedPattern = /^transfer-encoding:.*chunked/im;

const empty = Buffer.alloc(0);
const refusalKeptMax = 512;
const bodyKeptMax = 16 * 1024 * 1024;
const headBytesMax = 64 * 1024;
