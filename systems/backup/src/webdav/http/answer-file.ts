// GET and HEAD of a file (RFC 9110): all of it or one range, on conditions.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ChunkOffsetReader } from '../content/chunk-offsets.ts';
import { type ContentOptions, readContent } from '../content/read-content.ts';
import type { FileResource } from '../tree/resource.ts';
import { answerText } from './answer-error.ts';
import { type ByteRange, parseByteRange } from './byte-range.ts';
import { contentType } from './content-type.ts';
import { checkPreconditions, rangeHolds } from './preconditions.ts';
import { ResponseWriter } from './response-writer.ts';
import { httpDate, type Validators, validatorsOf } from './validators.ts';

export type FileServing = Omit<ContentOptions, 'signal'> & {
  readonly offsets: ChunkOffsetReader;
  readonly nowMs: () => number;
};

/** A page that a browser makes of it runs nothing and is of no site. */
const filePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'";

export async function answerFile(
  response: ServerResponse,
  {
    name,
    file,
    serving,
  }: { readonly name: Uint8Array; readonly file: FileResource; readonly serving: FileServing },
): Promise<void> {
  const { req: request } = response;
  const { entry, content } = file;
  const validators = validatorsOf({ mtime: entry.mtime, content });
  setFileHeaders(response, { name, validators, modified: httpDate(entry.mtime) });
  const verdict = checkPreconditions(request.headers, validators);
  if (verdict === 'failed') return answerText(response, 412, 'the file is another one');
  if (verdict === 'not-modified') return void response.writeHead(304).end();
  const range = rangeOf(request, { validators, sizeBytes: content.sizeBytes, nowMs: serving.nowMs() });
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${content.sizeBytes}`);
    return answerText(response, 416, `the file has ${content.sizeBytes} bytes`);
  }
  await send(response, { file, range, etag: validators.etag, serving });
}

function setFileHeaders(
  response: ServerResponse,
  {
    name,
    validators,
    modified,
  }: { readonly name: Uint8Array; readonly validators: Validators; readonly modified: string },
): void {
  response.setHeader('content-type', contentType(name));
  response.setHeader('etag', validators.etag);
  response.setHeader('last-modified', modified);
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-security-policy', filePolicy);
}

/** Of HEAD never: `Range` is GET's alone. */
function rangeOf(
  { method, headers }: IncomingMessage,
  {
    validators,
    sizeBytes,
    nowMs,
  }: { readonly validators: Validators; readonly sizeBytes: number; readonly nowMs: number },
): ByteRange | 'whole' | 'unsatisfiable' {
  if (method !== 'GET' || !rangeHolds(headers['if-range']?.toString(), validators, nowMs)) return 'whole';
  return parseByteRange(headers.range, sizeBytes);
}

async function send(
  response: ServerResponse,
  {
    file: { content },
    range,
    etag,
    serving,
  }: {
    readonly file: FileResource;
    readonly range: ByteRange | 'whole';
    readonly etag: string;
    readonly serving: FileServing;
  },
): Promise<void> {
  const { sizeBytes } = content;
  const { start, length } = range === 'whole' ? { start: 0, length: sizeBytes } : range;
  if (range !== 'whole')
    response.setHeader('content-range', `bytes ${start}-${start + length - 1}/${sizeBytes}`);
  response.setHeader('content-length', length);
  response.statusCode = range === 'whole' ? 200 : 206;
  if (response.req.method === 'HEAD') return void response.end();
  const writer = new ResponseWriter(response);
  // What is not there is found out before an answer begins.
  const offsets = await serving.offsets.offsetsOf(content, etag);
  const options = { ...serving, signal: writer.signal };
  for await (const piece of readContent(content, offsets, { start, length }, options))
    await writer.write(piece);
  await writer.end();
}
