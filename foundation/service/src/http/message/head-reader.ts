// Takes request heads out of what a connection received, one after the other.

import type { ReceivedInput } from '../received-input.ts';
import { findHeadEnd } from './head-end.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

export class HeadReader {
  readonly #bytesMax: number;
  /** Of the head that is not whole yet: how much was searched for its end. */
  #seen = 0;

  constructor(options: { readonly bytesMax: number }) {
    this.#bytesMax = options.bytesMax;
  }

  /** The next head, or undefined when not all of it is there. Throws HttpProblem. */
  next(input: ReceivedInput): RequestHead | undefined {
    this.#skipEmptyLines(input);
    if (input.length === 0) return undefined;
    const { bytes, start, end } = input;
    const headEnd = findHeadEnd({ bytes, start, end, seen: this.#seen, bytesMax: this.#bytesMax });
    if (headEnd === -1) {
      this.#seen = input.length;
      return undefined;
    }
    this.#seen = 0;
    input.useUpTo(headEnd);
    return parseRequestHead(bytes.toString('latin1', start, headEnd));
  }

  /** RFC 9112 2.2: some clients send one behind a body. They do not begin a request. */
  #skipEmptyLines(input: ReceivedInput): void {
    const { bytes, end } = input;
    let position = input.start;
    while (position + 1 < end && bytes[position] === carriageReturn && bytes[position + 1] === lineFeed)
      position += 2;
    if (position === input.start) return;
    input.useUpTo(position);
    this.#seen = 0;
  }
}
