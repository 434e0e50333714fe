// A repository URL in, blobs out:
//
//   file:PATH, or a bare path                a folder, also on a network share
//   s3://BUCKET[/PREFIX]                     AWS, or the endpoint in AWS_ENDPOINT_URL
//   http(s)://HOST[:PORT]/BUCKET[/PREFIX]    any S3
//   sftp://USER@HOST[:PORT]/PATH             OpenSSH
//   cairn(s)://HOST[:PORT]/REPOSITORY        Cairn's backup service
//
// Credentials never lie in URLs and are never repeated: a URL with a password is refused before anybody sees it.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { type Blobs, type BlobsCredentials, openBlobs, registerBlobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { onStore } from '../core/store/store-error.ts';
import { BackupError } from '../errors.ts';

export type OpenStoreOptions = {
  readonly url: string;
  readonly world: World;
  /** For S3 and the service; without them the environment's. */
  readonly credentials?: BlobsCredentials;
  /** Refuses a folder that is not there, or empty, with `no-repository`, and does not make it. */
  readonly mustExist?: boolean;
};

export type StoreOpener = (options: OpenStoreOptions) => Promise<Blobs>;

/** Throws `invalid-url`, `no-repository`, `denied`, `store`. */
export async function openStore(options: OpenStoreOptions): Promise<Blobs> {
  const { scheme, url } = parseStoreUrl(options.url);
  const open = openers.get(scheme) ?? openAsBlobs;
  if (scheme === 'file' && options.mustExist) await checkFolder(url, options.world);
  return open({ ...options, url });
}

/** Adds a kind of store under its own scheme, once, when the process starts. */
export function registerStore(scheme: string, opener: StoreOpener): void {
  assert(/^[a-z][a-z0-9+.-]*$/.test(scheme), `a scheme is lower case without its colon, not ${scheme}`);
  assert(!openers.has(scheme), `there is a store for ${scheme}: already`);
  openers.set(scheme, opener);
}

/** The scheme, and the URL as an engine takes it: a bare path becomes `file:PATH`. Throws `invalid-url`. */
export function parseStoreUrl(text: string): { readonly scheme: string; readonly url: string } {
  const attempted = 'open a repository';
  if (text === '') throw new BackupError('invalid-url', { attempted, detail: 'it is empty' });
  if (/^[^/]+:\/\/[^/]*:[^/]*@/.test(text)) {
    const detail = 'it holds a password, which belongs into the environment, a file or a profile';
    throw new BackupError('invalid-url', { attempted, detail });
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return { scheme: 'file', url: `file:${text}` };
  return { scheme, url: `${scheme}${text.slice(scheme.length)}` };
}

async function openAsBlobs(options: OpenStoreOptions): Promise<Blobs> {
  return onStore('open the repository’s store', () => openBlobs(options));
}

const openers = new Map<string, StoreOpener>();

// An engine of the blobs port like the others, so that names and ranges are checked in front of it; loaded when asked for.
for (const scheme of ['cairn', 'cairns'])
  registerBlobs(scheme, async (options) =>
    (await import('../service/client/service-blobs.ts')).openServiceBlobs(options),
  );

/** Whether reading it again costs no network: then a cache is of no use. Throws `invalid-url`. */
export function isLocalStore(url: string): boolean {
  return parseStoreUrl(url).scheme === 'file';
}

/** The engine makes the folder: a mistyped path would leave one behind. */
async function checkFolder(url: string, world: World): Promise<void> {
  const path = url.startsWith('file://') ? pathOf(url) : url.slice('file:'.length);
  if (path !== '' && (await world.disk.list(path)).length > 0) return;
  throw new BackupError('no-repository', { attempted: 'open a repository', detail: path });
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const detail = (cause as Error).message;
    throw new BackupError('invalid-url', { attempted: 'open a repository', detail, cause });
  }
}
