// Listing in the order of UTF-8 bytes, with prefix and delimiter.
//
// A common prefix is answered by its first key, then the scan jumps behind every key that starts with it: the cost of a
// page is in what it returns, not in what lies below its folders.

import type { Transaction } from '@cairn/engines';
import { findBucket } from './buckets.ts';
import { keyOfListed, listedColumns, listedFormat } from './listed-text.ts';
import { prefixEnd } from './prefix-end.ts';
import { damagedRow, isIntact } from './row-checksums.ts';
import { statement } from './tables.ts';

export type ListInput = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
  readonly limit: number;
};
export type ListOutput = {
  /** `parseListed` takes them apart. */
  readonly objects: readonly string[];
  readonly commonPrefixes: readonly string[];
  readonly next: string | undefined;
};

const selectFrom = statement({ format: 'text', bucket: 'integer', from: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('object')
    .select((row) => [
      row.fn<string>('format', [row.val(p.format), ...listedColumns]).as('listed'),
      'listed_crc',
    ])
    .where('bucket', '=', p.bucket)
    .where('key', '>=', p.from)
    .orderBy('key')
    .limit(p.limit),
);

export function* listObjects(input: ListInput): Transaction<ListOutput | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  if (input.limit === 0) return { objects: [], commonPrefixes: [], next: undefined };
  const page = new Page(input);
  while (page.from !== undefined && !page.complete) {
    const wanted = page.rowsWanted();
    const rows = yield* selectFrom.all({
      format: listedFormat,
      bucket: bucket.id,
      from: page.from,
      limit: wanted,
    });
    page.take(rows, { last: rows.length < wanted });
  }
  return page.output();
}

type Row = { readonly listed: string; readonly listed_crc: number | null };

/** The text of a row, verified. A listing that meets a damaged row fails: without it, it would be a wrong answer. */
function intactText({ listed, listed_crc }: Row): string {
  if (isIntact.listed(listed, listed_crc)) return listed;
  const bucket = listed.slice(0, listed.indexOf('\n'));
  throw damagedRow(`object ${JSON.stringify(keyOfListed(listed))} of bucket ${bucket}`);
}

/** What one page has gathered so far, and where its scan goes on. */
class Page {
  readonly #input: ListInput;
  readonly #objects: string[] = [];
  readonly #commonPrefixes: string[] = [];
  #from: string | undefined;
  #lastEntry = '';
  #truncated = false;
  /** Rows asked for at a time: few after a folder, whose other rows would be thrown away, more after plain keys. */
  #batch: number;

  constructor(input: ListInput) {
    this.#input = input;
    this.#from = firstKey(input);
    this.#batch = input.delimiter === '' ? input.limit + 1 : folderBatch;
  }

  /** The first key that the scan has not seen; undefined when it is at its end. */
  get from(): string | undefined {
    return this.#from;
  }

  get complete(): boolean {
    return this.#truncated;
  }

  rowsWanted(): number {
    return Math.min(this.#batch, this.#input.limit + 1 - this.#entries());
  }

  take(rows: readonly Row[], { last }: { last: boolean }): void {
    let inFolder = false;
    for (const row of rows) {
      const text = intactText(row);
      const key = keyOfListed(text);
      if (!key.startsWith(this.#input.prefix)) {
        this.#from = undefined;
        return;
      }
      const folder = commonPrefix(key, this.#input);
      inFolder = folder !== undefined;
      if (inFolder && folder === this.#lastEntry) continue;
      if (this.#entries() >= this.#input.limit) {
        this.#truncated = true;
        return;
      }
      if (folder === undefined) this.#objects.push(text);
      else this.#commonPrefixes.push(folder);
      this.#lastEntry = folder ?? key;
      this.#from = folder === undefined ? keyAfter(key) : prefixEnd(folder);
    }
    this.#batch = inFolder ? folderBatch : Math.min(this.#batch * 2, this.#input.limit + 1);
    if (last) this.#from = undefined;
  }

  output(): ListOutput {
    return {
      objects: this.#objects,
      commonPrefixes: this.#commonPrefixes,
      next: this.#truncated ? this.#lastEntry : undefined,
    };
  }

  #entries(): number {
    return this.#objects.length + this.#commonPrefixes.length;
  }
}

const folderBatch = 16;

/** The folder that a key is shown as: its prefix up to and including the delimiter behind `prefix`. */
export function commonPrefix(key: string, input: { prefix: string; delimiter: string }): string | undefined {
  if (input.delimiter === '') return undefined;
  const at = key.indexOf(input.delimiter, input.prefix.length);
  return at === -1 ? undefined : key.slice(0, at + input.delimiter.length);
}

/** Where the scan of a page starts; undefined when `after` lies behind everything with the prefix. */
function firstKey(input: { prefix: string; delimiter: string; after: string }): string | undefined {
  if (input.after === '' || compareUtf8(input.after, input.prefix) < 0) return input.prefix;
  const folder = input.after.startsWith(input.prefix) ? commonPrefix(input.after, input) : undefined;
  return folder === undefined ? keyAfter(input.after) : prefixEnd(folder);
}

/** The smallest string that sorts behind `key`. S3 keys hold no U+0000, so nothing lies between. */
function keyAfter(key: string): string {
  return `${key}\u0001`;
}

function compareUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
