// A counter in an append-only file, small enough to see through, with the mistake that nearly everybody makes once left in
// on request: the file's bytes are synced, but not the folder that holds its name.
//
//   record | amount u32 | its complement u32 |     a torn or missing record does not match and ends the file

import type { DiskFile, World } from '../src/index.ts';

export type CounterOptions = { readonly syncsDirectory: boolean };

const directory = '/data';
const path = `${directory}/counter.log`;
const recordBytes = 8;

export class DurableCounter {
  readonly #file: DiskFile;
  readonly amounts: number[];

  private constructor(file: DiskFile, amounts: number[]) {
    this.#file = file;
    this.amounts = amounts;
  }

  static async open({ disk }: World, { syncsDirectory }: CounterOptions): Promise<DurableCounter> {
    await disk.makeDirectory(directory);
    const exists = (await disk.stat(path)) !== undefined;
    const file = await disk.open(path, exists ? 'write' : 'create');
    const amounts = await readAmounts(file);
    // Whatever is read now counts from now on, so it has to be durable now: kill -9 may have left it in the page cache.
    await file.sync();
    if (syncsDirectory) await disk.syncDirectory(directory);
    return new DurableCounter(file, amounts);
  }

  /** Durable when it resolves. */
  async add(amount: number): Promise<void> {
    const record = Buffer.alloc(recordBytes);
    record.writeUInt32LE(amount, 0);
    record.writeUInt32LE(~amount >>> 0, 4);
    await this.#file.write([record], this.amounts.length * recordBytes);
    await this.#file.sync();
    this.amounts.push(amount);
  }
}

async function readAmounts(file: DiskFile): Promise<number[]> {
  const bytes = Buffer.alloc(await file.sizeBytes());
  await file.read(bytes, 0);
  const amounts: number[] = [];
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    const amount = bytes.readUInt32LE(at);
    if (bytes.readUInt32LE(at + 4) !== ~amount >>> 0) break;
    amounts.push(amount);
  }
  return amounts;
}
