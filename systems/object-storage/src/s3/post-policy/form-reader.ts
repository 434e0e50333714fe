// Reads a form with a file (RFC 7578 over RFC 2046 5.1) as it arrives: the fields before the file into memory, within a
// bound, and the file piece by piece, never more of it than the piece at hand.
//
//   body      = [preamble CRLF] "--" boundary CRLF part *( CRLF "--" boundary CRLF part ) CRLF "--" boundary "--" [...]
//   part      = headers CRLF CRLF bytes
//   headers   = Content-Disposition: form-data; name="key"[; filename="a.jpg"]   and others, which say nothing to S3
//
// The part named `file` is the file, and ends the fields: what comes behind it is thrown away, as Amazon does.

import { ObjectStorageError } from '../../errors.ts';
import { formFieldsBytesMax } from '../limits.ts';
import { type PartName, partName } from './part-name.ts';

export type Form = {
  /** By lower-case name, in the order of the form. */
  readonly fields: ReadonlyMap<string, string>;
  readonly fileName: string | undefined;
  /** The bytes of the file. To be read once; throws MalformedPOSTRequest when the form does not end as forms do. */
  readonly file: AsyncIterable<Uint8Array>;
};

type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Reads up to where the file begins. Throws MalformedPOSTRequest, IncorrectNumberOfFilesInPostRequest,
 * MaxPostPreDataLengthExceededError, InvalidArgument for a field that stands twice.
 */
export async function readForm(pieces: Pieces, boundary: string): Promise<Form> {
  const reader = new FormReader(pieces);
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first boundary has no line end before it, unless there is a preamble.
  await reader.begin(delimiter.subarray(2));
  const fields = new Map<string, string>();
  for (;;) {
    const { name, fileName } = await reader.part();
    if (name === 'file') return { fields, fileName, file: reader.file(delimiter) };
    if (fields.has(name)) throw repeated(name);
    fields.set(name, utf8(await reader.until(delimiter)));
  }
}

const lineEnd = Buffer.from('\r\n');
const headEnd = Buffer.from('\r\n\r\n');
const formEnd = Buffer.from('--');

class FormReader {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** What of the fields has arrived, from `at` to `filled` still to be looked at. */
  readonly #bytes = Buffer.alloc(formFieldsBytesMax);
  #at = 0;
  #filled = 0;
  /** The piece that arrived last, as far as it did not fit. */
  #piece: Uint8Array = new Uint8Array(0);

  constructor(pieces: Pieces) {
    this.#pieces =
      Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  async begin(delimiter: Buffer): Promise<void> {
    const preamble = await this.until(delimiter);
    if (preamble.length > 0 && !preamble.subarray(-2).equals(lineEnd)) throw malformed();
  }

  /** Behind a boundary: the name of the part that begins there. The end of the form instead is a form without a file. */
  async part(): Promise<PartName> {
    while (this.#filled - this.#at < 2) await this.#fill();
    if (this.#bytes.subarray(this.#at, this.#at + 2).equals(formEnd)) {
      throw new ObjectStorageError('IncorrectNumberOfFilesInPostRequest');
    }
    if ((await this.until(lineEnd)).toString('latin1').trim() !== '') throw malformed();
    const name = partName(utf8(await this.until(headEnd)));
    if (name === undefined) throw malformed();
    return name;
  }

  /** The bytes before `end`, which is passed. */
  async until(end: Buffer): Promise<Buffer> {
    for (let from = this.#at; ; ) {
      const found = this.#bytes.subarray(0, this.#filled).indexOf(end, from);
      if (found !== -1) {
        const bytes = this.#bytes.subarray(this.#at, found);
        this.#at = found + end.length;
        return bytes;
      }
      from = Math.max(this.#at, this.#filled - end.length + 1);
      await this.#fill();
    }
  }

  async #fill(): Promise<void> {
    if (this.#filled === this.#bytes.length) {
      throw new ObjectStorageError('MaxPostPreDataLengthExceededError');
    }
    if (this.#piece.length === 0) this.#piece = await this.#next();
    const taken = this.#piece.subarray(0, this.#bytes.length - this.#filled);
    this.#bytes.set(taken, this.#filled);
    this.#filled += taken.length;
    this.#piece = this.#piece.subarray(taken.length);
  }

  /** The next piece that is not empty. */
  async #next(): Promise<Uint8Array> {
    for (;;) {
      const { done, value } = await this.#pieces.next();
      if (done) throw malformed();
      if (value.length > 0) return value;
    }
  }

  async *file(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    try {
      let held: Uint8Array = Buffer.from(this.#bytes.subarray(this.#at, this.#filled));
      for (let fresh = this.#piece; ; fresh = await this.#next()) {
        const bytes =
          held.length === 0
            ? Buffer.from(fresh.buffer, fresh.byteOffset, fresh.length)
            : Buffer.concat([held, fresh]);
        const end = bytes.indexOf(delimiter);
        if (end !== -1) {
          if (end > 0) yield bytes.subarray(0, end);
          await this.#afterFile(bytes.subarray(end + delimiter.length));
          return;
        }
        const kept = beginningOf(delimiter, bytes);
        if (bytes.length > kept) yield bytes.subarray(0, bytes.length - kept);
        held = bytes.subarray(bytes.length - kept);
      }
    } finally {
      await this.#pieces.return?.();
    }
  }

  /** What follows the file has to be the end of the form, or a part, and little. */
  async #afterFile(start: Buffer): Promise<void> {
    let bytes = start;
    while (bytes.length < 2) bytes = Buffer.concat([bytes, await this.#next()]);
    const head = bytes.subarray(0, 2);
    if (!head.equals(formEnd) && !head.equals(lineEnd)) throw malformed();
    let leftBytes = formFieldsBytesMax - bytes.length;
    for (let next = await this.#pieces.next(); !next.done; next = await this.#pieces.next()) {
      leftBytes -= next.value.length;
      if (leftBytes < 0) throw malformed();
    }
  }
}

/** How many bytes at the end of `bytes` may be the beginning of the delimiter. */
function beginningOf(delimiter: Buffer, bytes: Buffer): number {
  for (let length = Math.min(delimiter.length - 1, bytes.length); length > 0; length--) {
    const tail = bytes.length - length;
    if (bytes[tail] === delimiter[0] && bytes.subarray(tail).equals(delimiter.subarray(0, length)))
      return length;
  }
  return 0;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed();
  }
}

function repeated(name: string): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message: 'A field of the form appears more than once; each may appear once.',
    fields: { ArgumentName: name },
  });
}

function malformed(): ObjectStorageError {
  return new ObjectStorageError('MalformedPOSTRequest');
}
