// Records from lines of bytes. Lines that come together are given together, at once, so that what is typed is sent as it is
// typed, and a file in pieces.

import { isUtf8 } from 'node:buffer';
import type { NewRecordItem } from '@cairn/message-queue';
import { CommandFailed } from '../../exit-codes.ts';

/** Of one line: the largest record that the management API takes. */
const lineBytesMax = 2.5 * 2 ** 20;
const groupRecordsMax = 500;
const groupBytesMax = 256 * 2 ** 10;

export async function* groupsOfLines(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  for await (const lines of linesOfChunks(input)) {
    let group: Buffer[] = [];
    let bytes = 0;
    for (const line of lines) {
      group.push(line);
      bytes += line.length;
      if (group.length < groupRecordsMax && bytes < groupBytesMax) continue;
      yield group;
      group = [];
      bytes = 0;
    }
    if (group.length > 0) yield group;
  }
}

async function* linesOfChunks(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  let pieces: Buffer[] = [];
  let pending = 0;
  for await (const bytes of input) {
    const lines: Buffer[] = [];
    let chunk = Buffer.from(bytes);
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10)) {
      lines.push(Buffer.concat([...pieces, chunk.subarray(0, at)]));
      [pieces, pending] = [[], 0];
      chunk = chunk.subarray(at + 1);
    }
    if (chunk.length > 0) pieces.push(chunk);
    pending += chunk.length;
    if (pending > lineBytesMax)
      throw new CommandFailed('usage', `a line has more than ${lineBytesMax} bytes`);
    if (lines.length > 0) yield lines;
  }
  if (pending > 0) yield [Buffer.concat(pieces)];
}

/** A line is a value, or with a separator a key and a value. */
export function plainRecord(line: Buffer, separator: string | undefined): Partial<NewRecordItem> {
  if (separator === undefined) return fieldOf('value', line);
  const at = line.indexOf(separator);
  if (at === -1) throw new CommandFailed('usage', `a line has no '${separator}' between key and value`);
  const value = line.subarray(at + Buffer.byteLength(separator));
  return { ...fieldOf('key', line.subarray(0, at)), ...fieldOf('value', value) };
}

/** As `consume --json` prints them; headers may be an object too. */
export function jsonRecord(line: Buffer, number: number): Partial<NewRecordItem> {
  try {
    const record = JSON.parse(line.toString('utf8'));
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw new Error('it is no object');
    const { headers } = record;
    if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return record;
    return { ...record, headers: Object.entries(headers).map(([key, value]) => ({ key, value })) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed('usage', `line ${number} is no record in JSON: ${reason}`, { cause });
  }
}

function fieldOf(name: 'key' | 'value', bytes: Buffer): Partial<NewRecordItem> {
  return isUtf8(bytes) ? { [name]: bytes.toString('utf8') } : { [`${name}Base64`]: bytes.toString('base64') };
}
