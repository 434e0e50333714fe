// A large file of mixed content and its versions: bytes inserted near the front, or edits scattered all over it.

import { closeSync, lstatSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SeededBytes } from './seeded-bytes.ts';

const fileBytesMax = 32 * 1024 * 1024;

/** Programs and libraries of this machine one after the other, as an archive of them would be. */
export function largeContent(bytesWanted: number): Buffer {
  const content = Buffer.alloc(bytesWanted);
  let at = 0;
  const take = (folder: string): void => {
    for (const name of readdirSync(folder).sort()) {
      if (at >= bytesWanted) return;
      const path = join(folder, name);
      const stat = lstatSync(path);
      if (stat.isDirectory()) take(path);
      else if (stat.isFile() && stat.size < fileBytesMax) at += readFileSync(path).copy(content, at);
    }
  };
  take('/usr/lib');
  return content.subarray(0, Math.min(at, bytesWanted));
}

/** A version with `count` insertions of a few bytes near the front. */
export function withInsertions(content: Buffer, seed: string, count = 5): Buffer {
  const random = new SeededBytes(seed);
  const pieces: Buffer[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    const next = at + random.integer(10_000);
    pieces.push(content.subarray(at, next), random.bytes(1 + random.integer(100)));
    at = next;
  }
  return Buffer.concat([...pieces, content.subarray(at)]);
}

/** A version with `count` edits of 1-64 bytes, scattered evenly at random. */
export function withScatteredEdits(content: Buffer, seed: string, count = 200): Buffer {
  const random = new SeededBytes(seed);
  const edited = Buffer.from(content);
  for (let n = 0; n < count; n++)
    random.bytes(1 + random.integer(64)).copy(edited, random.integer(edited.length));
  return edited;
}

export function writeIncompressible(path: string, bytes: number): void {
  const random = new SeededBytes('incompressible');
  const file = openSync(path, 'w');
  for (let at = 0; at < bytes; at += 1 << 20) writeSync(file, random.bytes(Math.min(1 << 20, bytes - at)));
  closeSync(file);
}
