// The chunked transfer coding, taken apart byte by byte where it frames and slice by slice where it carries (RFC 9112 7.1).
//
//   body      = *chunk last-chunk *(trailer CRLF) CRLF
//   chunk     = 1*13HEXDIG [";" extensions] CRLF bytes CRLF
//   last      = 1*"0" [";" extensions] CRLF
//
// | state     | takes                       | then                                    |
// | --------- | --------------------------- | --------------------------------------- |
// | line      | size and extensions, to LF  | data; after the last chunk trailer      |
// | data      | the bytes of a chunk        | data-end                                |
// | data-end  | CR LF                       | line                                    |
// | trailer   | a line, to LF               | trailer; after an empty one end         |
// | end       | nothing                     |                                         |
//
// Extensions and trailer fields are checked and thrown away; nothing of a request may be said in them.

import { chunkExtensionBytesMax, chunkLineBytesMax, trailerBytesMax } from '../limits.ts';
import { consistsOf, endOfRun, tokenCharacters, valueCharacters } from './characters.ts';
import { HttpProblem } from './http-problem.ts';

type State = 'line' | 'data' | 'data-end' | 'trailer' | 'end';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

export class ChunkedCoding {
  #state: State = 'line';
  /** The part of a line that has come, without its LF. */
  #line = '';
  #leftInChunk = 0;
  #carriageReturnSeen = false;
  #extensionBytes = 0;
  #trailerBytes = 0;

  get ended(): boolean {
    return this.#state === 'end';
  }

  /**
   * Takes what belongs to the body of `bytes` from `start` to `end`, and gives the position behind it. `onData` gets
   * the places of what the chunks carry. Throws HttpProblem.
   */
  take(bytes: Uint8Array, { start, end, onData }: { start: number; end: number; onData: OnData }): number {
    let position = start;
    while (position < end && this.#state !== 'end') {
      if (this.#state === 'data') {
        const dataEnd = Math.min(end, position + this.#leftInChunk);
        onData(position, dataEnd);
        this.#leftInChunk -= dataEnd - position;
        if (this.#leftInChunk === 0) this.#state = 'data-end';
        position = dataEnd;
      } else if (this.#state === 'data-end') this.#takeDataEnd(bytes[position++]!);
      else this.#takeLineByte(bytes[position++]!);
    }
    return position;
  }

  #takeDataEnd(byte: number): void {
    if (byte !== (this.#carriageReturnSeen ? lineFeed : carriageReturn)) throw malformed('end of a chunk');
    if (this.#carriageReturnSeen) this.#state = 'line';
    this.#carriageReturnSeen = !this.#carriageReturnSeen;
  }

  #takeLineByte(byte: number): void {
    if (this.#carriageReturnSeen) {
      if (byte !== lineFeed) throw malformed('line end');
      this.#carriageReturnSeen = false;
      const line = this.#line;
      this.#line = '';
      if (this.#state === 'line') this.#beginChunk(line);
      else this.#takeTrailer(line);
    } else if (byte === carriageReturn) this.#carriageReturnSeen = true;
    else if (valueCharacters[byte] !== 1) throw malformed('a byte that may not stand in a line');
    else this.#extendLine(byte);
  }

  #extendLine(byte: number): void {
    this.#line += String.fromCharCode(byte);
    if (this.#state === 'line' && this.#line.length > chunkLineBytesMax) throw malformed('line of a chunk');
    if (this.#state === 'trailer' && ++this.#trailerBytes > trailerBytesMax) throw malformed('trailer');
  }

  #beginChunk(line: string): void {
    const semicolon = line.indexOf(';');
    const size = semicolon === -1 ? line : line.slice(0, semicolon);
    if (!/^[0-9a-fA-F]{1,13}$/.test(size)) throw malformed('size of a chunk');
    if (semicolon !== -1) this.#extensionBytes += line.length - semicolon;
    if (this.#extensionBytes > chunkExtensionBytesMax) throw malformed('extensions');
    this.#leftInChunk = Number.parseInt(size, 16);
    this.#state = this.#leftInChunk === 0 ? 'trailer' : 'data';
  }

  #takeTrailer(line: string): void {
    if (line === '') {
      this.#state = 'end';
      return;
    }
    const colon = endOfRun(line, 0, tokenCharacters);
    if (colon === 0 || line[colon] !== ':' || !consistsOf(line, valueCharacters)) throw malformed('trailer');
  }
}

type OnData = (start: number, end: number) => void;

function malformed(what: string): HttpProblem {
  return new HttpProblem('malformed', what);
}
