// Multiplies a matrix over GF(2^8) by shards: the WebAssembly kernel with its memory, one for all codecs of a thread.
//
// WebAssembly sees only its own memory, so shards go through it in blocks: copied in, multiplied, copied out. Memory is
// 320 KiB for good, which stays in a core's second cache whatever the shards' length. Measured for 8+4 (AMD EPYC of Zen 4,
// beside other work), GB of data shards per CPU second:
//
//   blocks of          1 KiB   4 KiB   8 KiB   23 KiB (what 12 shards get)   64 KiB
//   with the copies      3.0     4.2     4.5     4.8                           4.6
//   without              6.9     6.4     6.1     6.9; 4.3 by plain SIMD        6.0
//
// Buffers of callers inside this memory would save the copies, and tie every reader and writer of shards to the memory of
// one codec, whose size is set once: not worth it.

import assert from 'node:assert/strict';
import { webAssembly } from '@cairn/web-assembly';
import { multiply } from './galois-field.ts';
import {
  assembleKernel,
  columnBytes,
  type MultiplyRows,
  rowsMax,
  tableAddressBytes,
  tableBytes,
} from './kernel-module.ts';

/** A row has one coefficient per input. */
export type MatrixRow = Uint8Array;

// Tables of all coefficients (from address 0, so that addresses fit into two bytes), then the matrix of the call, then
// blocks of all shards, inputs first.
const memoryPages = 5;
const pageBytes = 64 * 1024;
const coefficientsAddress = 256 * tableBytes;
/** Of inputs times rows: what 255 shards can ask for at most. */
const coefficientsMax = 127 * 128;
const shardsAddress = 40 * 1024;

export type Multiplication = {
  readonly rows: readonly MatrixRow[];
  readonly inputs: readonly Uint8Array[];
  /** One per row. */
  readonly outputs: readonly Uint8Array[];
  /** Of every shard. */
  readonly lengthBytes: number;
};

export class Kernel {
  readonly #memory = new webAssembly.Memory({ initial: memoryPages, maximum: memoryPages });
  readonly #bytes = new Uint8Array(this.#memory.buffer);
  readonly #tableAddresses = new Uint16Array(this.#memory.buffer, coefficientsAddress, coefficientsMax);
  /** By rows less one. */
  readonly #multiplyRows: readonly MultiplyRows[];

  /** Takes what `kernelModule` gives. */
  constructor(moduleBytes: Uint8Array<ArrayBuffer>) {
    const module = new webAssembly.Module(moduleBytes);
    const { exports } = new webAssembly.Instance(module, { env: { memory: this.#memory } });
    this.#multiplyRows = Array.from(
      { length: rowsMax },
      (_, index) => exports[`multiplyRows${index + 1}`] as MultiplyRows,
    );
    for (let coefficient = 0; coefficient < 256; coefficient++) this.#writeTables(coefficient);
  }

  /** Writes to `outputs[i]` the sum of `rows[i][j] * inputs[j]`. */
  multiply({ rows, inputs, outputs, lengthBytes }: Multiplication): void {
    if (rows.length === 0 || lengthBytes === 0) return;
    this.#writeMatrix(rows, inputs.length);
    const blockBytes = blockBytesOf(inputs.length + outputs.length);
    const outputsAddress = shardsAddress + inputs.length * blockBytes;
    for (let start = 0; start < lengthBytes; start += blockBytes) {
      const end = Math.min(start + blockBytes, lengthBytes);
      for (let index = 0; index < inputs.length; index++)
        this.#bytes.set(inputs[index]!.subarray(start, end), shardsAddress + index * blockBytes);
      this.#multiplyBlock({ rows: rows.length, inputs: inputs.length, blockBytes, usedBytes: end - start });
      for (let index = 0; index < outputs.length; index++) {
        const address = outputsAddress + index * blockBytes;
        outputs[index]!.set(this.#bytes.subarray(address, address + end - start), start);
      }
    }
  }

  /**
   * Rows in groups, all over the same inputs. The last column may reach behind what is used: it multiplies what was there
   * before, and nobody copies that out.
   */
  #multiplyBlock(block: Block): void {
    const { rows, inputs, blockBytes, usedBytes } = block;
    const inputsEnd = shardsAddress + usedBytes;
    let coefficients = coefficientsAddress;
    let outputs = shardsAddress + inputs * blockBytes;
    for (let done = 0; done < rows; done += rowsMax) {
      const atOnce = Math.min(rowsMax, rows - done);
      const coefficientsEnd = coefficients + atOnce * inputs * tableAddressBytes;
      const multiplyRows = this.#multiplyRows[atOnce - 1]!;
      multiplyRows(shardsAddress, inputsEnd, coefficients, coefficientsEnd, outputs, blockBytes);
      coefficients = coefficientsEnd;
      outputs += atOnce * blockBytes;
    }
  }

  /** For each group of rows that are computed at once: by input, then by row. */
  #writeMatrix(rows: readonly MatrixRow[], inputs: number): void {
    assert(rows.length * inputs <= coefficientsMax, `${rows.length} x ${inputs} coefficients are too many`);
    let at = 0;
    for (let done = 0; done < rows.length; done += rowsMax) {
      const group = rows.slice(done, done + rowsMax);
      for (let input = 0; input < inputs; input++)
        for (const row of group) this.#tableAddresses[at++] = row[input]! * tableBytes;
    }
  }

  #writeTables(coefficient: number): void {
    const low = coefficient * tableBytes;
    const high = low + tableBytes / 2;
    for (let nibble = 0; nibble < 16; nibble++) {
      this.#bytes[low + nibble] = multiply(coefficient, nibble);
      this.#bytes[high + nibble] = multiply(coefficient, nibble << 4);
    }
  }
}

type Block = {
  readonly rows: number;
  readonly inputs: number;
  /** From one shard to the next. */
  readonly blockBytes: number;
  readonly usedBytes: number;
};

/** How much of each of so many shards fits into memory at a time: whole cache lines. */
function blockBytesOf(shards: number): number {
  const cacheLineBytes = 2 * columnBytes;
  const bytes = (memoryPages * pageBytes - shardsAddress) / shards;
  return Math.floor(bytes / cacheLineBytes) * cacheLineBytes;
}

/** With relaxed SIMD or with the plain one, which every processor has that Node runs on. */
export function kernelModule(options: { readonly relaxed: boolean }): Uint8Array<ArrayBuffer> {
  return assembleKernel({ ...options, memoryPages });
}

let kernel: Kernel | undefined;

/** The thread's only kernel, made when it is first asked for: 20 ms, and nothing where no shards are coded. */
export function sharedKernel(): Kernel {
  kernel ??= newKernel();
  return kernel;
}

function newKernel(): Kernel {
  const relaxed = kernelModule({ relaxed: true });
  return new Kernel(webAssembly.validate(relaxed) ? relaxed : kernelModule({ relaxed: false }));
}
