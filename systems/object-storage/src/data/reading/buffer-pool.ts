// Buffers for reads of several blocks, used again: making one anew costs more than reading into it.

import { isLeftToKernel } from './kernel-memory.ts';

export class BufferPool {
  readonly #bytes: number;
  readonly #keptMax: number;
  readonly #free: Buffer[] = [];

  constructor(options: { readonly bytes: number; readonly keptMax: number }) {
    this.#bytes = options.bytes;
    this.#keptMax = options.keptMax;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Only of a buffer that nobody looks at any more: one that was given out and not asked back goes to the collector. */
  give(buffer: Buffer): void {
    if (this.#free.length < this.#keptMax && !isLeftToKernel(buffer)) this.#free.push(buffer);
  }
}
