// Memory that large bodies are received into, used again. A fresh 64 KiB for every read, which is what a stream does,
// costs more than the read itself: receiving 1 MiB took 390 us of CPU in fresh buffers and 150 us in used ones.
//
// A slab is leased to one request, filled from its beginning to its end, and given back when nobody looks at it: its
// request is over and the kernel does not fill it any more.

import { slabBytes, slabsKeptMax } from './limits.ts';
import { SmallPieces } from './small-pieces.ts';

export type Slab = {
  readonly bytes: Buffer;
  usedBytes: number;
};

export function newSlab(): Slab {
  return { bytes: Buffer.allocUnsafeSlow(slabBytes), usedBytes: 0 };
}

export type ReceiveSlabsOptions = {
  /** Asked when the request is over: false where something looks at its body longer than it is served. */
  readonly mayUseAgain?: ((memory: Uint8Array) => boolean) | undefined;
};

/** Those that are free. */
export class ReceiveSlabs {
  readonly #free: Slab[] = [];
  readonly #mayUseAgain: (memory: Uint8Array) => boolean;
  /** Where small pieces are copied to. */
  readonly small: SmallPieces;

  constructor({ mayUseAgain = () => true }: ReceiveSlabsOptions = {}) {
    this.#mayUseAgain = mayUseAgain;
    this.small = new SmallPieces(mayUseAgain);
  }

  take(): Slab {
    const slab = this.#free.pop() ?? newSlab();
    slab.usedBytes = 0;
    return slab;
  }

  give(slab: Slab): void {
    if (this.#free.length < slabsKeptMax && this.#mayUseAgain(slab.bytes)) this.#free.push(slab);
  }
}
