// Reads HTTP/1.1 responses off a connection just far enough to know where they end (RFC 9112, 6 and 7.1): a load
// generator must spend its time on the server, not on headers that nobody looks at.

import assert from 'node:assert/strict';

export type HttpResponse = {
  readonly status: number;
  readonly bodyBytes: number;
  readonly keepAlive: boolean;
  /** The first bytes of the body, to say what a server that refuses says. */
  readonly bodyStart: Buffer;
};

type Head = Omit<HttpResponse, 'bodyBytes' | 'bodyStart'>;
type State = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer';

/** One request at a time: call `expect` before each, then `push` what arrives until it returns the response. */
export class HttpResponseReader {
  #state: State = 'head';
  #toHead = false;
  /** Bytes of an unfinished line or head. */
  #pending: Buffer = Buffer.alloc(0);
  #head: Head | undefined;
  #bodyBytes = 0;
  #bodyStart: Buffer = Buffer.alloc(0);
  /** Bytes of the body, or of the chunk, still to come. */
  #remaining = 0;

  /** `toHead`: the request is a HEAD, whose response has no body whatever its headers say. */
  expect(options: { readonly toHead: boolean }): void {
    assert(this.#head === undefined && this.#pending.length === 0, 'one response at a time');
    this.#toHead = options.toHead;
    this.#state = 'head';
    this.#bodyBytes = 0;
    this.#bodyStart = Buffer.alloc(0);
  }

  /** Returns the response when these bytes complete it. Throws when they are no HTTP, or more than one response. */
  push(bytes: Buffer): HttpResponse | undefined {
    let rest = bytes;
    while (rest.length > 0) {
      const before = this.#state;
      rest = before === 'body' || before === 'chunk' ? this.#readBody(rest) : this.#readLines(rest);
      if (this.#isComplete()) return this.#finish(rest);
    }
    return undefined;
  }

  #isComplete(): boolean {
    return this.#head !== undefined && this.#state === 'head';
  }

  #finish(rest: Buffer): HttpResponse {
    if (rest.length > 0) throw new Error(`a response is followed by ${rest.length} bytes nobody asked for`);
    const response = { ...this.#head!, bodyBytes: this.#bodyBytes, bodyStart: this.#bodyStart };
    this.#head = undefined;
    return response;
  }

  #readBody(bytes: Buffer): Buffer {
    const taken = Math.min(this.#remaining, bytes.length);
    if (this.#bodyStart.length < bodyStartBytes) {
      const more = bytes.subarray(0, Math.min(taken, bodyStartBytes - this.#bodyStart.length));
      this.#bodyStart = Buffer.concat([this.#bodyStart, more]);
    }
    this.#bodyBytes += taken;
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = this.#state === 'chunk' ? 'chunk-end' : 'head';
    return bytes.subarray(taken);
  }

  /** Takes one head or one line, and keeps what is not yet one. */
  #readLines(bytes: Buffer): Buffer {
    const available = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const terminator = this.#state === 'head' ? '\r\n\r\n' : '\r\n';
    const end = available.indexOf(terminator);
    if (end < 0) {
      if (available.length > headBytesMax) throw new Error(`a response's head is over ${headBytesMax} bytes`);
      this.#pending = Buffer.from(available);
      return empty;
    }
    this.#pending = empty;
    this.#takeLine(available.toString('latin1', 0, end));
    return available.subarray(end + terminator.length);
  }

  #takeLine(line: string): void {
    if (this.#state === 'head') this.#takeHead(line);
    else if (this.#state === 'chunk-size') this.#takeChunkSize(line);
    else if (this.#state === 'chunk-end') this.#state = 'chunk-size';
    else if (line === '') this.#state = 'head'; // the end of the trailer
  }

  #takeHead(text: string): void {
    const statusLine = /^HTTP\/1\.([01]) (\d{3})/.exec(text);
    if (statusLine === null)
      throw new Error(`a response starts with a status line, not with "${text.slice(0, 80)}"`);
    const status = Number(statusLine[2]);
    if (status < 200) return; // interim, such as 100 Continue: the response is still to come
    const connection = headerOf(text, 'connection')?.toLowerCase();
    const keepAlive = statusLine[1] === '1' ? connection !== 'close' : connection === 'keep-alive';
    this.#head = { status, keepAlive };
    if (this.#toHead || status === 204 || status === 304) return;
    if (/chunked/i.test(headerOf(text, 'transfer-encoding') ?? '')) {
      this.#state = 'chunk-size';
      return;
    }
    const length = headerOf(text, 'content-length');
    if (length === undefined) throw new Error('a response says neither its length nor that it is chunked');
    this.#remaining = Number(length);
    if (this.#remaining > 0) this.#state = 'body';
  }

  #takeChunkSize(line: string): void {
    const size = Number.parseInt(line, 16); // extensions may follow after `;`
    if (!(size >= 0))
      throw new Error(`a chunk starts with its size in hexadecimal, not with "${line.slice(0, 80)}"`);
    this.#remaining = size;
    this.#state = size === 0 ? 'trailer' : 'chunk';
  }
}

function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'im').exec(head)?.[1];
}

const empty = Buffer.alloc(0);
const bodyStartBytes = 512;
const headBytesMax = 64 * 1024;
