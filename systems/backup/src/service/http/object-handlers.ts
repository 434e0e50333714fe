// Objects over HTTP: PUT, GET, HEAD and DELETE of one, a page of a listing, many deletions at once.
//
// A name is a parameter of the query, not a part of the path: names may hold `..`, `//` and `%`, which proxies tidy up.

import type { BlobInfo } from '@cairn/engines';
import { ApiError } from '@cairn/service';
import { z } from 'zod';
import { BackupError } from '../../errors.ts';
import { copiedName, idOf, objectName, prefixes } from '../../format/object-names.ts';
import {
  accessNeeded,
  makesRoom,
  type ObjectRequest,
  type WriteAccess,
} from '../repositories/object-rules.ts';
import type { StoredRepository } from '../repositories/stored-repository.ts';
import { readBytes, streamBytes } from './request-body.ts';
import type { StoreAnswer } from './store-answer.ts';
import { anyName, type BackupAction, parameter, type StoreRequest } from './store-request.ts';

const actions = {
  append: 'backup:AppendObject',
  put: 'backup:PutObject',
  delete: 'backup:DeleteObject',
} as const satisfies Record<WriteAccess, BackupAction>;

export async function putObject(request: StoreRequest): Promise<StoreAnswer> {
  const { message, principal, query } = request;
  const name = parameter(query, 'name', anyName);
  const ifAbsent = message.headers['if-none-match'] === '*';
  const repository = await (isOfWriter(name) ? request.repository() : request.repositoryOrNew());
  await permitWrite(request, repository, { operation: 'put', name, ifAbsent });
  const announced = message.headers['content-length'];
  // Before a byte of it is read; what comes is counted again.
  if (announced !== undefined)
    repository.usage.requireRoom(Number(announced), `put ${name}`, { makesRoom: makesRoom(name) });
  const outcome = await repository.put(name, {
    body: streamBytes(message),
    ifAbsent,
    caller: principal.arn,
    signal: request.signal,
  });
  return { status: 200, json: { outcome } };
}

export async function getObject(request: StoreRequest): Promise<StoreAnswer> {
  await request.permit('backup:GetObject');
  const name = parameter(request.query, 'name', anyName);
  const repository = await request.repository();
  const range = rangeOf(request.message.headers.range);
  const { signal } = request;
  const content = await repository.get(name, { signal, ...(range !== undefined && { range }) });
  if (content === undefined) throw noObject(name);
  return {
    status: range === undefined ? 200 : 206,
    stream: content.body,
    lengthBytes: range?.length ?? content.info.sizeBytes,
    headers: infoHeaders(content.info),
  };
}

export async function headObject(request: StoreRequest): Promise<StoreAnswer> {
  await request.permit('backup:GetObject');
  const name = parameter(request.query, 'name', anyName);
  const info = await (await request.repository()).head(name);
  if (info === undefined) throw noObject(name);
  return { status: 204, headers: infoHeaders(info) };
}

const deletion = z.strictObject({ names: z.array(z.string()).max(1000) });

export async function deleteObjects(request: StoreRequest): Promise<StoreAnswer> {
  const { names } = parseJson(deletion, await readBytes(request.message, deletionBytesMax));
  const repository = await request.repository();
  for (const name of names) await permitWrite(request, repository, { operation: 'delete', name });
  await repository.delete(names, request.principal.arn);
  return { status: 204 };
}

export async function listObjects(request: StoreRequest): Promise<StoreAnswer> {
  await request.permit('backup:ListObjects');
  const { query } = request;
  const after = query.get('after');
  const limit = Number(query.get('limit') ?? 1000);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new ApiError('invalid-request', `the parameter 'limit' is 1 to 1000, not '${query.get('limit')}'`);
  }
  const repository = await request.repository();
  const page = await repository.list({
    prefix: query.get('prefix') ?? '',
    limit,
    ...(after !== null && { after }),
  });
  return { status: 200, json: page };
}

async function permitWrite(
  request: StoreRequest,
  repository: StoredRepository,
  write: ObjectRequest,
): Promise<void> {
  const owns = (sessionId: string) => repository.owners.owns(sessionId, request.principal.arn);
  const access = accessNeeded(write, owns);
  await request.permit(actions[access]);
  if (access !== 'append' || write.operation !== 'put') return;
  const forbidding = forbiddenBy(write.name);
  if (forbidding !== undefined && (await repository.head(forbidding)) !== undefined)
    await request.permit('backup:PutObject');
}

/**
 * Nothing that makes a repository: a writer whose repository was removed would make it anew, without the keys of what it puts.
 */
function isOfWriter(name: string): boolean {
  if (copiedName(name) !== undefined) return true; // put by `gc` and `repair`, too
  return writersPrefixes.some((prefix) => name.startsWith(prefix));
}

const writersPrefixes = [
  prefixes.packs,
  prefixes.index,
  prefixes.sessions,
  prefixes.snapshots,
  prefixes.tombstones,
  prefixes.condemned,
  prefixes.verdicts,
];

/** The object that must not be there for an appending put of that name. */
function forbiddenBy(name: string): string | undefined {
  // Whoever began the session of a snapshot that is there would own it, and could put its tombstone.
  const began = idOf('sessions', name);
  if (began !== undefined) return objectName('snapshots', began);
  // A writer forgets its own snapshot only when it was fenced, and then its session is gone (DESIGN.md, W4). One that was
  // killed behind its commit leaves the session: its snapshot is as safe from its key as any other.
  const forgotten = idOf('tombstones', name);
  return forgotten === undefined ? undefined : objectName('sessions', forgotten);
}

/** `bytes=FIRST-LAST`, both named: what the client of this protocol sends. */
function rangeOf(
  header: string | undefined,
): { readonly start: number; readonly length: number } | undefined {
  if (header === undefined) return undefined;
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const [start, length] = [Number(first), Number(last) - Number(first) + 1];
  if (first === undefined || length < 1) throw new ApiError('invalid-request', `'${header}' is no range`);
  return { start, length };
}

function infoHeaders({ sizeBytes, modifiedMs }: BlobInfo): Readonly<Record<string, string>> {
  return { 'cairn-size': String(sizeBytes), 'cairn-modified': String(modifiedMs) };
}

function noObject(name: string): ApiError {
  return new ApiError('not-found', `there is no object ${JSON.stringify(name)}`);
}

function parseJson<Value>(schema: z.ZodType<Value>, bytes: Buffer): Value {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError('invalid-argument', { attempted: 'read a request', detail, cause });
  }
}

/** 1,000 names of 900 bytes, each byte as a JSON escape of six characters. */
const deletionBytesMax = 6 * 1024 * 1024;
