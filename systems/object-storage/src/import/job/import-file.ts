// The file of the imports, as text:
//
//   {"format":1,"imports":[...],"checksum":"hex"}          the checksum is SHA-256 over the JSON of `imports`
//
// It holds how far each has come and what it told. Nothing depends on it but that: an import that begins anew finds what
// is here already. Credentials are never in it.

import { createHash } from 'node:crypto';
import { type Disk, readReplacedFile, replaceFile } from '@cairn/world';
import type { ImportStatus } from './import-types.ts';

export type KeptImport = ImportStatus & {
  /** Of the pass under way, by bucket as it is called there: keys up to this one are done; null for all. */
  readonly places: Readonly<Record<string, string | null>>;
};

const format = 1;

export function encodeImports(imports: readonly KeptImport[]): Buffer {
  return Buffer.from(`${JSON.stringify({ format, imports, checksum: checksumOf(imports) })}\n`);
}

/** Undefined for what is not such a file, or is damaged. */
export function parseImports(bytes: Uint8Array): readonly KeptImport[] | undefined {
  try {
    const file = JSON.parse(Buffer.from(bytes).toString()) as {
      readonly format?: unknown;
      readonly imports?: unknown;
      readonly checksum?: unknown;
    };
    if (file.format !== format || !Array.isArray(file.imports)) return undefined;
    return file.checksum === checksumOf(file.imports) ? (file.imports as readonly KeptImport[]) : undefined;
  } catch {
    return undefined;
  }
}

function checksumOf(imports: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(imports)).digest('hex');
}

/** Empty when there is no file; undefined when it cannot be used. */
export async function readImports(disk: Disk, path: string): Promise<readonly KeptImport[] | undefined> {
  const bytes = await readReplacedFile(disk, path);
  return bytes === undefined ? [] : parseImports(bytes);
}

/** Durable when it resolves; before that the old file is there. */
export async function writeImports(disk: Disk, path: string, imports: readonly KeptImport[]): Promise<void> {
  await replaceFile(disk, path, encodeImports(imports));
}
