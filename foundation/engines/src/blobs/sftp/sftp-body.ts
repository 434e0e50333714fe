// The bytes of a file on the server as a blob's body: many reads are under way at once, so that a long way to the server
// costs its bandwidth and not its delay.

import type { ByteRange } from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';
import { untilAborted } from '../until-aborted.ts';
import { toBlobsError } from './sftp-failure.ts';
import type { SftpHandle, SftpSession } from './sftp-session.ts';

export type SftpFile = { readonly session: SftpSession; readonly handle: SftpHandle };
type ReadOptions = {
  readonly range: ByteRange;
  readonly attempted: string;
  readonly signal?: AbortSignal | undefined;
};

/** Takes over the file: it is closed when the body was read or left. */
export function streamFile(file: SftpFile, options: ReadOptions): AsyncIterable<Uint8Array> {
  return untilAborted(readPieces(file, options), options.signal);
}

/** Reads a range whole; closes nothing. */
export async function readFile(file: SftpFile, options: Omit<ReadOptions, 'signal'>): Promise<Uint8Array> {
  const pieces = piecesOf(options.range, file.session.readBytes);
  const read = await Promise.all(
    pieces.map((piece) => readPiece(file, { piece, attempted: options.attempted })),
  );
  return read.length === 1 ? read[0]! : Buffer.concat(read);
}

async function* readPieces(file: SftpFile, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { range, attempted } = options;
  const { session, handle } = file;
  const waiting: Promise<Uint8Array>[] = [];
  const atOnce = Math.max(2, Math.ceil(windowBytes / session.readBytes));
  const pieces = piecesOf(range, session.readBytes);
  const ask = () => {
    const piece = pieces.shift();
    if (piece === undefined) return;
    const reading = readPiece(file, { piece, attempted });
    reading.catch(() => {}); // whoever reads on meets it; nobody may
    waiting.push(reading);
  };
  try {
    while (waiting.length < atOnce && pieces.length > 0) ask();
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      yield await next;
      ask();
    }
  } catch (error) {
    throw toBlobsError(error, attempted);
  } finally {
    session.closeHandle(handle).catch(() => {});
  }
}

/** A server may send less than was asked for; the rest is asked for again. */
async function readPiece(
  { session, handle }: SftpFile,
  { piece, attempted }: { readonly piece: ByteRange; readonly attempted: string },
): Promise<Uint8Array> {
  const first = await session.read(handle, piece);
  if (first.length === piece.length) return first;
  const bytes = Buffer.allocUnsafeSlow(piece.length);
  let filled = 0;
  for (let next = first; ; ) {
    if (next.length === 0) {
      throw new BlobsError('failed', { attempted, detail: 'the file is shorter than it was' });
    }
    bytes.set(next, filled);
    filled += next.length;
    if (filled === bytes.length) return bytes;
    next = await session.read(handle, { start: piece.start + filled, length: piece.length - filled });
  }
}

function piecesOf({ start, length }: ByteRange, pieceBytes: number): ByteRange[] {
  return Array.from({ length: Math.ceil(length / pieceBytes) }, (_, index) => ({
    start: start + index * pieceBytes,
    length: Math.min(pieceBytes, length - index * pieceBytes),
  }));
}

/** Under way of one body: 100 ms at 40 MB/s. */
const windowBytes = 4 * 1024 * 1024;
