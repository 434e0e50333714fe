// The fingerprint index over HTTP: bodies are keys and pack ids one behind the other, so that a batch costs no parsing.
//
//   POST index/session?session=ID     pack ids, 32 bytes each, that the session may not rely on    204
//   POST index/close?session=ID                                                                    204
//   POST index/lookup?session=ID[&lease]   keys, 16 bytes each        one byte each: 0 unknown, 1 known, 2 promised
//   POST index/promises?session=ID         keys                       the same, nothing is granted
//   POST index/renew?session=ID                                                                    204
//   POST index/register?pack=ID            keys                                                    204
//   GET  index/filter[?version=V]          the Bloom filter, its version in `etag`; 304 when V is still the version
//   POST index/locate                      keys           4 bytes each: 0, or which of the pack ids that follow, from 1 on
//   GET  index/unnamed                     ids of index objects of which nobody told what they name, 32 bytes each
//   POST index/name?object=ID              id and size (8 bytes) of each pack           ids of those to be registered first

import { ApiError } from '@cairn/service';
import { keyBytes } from '../index/fingerprint-map.ts';
import { decodeNamedPacks, encodeLocations, idBytes, namedPackBytes } from './index-bodies.ts';
import { readBytes } from './request-body.ts';
import type { StoreAnswer } from './store-answer.ts';
import { keysPerRequestMax } from './store-protocol.ts';
import { packId, parameter, type StoreRequest, sessionId } from './store-request.ts';

const packIdBytes = 32;
const condemnedPacksMax = 1_000_000;
/** An index object of 64 MiB names fewer. */
const packsPerIndexObjectMax = 1_000_000;

export async function openIndexSession(request: StoreRequest): Promise<StoreAnswer> {
  const { repository, session } = await begin(request, 'opens');
  const bytes = await readBytes(request.message, condemnedPacksMax * packIdBytes);
  await repository.openIndexSession(session, idsOf(bytes));
  return { status: 204 };
}

export async function closeIndexSession(request: StoreRequest): Promise<StoreAnswer> {
  const { repository, session } = await begin(request);
  await repository.index.closeSession(session);
  return { status: 204 };
}

export async function lookup(request: StoreRequest): Promise<StoreAnswer> {
  const { repository, session } = await begin(request);
  const keys = await readKeys(request);
  const lease = request.query.has('lease');
  return answers(await repository.index.lookup(session, keys, { lease }));
}

export async function promises(request: StoreRequest): Promise<StoreAnswer> {
  const { repository, session } = await begin(request);
  return answers(await repository.index.promises(session, await readKeys(request)));
}

export async function renew(request: StoreRequest): Promise<StoreAnswer> {
  const { repository, session } = await begin(request);
  repository.index.renew(session);
  return { status: 204 };
}

export async function register(request: StoreRequest): Promise<StoreAnswer> {
  await request.permit('backup:AppendObject');
  const repository = await request.repository();
  const keys = await readKeys(request);
  await repository.register(parameter(request.query, 'pack', packId), keys);
  return { status: 204 };
}

export async function getFilter(request: StoreRequest): Promise<StoreAnswer> {
  await request.permit('backup:AppendObject');
  const { index } = await request.repository();
  const headers = { etag: `"${index.filterVersion}"` };
  if (request.query.get('version') === index.filterVersion) return { status: 304, headers };
  return { status: 200, bytes: index.filterBytes(), headers };
}

export async function locate(request: StoreRequest): Promise<StoreAnswer> {
  await request.permit('backup:GetObject');
  const { index } = await request.repository();
  return answers(encodeLocations(await index.locate(await readKeys(request))));
}

export async function getUnnamed(request: StoreRequest): Promise<StoreAnswer> {
  await request.permit('backup:AppendObject');
  return answers(idBytes((await request.repository()).unnamedIndexObjects));
}

export async function nameIndexObject(request: StoreRequest): Promise<StoreAnswer> {
  await request.permit('backup:AppendObject');
  const repository = await request.repository();
  const bytes = await readBytes(request.message, packsPerIndexObjectMax * namedPackBytes);
  const id = parameter(request.query, 'object', packId);
  return answers(idBytes(await repository.nameIndexObject(id, decodeNamedPacks(bytes))));
}

/**
 * Whoever tells a foreign session that nothing is condemned would have it rely on packs that gc deletes: what a key does that
 * may only append, it does to sessions it began.
 */
async function begin(request: StoreRequest, purpose: 'opens' | 'uses' = 'uses') {
  await request.permit('backup:AppendObject');
  const session = parameter(request.query, 'session', sessionId);
  const repository = await request.repository();
  const isThere = purpose === 'opens' || repository.index.isOpen(session);
  if (isThere && !repository.owners.owns(session, request.principal.arn))
    await request.permit('backup:PutObject');
  return { session, repository };
}

async function readKeys({ message }: StoreRequest): Promise<Uint8Array> {
  const bytes = await readBytes(message, keysPerRequestMax * keyBytes);
  if (bytes.length % keyBytes === 0) return bytes;
  throw new ApiError('invalid-request', `${bytes.length} bytes are no keys of ${keyBytes} bytes`);
}

function idsOf(bytes: Buffer): readonly string[] {
  if (bytes.length % packIdBytes !== 0) {
    throw new ApiError('invalid-request', `${bytes.length} bytes are no ids of ${packIdBytes} bytes`);
  }
  return Array.from({ length: bytes.length / packIdBytes }, (_, index) =>
    bytes.toString('hex', index * packIdBytes, (index + 1) * packIdBytes),
  );
}

function answers(bytes: Uint8Array): StoreAnswer {
  return { status: 200, bytes, headers: { 'content-type': 'application/octet-stream' } };
}
