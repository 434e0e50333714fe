// What cannot be read of a store that is there otherwise: a bad sector under one object is damage of that object, as a flipped bit is, and
// all that does not need it goes on. A store that is away is an error of whatever was asked of it.
//
// The two are told apart by the store itself (`unreadable`), by a body that breaks off again and again though it was begun, and by
// `config` or its second copy, which are read to see whether the store gives anything at all. Where the store says that it was the
// connection which all its bodies share, a body that breaks off says nothing of its object, however often it does.

import { type Blobs, BlobsError, type BlobsErrorCode } from '@cairn/engines/blobs';
import { retry } from '@cairn/resilience';
import type { World } from '@cairn/world';
import { damaged } from '../../format/damaged.ts';
import { configName, copyName } from '../../format/object-names.ts';
import { objectBytesHighest } from '../../limits.ts';
import { collectBody } from './collect-body.ts';

/** Of a body that breaks: then it is this object. */
const attemptsMax = 3;
/** Where the connection breaks: with pauses of up to ten seconds, two minutes and more. */
const connectionAttemptsMax = 20;

const broken: ReadonlySet<BlobsErrorCode> = new Set(['unreadable', 'unavailable', 'failed']);

/** Reads a body that the store has begun to give: what breaks it is `unreadable`, but for a connection that is lost. */
export async function takeBody<T>(attempted: string, take: () => Promise<T>): Promise<T> {
  try {
    return await take();
  } catch (error) {
    if (!(error instanceof BlobsError) || !broken.has(error.code)) throw error;
    const { message: detail } = error;
    const code = error.ofConnection ? 'unavailable' : 'unreadable';
    throw new BlobsError(code, { attempted, detail, cause: error });
  }
}

/**
 * Reads again what takes a body by `takeBody`, where that broke: it may be whole the next time, and `RetryingBlobs` sees no more of a
 * get than its beginning. Rejects with the last attempt's error.
 */
export function readAgain<T>(
  read: () => Promise<T>,
  {
    world,
    signal,
  }: { readonly world: Pick<World, 'clock' | 'random'>; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  let broke = 0;
  const isRetryable = (error: unknown) => {
    if (!(error instanceof BlobsError && error.cause instanceof BlobsError)) return false;
    if (error.code === 'unavailable') return true;
    broke += 1;
    return error.code === 'unreadable' && broke < attemptsMax;
  };
  return retry(read, {
    ...{ world, isRetryable, attemptsMax: connectionAttemptsMax },
    ...(signal && { signal }),
  });
}

/** The error that reading an object failed with for good: `damaged` where it is this object alone that cannot be read. */
export async function readFailure(
  { blobs }: { readonly blobs: Blobs },
  name: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof BlobsError) || error.code !== 'unreadable') return error;
  if (!(await isThere(blobs, name))) return error;
  return damaged(name, `the store cannot read it: ${error.detail ?? error.message}`, error);
}

/** By another object than the one that cannot be read. */
async function isThere(blobs: Blobs, unreadable: string): Promise<boolean> {
  for (const name of [configName, copyName(configName)])
    if (name !== unreadable && (await isReadable(blobs, name))) return true;
  return false;
}

async function isReadable(blobs: Blobs, name: string): Promise<boolean> {
  try {
    const content = await blobs.get(name);
    return content !== undefined && (await collectBody(content.body, objectBytesHighest)) !== undefined;
  } catch (error) {
    if (error instanceof BlobsError) return false;
    throw error;
  }
}
