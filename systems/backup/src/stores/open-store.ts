// A repository URL in, blobs out:
//
//   file:PATH, or a bare path                a folder, also on a network share
//   s3://BUCKET[/PREFIX]                     AWS, or the endpoint in AWS_ENDPOINT_URL
//   http(s)://HOST[:PORT]/BUCKET[/PREFIX]    any S3
//   sftp://USER@HOST[:PORT]/PATH             OpenSSH
//   cairn(s)://HOST[:PORT]/REPOSITORY        Cairn's backup service
//
// Credentials never lie in URLs: `store-url.ts` refuses one that holds a password.

import assert from 'node:assert/strict';
import { type Blobs, type BlobsCredentials, openBlobs, registerBlobs } from '@cairn/engines/blobs';
import type { World } from '@cairn/world';
import { isRetryable } from '../core/store/retrying-blobs.ts';
import { onStore } from '../core/store/store-error.ts';
import { StorePatience } from '../core/store/store-patience.ts';
import { firstAnswerPatienceMs } from '../limits.ts';
import type { Bandwidth } from './limited-blobs.ts';
import { parseStoreUrl } from './store-url.ts';

export type OpenStoreOptions = {
  readonly url: string;
  readonly world: World;
  /** For S3 and the service; without them the environment's. */
  readonly credentials?: BlobsCredentials;
  /** Refuses a folder that is not there, or empty, with `no-repository`, and does not make it; also over SFTP. */
  readonly mustExist?: boolean;
  /** No more than this is sent and fetched; `signal` ends what waits for its turn. */
  readonly bandwidth?: Bandwidth & { readonly signal?: AbortSignal };
};

export type StoreOpener = (options: OpenStoreOptions) => Promise<Blobs>;

/** Throws `invalid-url`, `no-repository`, `denied`, `store`. */
export async function openStore(options: OpenStoreOptions): Promise<Blobs> {
  const { scheme, url } = parseStoreUrl(options.url);
  const open = openers.get(scheme) ?? openAsBlobs;
  const blobs = await open({ ...options, url });
  if (options.bandwidth === undefined) return blobs;
  const { LimitedBlobs } = await import('./limited-blobs.ts');
  return new LimitedBlobs(blobs, { ...options.bandwidth, clock: options.world.clock });
}

/** Adds a kind of store under its own scheme, once, when the process starts. */
export function registerStore(scheme: string, opener: StoreOpener): void {
  assert(/^[a-z][a-z0-9+.-]*$/.test(scheme), `a scheme is lower case without its colon, not ${scheme}`);
  assert(!openers.has(scheme), `there is a store for ${scheme}: already`);
  openers.set(scheme, opener);
}

/** A server that takes no connection for the moment is asked again shortly: sshd turns some away of many that come at once. */
async function openAsBlobs(options: OpenStoreOptions): Promise<Blobs> {
  const patience = new StorePatience({ world: options.world, patienceMs: firstAnswerPatienceMs });
  return onStore('open the repository’s store', () =>
    patience.retry(() => openBlobs(options), { isRetryable }),
  );
}

const openers = new Map<string, StoreOpener>();

// An engine of the blobs port like the others, so that names and ranges are checked in front of it; loaded when asked for.
for (const scheme of ['cairn', 'cairns'])
  registerBlobs(scheme, async (options) =>
    (await import('../service/client/service-blobs.ts')).openServiceBlobs(options),
  );
