// Requests by their method: WebDAV of class 1 (RFC 4918) without anything that writes. No class 2: a client that cannot lock mounts
// read-only.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { findResource } from '../tree/find-resource.ts';
import type { Resource } from '../tree/resource.ts';
import { answerListing, answerPropfind, type Target } from './answer-collection.ts';
import { answerError, answerText } from './answer-error.ts';
import { answerFile, type FileServing } from './answer-file.ts';
import { parsePropfind, propfindBytesMax } from './propfind-request.ts';
import { readBody } from './read-body.ts';
import type { RequestGuard } from './request-guard.ts';
import { parseRequestPath, pathOf, type RequestPath } from './request-path.ts';

export type WebdavHandlerOptions = {
  readonly guard: RequestGuard;
  readonly root: () => Promise<Resource>;
  readonly serving: FileServing;
  readonly onProblem: (problem: string) => void;
};

const methods = 'OPTIONS, GET, HEAD, PROPFIND';
const realm = 'Basic realm="cairn backup", charset="UTF-8"';

export function webdavHandler(options: WebdavHandlerOptions): RequestListener {
  return (request, response) => {
    answer(options, request, response).catch((error: unknown) =>
      answerError(response, error, options.onProblem),
    );
  };
}

/** A client that waits before it sends its body: only that of a PROPFIND is read. */
export function continueHandler(handler: RequestListener): RequestListener {
  return (request, response) => {
    if (request.method === 'PROPFIND') response.writeContinue();
    handler(request, response);
  };
}

async function answer(
  options: WebdavHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  setCommonHeaders(response);
  const refusal = options.guard(request.headers);
  if (refusal !== undefined) {
    if (refusal.status === 401) response.setHeader('www-authenticate', realm);
    return answerText(response, refusal.status, refusal.reason);
  }
  switch (request.method) {
    case 'OPTIONS':
      return answerOptions(response);
    case 'GET':
    case 'HEAD':
      return get(options, request, response);
    case 'PROPFIND':
      return propfind(options, request, response);
    default:
      response.setHeader('allow', methods);
      return answerText(response, 405, `${request.method} is not possible: snapshots are only read`);
  }
}

function setCommonHeaders(response: ServerResponse): void {
  response.setHeader('dav', '1');
  // A store of secrets: no copy is kept on the way, and the client's own is checked each time.
  response.setHeader('cache-control', 'private, no-cache');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('referrer-policy', 'no-referrer');
}

function answerOptions(response: ServerResponse): void {
  // Windows takes a server without it for no WebDAV.
  response.writeHead(200, { allow: methods, 'ms-author-via': 'DAV', 'content-length': 0 }).end();
}

async function get(
  options: WebdavHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = parseRequestPath(request.url!);
  const target = path && (await find(options, path));
  if (path === undefined || target === undefined) return answerMissing(response, path);
  const { segments, resource } = target;
  if (resource.kind === 'file') {
    const named = { name: segments.at(-1)!, file: resource, serving: options.serving };
    return answerFile(response, named);
  }
  // The links of a listing are relative to a name with a slash.
  if (!path.isDirectory) {
    response.setHeader('location', pathOf(segments, true));
    return answerText(response, 301, 'this is a directory');
  }
  return answerListing(response, segments, resource);
}

async function propfind(
  options: WebdavHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const depth = request.headers.depth ?? 'infinity';
  if (depth !== '0' && depth !== '1') return refuseDepth(response, String(depth));
  const body = await readBody(request, propfindBytesMax);
  if (body === undefined) {
    response.setHeader('connection', 'close');
    return answerText(response, 413, `a PROPFIND has at most ${propfindBytesMax} bytes`);
  }
  const properties = parsePropfind(body);
  if (properties === undefined) return answerText(response, 400, 'the body is not a propfind element');
  const path = parseRequestPath(request.url!);
  const target = path && (await find(options, path));
  if (target === undefined) return answerMissing(response, path);
  return answerPropfind(response, target, { properties, depth: depth === '0' ? 0 : 1 });
}

/** RFC 4918, 9.1.1: a tree of any size is not listed in one answer. */
function refuseDepth(response: ServerResponse, depth: string): void {
  if (depth.toLowerCase() !== 'infinity') {
    answerText(response, 400, `depth '${depth}' is not 0 or 1`);
    return;
  }
  const body = `<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>\n`;
  response.writeHead(403, {
    'content-type': 'application/xml; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** A file has no name that ends with a slash. */
async function find({ root }: WebdavHandlerOptions, path: RequestPath): Promise<Target | undefined> {
  const resource = await findResource(await root(), path.segments);
  if (resource === undefined || (resource.kind === 'file' && path.isDirectory)) return undefined;
  return { segments: path.segments, resource };
}

function answerMissing(response: ServerResponse, path: RequestPath | undefined): void {
  if (path === undefined) answerText(response, 400, 'the path is not percent-encoded as it should be');
  else answerText(response, 404, `there is nothing at ${pathOf(path.segments, path.isDirectory)}`);
}
