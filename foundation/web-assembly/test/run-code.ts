// Runs code that a test assembled, in a memory of one page.

import { assembleModule, type Code, type Frame, type ValueType, webAssembly } from '../src/index.ts';

type Options = {
  /** What the memory begins with. */
  readonly bytes?: readonly number[];
  readonly arguments?: readonly number[];
  readonly result?: ValueType;
};

/** What the function gives back, and the first bytes of its memory. */
export function runCode(
  frame: Frame,
  body: readonly Code[],
  { bytes = [], arguments: given = [], result }: Options = {},
): { readonly result: unknown; readonly memory: Uint8Array } {
  const memory = new webAssembly.Memory({ initial: 1, maximum: 1 });
  const memoryBytes = new Uint8Array(memory.buffer);
  memoryBytes.set(bytes);
  const code = assembleModule([{ name: 'run', frame, body, ...(result && { result }) }], 1);
  const { exports } = new webAssembly.Instance(new webAssembly.Module(code), { env: { memory } });
  const run = exports.run as (...numbers: readonly number[]) => unknown;
  return { result: run(...given), memory: memoryBytes.subarray(0, 64) };
}
