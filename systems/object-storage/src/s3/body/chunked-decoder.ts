// Decodes an aws-chunked body piece by piece, however the network cut it. Payload is given as slices of what came in.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
//
//   body    = *(chunk) last [trailer] [CR LF]
//   chunk   = size-hex [";chunk-signature=" hex] CR LF payload CR LF
//   last    = "0" [";chunk-signature=" hex] CR LF
//
// | state        | takes                  | then                                            |
// | ------------ | ---------------------- | ----------------------------------------------- |
// | header       | the line of a chunk    | payload; after the last chunk trailer, or end   |
// | payload      | the bytes of a chunk   | payload-end                                     |
// | payload-end  | CR LF                  | header                                          |
// | trailer      | a line                 | trailer; after its signature, or an empty line when unsigned, end |
// | end          | CR and LF only         | end                                             |

import { ObjectStorageError } from '../../errors.ts';
import { chunkBytesMin, chunkHeaderBytesMax, trailerLineBytesMax } from '../limits.ts';
import type { ChunkSignatures } from '../signature/chunk-signatures.ts';
import { Trailers } from './trailers.ts';

type State = 'header' | 'payload' | 'payload-end' | 'trailer' | 'end';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
/** Bytes that may follow the end: an empty line, or the two of clients that end their trailer twice. */
const closingBytesMax = 4;

export type ChunkedDecoderOptions = {
  /** Of the payload, from x-amz-decoded-content-length. */
  readonly sizeBytes: number;
  readonly trailer: boolean;
  /** Present when chunks are signed. */
  readonly signatures: ChunkSignatures | undefined;
};

export class ChunkedDecoder {
  readonly trailers = new Trailers();
  readonly #options: ChunkedDecoderOptions;
  #state: State = 'header';
  /** The part of a line that has come so far. */
  #line = '';
  #leftInChunk = 0;
  #leftInBody: number;
  #signature = '';
  #smallChunkSeen = false;
  #terminatorSeen = 0;
  #closingBytes = 0;

  constructor(options: ChunkedDecoderOptions) {
    this.#options = options;
    this.#leftInBody = options.sizeBytes;
  }

  /**
   * The payload in a piece. A chunk's signature is verified at its end, so what was given before may still turn out
   * wrong. Throws IncompleteBody, InvalidChunkSizeError, SignatureDoesNotMatch, MalformedTrailerError, InvalidRequest.
   */
  *push(piece: Uint8Array): Generator<Uint8Array> {
    for (let position = 0; position < piece.length; ) {
      if (this.#state === 'payload') {
        const payload = piece.subarray(position, position + this.#leftInChunk);
        position += payload.length;
        yield this.#takePayload(payload);
      } else if (this.#state === 'payload-end') {
        this.#takeTerminator(piece[position++]!);
      } else if (this.#state === 'end') {
        this.#takeClosing(piece[position++]!);
      } else {
        position = this.#takeLine(piece, position);
      }
    }
  }

  /** To be called after the last piece. Throws IncompleteBody, MalformedTrailerError. */
  finish(): void {
    if (this.#state !== 'end') throw new ObjectStorageError('IncompleteBody');
  }

  #takePayload(payload: Uint8Array): Uint8Array {
    this.#options.signatures?.update(payload);
    this.#leftInChunk -= payload.length;
    if (this.#leftInChunk === 0) {
      this.#verifyChunk();
      this.#state = 'payload-end';
    }
    return payload;
  }

  #takeTerminator(byte: number): void {
    if (byte !== (this.#terminatorSeen === 0 ? carriageReturn : lineFeed)) throw malformedChunk();
    this.#terminatorSeen = (this.#terminatorSeen + 1) % 2;
    if (this.#terminatorSeen === 0) this.#state = 'header';
  }

  #takeClosing(byte: number): void {
    this.#closingBytes += 1;
    const blank = byte === carriageReturn || byte === lineFeed;
    if (!blank || this.#closingBytes > closingBytesMax) throw malformedChunk();
  }

  /** Takes bytes up to the end of the line, and the line when that has come; gives the position behind them. */
  #takeLine(piece: Uint8Array, start: number): number {
    const found = piece.indexOf(lineFeed, start);
    const end = found === -1 ? piece.length : found;
    const bytesMax = this.#state === 'header' ? chunkHeaderBytesMax : trailerLineBytesMax;
    if (this.#line.length + end - start > bytesMax) throw this.#malformedLine();
    this.#line += Buffer.from(piece.buffer, piece.byteOffset + start, end - start).toString('latin1');
    if (found === -1) return end;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    if (this.#state === 'header') this.#beginChunk(line);
    else this.#takeTrailer(line);
    return end + 1;
  }

  #beginChunk(header: string): void {
    const [, size, signature = ''] =
      /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(header) ?? [];
    const { signatures } = this.#options;
    if (size === undefined || (signature !== '') !== (signatures !== undefined)) throw malformedChunk();
    this.#signature = signature;
    this.#leftInChunk = Number.parseInt(size, 16);
    this.#leftInBody -= this.#leftInChunk;
    if (this.#leftInChunk > 0) this.#state = 'payload';
    this.#checkChunkSize();
    if (this.#leftInChunk === 0) this.#endChunks();
  }

  #checkChunkSize(): void {
    const last = this.#leftInChunk === 0;
    if (!last && this.#smallChunkSeen) throw new ObjectStorageError('InvalidChunkSizeError');
    this.#smallChunkSeen = this.#leftInChunk < chunkBytesMin;
    if (this.#leftInBody < 0 || (last && this.#leftInBody > 0))
      throw new ObjectStorageError('IncompleteBody');
  }

  #endChunks(): void {
    this.#verifyChunk();
    this.#state = this.#options.trailer ? 'trailer' : 'end';
  }

  #verifyChunk(): void {
    const { signatures } = this.#options;
    if (signatures !== undefined && !signatures.endChunk(this.#signature)) {
      throw new ObjectStorageError('SignatureDoesNotMatch', {
        message: 'The signature of a chunk does not match its bytes.',
      });
    }
  }

  #takeTrailer(line: string): void {
    const { signatures } = this.#options;
    if (line !== '') this.trailers.add(line);
    else if (signatures === undefined) this.#state = 'end';
    const { signature, canonical } = this.trailers;
    if (signature === undefined) return;
    if (signatures === undefined || !signatures.endTrailer(canonical, signature)) {
      throw new ObjectStorageError('SignatureDoesNotMatch', {
        message: 'The signature of the trailer does not match it.',
      });
    }
    this.#state = 'end';
  }

  #malformedLine(): ObjectStorageError {
    return this.#state === 'header' ? malformedChunk() : new ObjectStorageError('MalformedTrailerError');
  }
}

function malformedChunk(): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', {
    message: 'The chunked encoding of the request body is malformed.',
  });
}
