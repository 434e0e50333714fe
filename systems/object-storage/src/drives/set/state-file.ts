// Small files of JSON with a checksum, replaced whole: the identity of a drive, the members of a set.
//
//   {"format":1,"state":{...},"checksum":"hex"}     SHA-256 of the JSON of `state`

import { createHash } from 'node:crypto';
import { type Disk, DiskError } from '@cairn/world';
import type { z } from 'zod';

/** The file is there and is not what was written. */
export class StateFileError extends Error {
  constructor(path: string, detail: string) {
    super(`${path} is not what was written there: ${detail}`);
    this.name = 'StateFileError';
  }
}

const format = 1;

/** Undefined when there is none. Throws StateFileError, DiskError. */
export async function readState<T>(disk: Disk, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(disk, path);
  if (text === undefined) return undefined;
  const file = parsed(path, text);
  if (file.format !== format) throw new StateFileError(path, `its format is ${String(file.format)}`);
  if (file.checksum !== checksumOf(file.state)) throw new StateFileError(path, 'its checksum is another');
  const state = schema.safeParse(file.state);
  if (!state.success) throw new StateFileError(path, 'a field is missing or of another kind');
  return state.data;
}

/** Durable when it resolves; before that the old file is there. */
export async function writeState(disk: Disk, path: string, state: unknown): Promise<void> {
  const next = `${path}.new`;
  // Of a process that died in between.
  if ((await disk.stat(next)) !== undefined) await disk.remove(next);
  const file = await disk.open(next, 'create');
  try {
    await file.write([Buffer.from(`${JSON.stringify({ format, state, checksum: checksumOf(state) })}\n`)], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(next, path);
  await disk.syncDirectory(path.slice(0, Math.max(0, path.lastIndexOf('/'))) || '.');
}

async function readText(disk: Disk, path: string): Promise<string | undefined> {
  const file = await disk.open(path, 'read').catch((error: unknown) => {
    if (error instanceof DiskError && error.code === 'not-found') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(await file.sizeBytes());
    return bytes.subarray(0, await file.read(bytes, 0)).toString();
  } finally {
    await file.close();
  }
}

type StateFile = { readonly format?: unknown; readonly state?: unknown; readonly checksum?: unknown };

function parsed(path: string, text: string): StateFile {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file === 'object' && file !== null) return file;
  } catch {
    // Told below.
  }
  throw new StateFileError(path, 'it is not JSON');
}

function checksumOf(state: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(state) ?? '')
    .digest('hex');
}
