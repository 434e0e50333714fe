// Small files of JSON with a checksum, replaced whole: the identity of a drive, the members of a set.
//
//   {"format":1,"state":{...},"checksum":"hex"}     SHA-256 of the JSON of `state`

import { createHash } from 'node:crypto';
import { type Disk, readReplacedFile, replaceFile } from '@cairn/world';
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
  const bytes = await readReplacedFile(disk, path);
  if (bytes === undefined) return undefined;
  const file = parsed(path, bytes.toString());
  if (file.format !== format) throw new StateFileError(path, `its format is ${String(file.format)}`);
  if (file.checksum !== checksumOf(file.state)) throw new StateFileError(path, 'its checksum is another');
  const state = schema.safeParse(file.state);
  if (!state.success) throw new StateFileError(path, 'a field is missing or of another kind');
  return state.data;
}

/** Durable when it resolves; before that the old file is there. */
export async function writeState(disk: Disk, path: string, state: unknown): Promise<void> {
  const text = `${JSON.stringify({ format, state, checksum: checksumOf(state) })}\n`;
  await replaceFile(disk, path, Buffer.from(text));
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
