// MD5 of several contents, in hexadecimal: the messages of a batch have a digest each, and so have small objects, which cost more
// than anything else that is done for them. Long ones, and those that are too few, are left to OpenSSL.

import { hash } from 'node:crypto';
import { type WasmModule, webAssembly } from '@cairn/web-assembly';
import { digestedTogetherMin } from './limits.ts';
import {
  assembleMd5,
  blockBytes,
  type CompressBlocks,
  initialState,
  laneBytes,
  memoryPages,
  places,
  roundConstants,
  textsAtOnce,
  vectorBytes,
} from './md5-kernel.ts';

const digestBytes = 16;
const wordBytes = 4;
/** A bit that ends the text, and its length. */
const paddingBytesMin = 9;

/** Makes the code, 10 KB, in turns of the loop of less than a millisecond each; compiled it is on another thread. */
export async function openMd5OfEach(nextTurn: (callback: () => void) => void): Promise<Md5OfEach> {
  const assembling = assembleMd5();
  let piece = assembling.next();
  for (; !piece.done; piece = assembling.next()) await new Promise<void>((resolve) => nextTurn(resolve));
  return new Md5OfEach(await webAssembly.compile(piece.value));
}

/** Bytes, or a text that is hashed as UTF-8. */
export type Md5Content = string | Uint8Array;

export class Md5OfEach {
  readonly #kernel: Kernel;

  constructor(module: WasmModule) {
    this.#kernel = new Kernel(module);
  }

  /** In the order of the contents. */
  of(texts: readonly Md5Content[]): readonly string[] {
    const digests: string[] = new Array(texts.length);
    const short: Sized[] = [];
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index]!;
      const bytes = typeof text === 'string' ? Buffer.byteLength(text) : text.length;
      if (bytes + paddingBytesMin > laneBytes) digests[index] = hash('md5', text, 'hex');
      else short.push({ index, bytes, end: Math.ceil((bytes + paddingBytesMin) / blockBytes) * blockBytes });
    }
    // Those of about the same length together: they are worked on for as long as the longest.
    short.sort((first, second) => first.end - second.end);
    for (let at = 0; at < short.length; at += textsAtOnce) {
      const together = short.slice(at, at + textsAtOnce);
      if (together.length >= digestedTogetherMin) this.#digestTogether(texts, { together, digests });
      else for (const { index } of together) digests[index] = hash('md5', texts[index]!, 'hex');
    }
    return digests;
  }

  #digestTogether(
    texts: readonly Md5Content[],
    { together, digests }: { together: readonly Sized[]; digests: string[] },
  ): void {
    const kernel = this.#kernel;
    kernel.begin();
    for (let lane = 0; lane < together.length; lane++)
      kernel.put(lane, texts[together[lane]!.index]!, together[lane]!);
    let done = 0;
    for (let lane = 0; lane < together.length; lane++) {
      const { end } = together[lane]!;
      if (end > done) kernel.compress(done, end);
      done = end;
      kernel.take(lane);
    }
    for (let lane = 0; lane < together.length; lane++) digests[together[lane]!.index] = kernel.taken(lane);
  }
}

/** A text by its place in the list, its length, and where its last block ends. */
type Sized = { readonly index: number; readonly bytes: number; readonly end: number };

/** What a lane holds is no other's: the state of one that was taken may be worked on further. */
class Kernel {
  readonly compress: CompressBlocks;
  readonly #bytes: Buffer;
  readonly #state: Uint32Array;
  readonly #taken = new Uint32Array(textsAtOnce * initialState.length);
  readonly #takenBytes = Buffer.from(this.#taken.buffer);
  readonly #initial = Buffer.alloc(textsAtOnce * initialState.length * wordBytes);

  constructor(module: WasmModule) {
    const memory = new webAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
    const { exports } = new webAssembly.Instance(module, { env: { memory } });
    this.compress = exports.compressBlocks as CompressBlocks;
    this.#bytes = Buffer.from(memory.buffer);
    this.#state = new Uint32Array(memory.buffer, places.state, this.#taken.length);
    for (const [step, value] of roundConstants.entries())
      for (let at = 0; at < vectorBytes; at += wordBytes)
        this.#bytes.writeUInt32LE(value, places.roundConstants + step * vectorBytes + at);
    for (const [part, value] of initialState.entries())
      for (let lane = 0; lane < textsAtOnce; lane++)
        this.#initial.writeUInt32LE(value, (part * textsAtOnce + lane) * wordBytes);
  }

  begin(): void {
    this.#bytes.set(this.#initial, places.state);
  }

  /** RFC 1321, 3.1 and 3.2. */
  put(lane: number, text: Md5Content, { bytes, end }: Sized): void {
    const start = places.texts + lane * laneBytes;
    if (typeof text === 'string') this.#bytes.write(text, start);
    else this.#bytes.set(text, start);
    this.#bytes[start + bytes] = 0x80;
    for (let at = start + bytes + 1; at < start + end; at++) this.#bytes[at] = 0;
    this.#bytes.writeUInt32LE(bytes * 8, start + end - 2 * wordBytes);
  }

  /** What the state of a lane is now. */
  take(lane: number): void {
    for (let part = 0; part < initialState.length; part++)
      this.#taken[lane * initialState.length + part] = this.#state[part * textsAtOnce + lane]!;
  }

  /** In a string of its own: JSON.stringify takes twice as long where there is a slice of another. */
  taken(lane: number): string {
    return this.#takenBytes.toString('hex', lane * digestBytes, (lane + 1) * digestBytes);
  }
}
