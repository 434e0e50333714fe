// A URL in, blobs out. Foreign engines are known here and loaded when they are first asked for; a system that owns an
// engine (`local:`) registers it.

import assert from 'node:assert/strict';
import type { Blobs } from './blobs.ts';
import { BlobsError } from './blobs-error.ts';
import type { BlobsOpener, OpenBlobsOptions } from './blobs-opener.ts';
import { CheckedBlobs } from './checked-blobs.ts';

/** Opens the blobs at a URL. Fails with `invalid-url`, or with what the place says (`denied`, `no-bucket` ...). */
export async function openBlobs(options: OpenBlobsOptions): Promise<Blobs> {
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(options.url)?.[1];
  const opener = scheme === undefined ? undefined : openers.get(scheme);
  if (opener === undefined) {
    const known = [...openers.keys()].map((name) => `${name}:`).join(' ');
    const found = scheme === undefined ? 'it has no scheme' : `nothing opens ${scheme}:`;
    throw new BlobsError('invalid-url', { attempted: 'open blobs', detail: `${found}, only ${known}` });
  }
  return new CheckedBlobs(await opener(options));
}

/** Adds an engine of a system under its own scheme, once, when the process starts. */
export function registerBlobs(scheme: string, opener: BlobsOpener): void {
  assert(/^[a-z][a-z0-9+.-]*$/.test(scheme), `a scheme is lower case without its colon, not ${scheme}`);
  assert(!openers.has(scheme), `blobs have an engine for ${scheme}: already`);
  openers.set(scheme, opener);
}

const openFolder: BlobsOpener = async (options) =>
  (await import('./folder/folder-blobs.ts')).openFolderBlobs(options);
const openS3: BlobsOpener = async (options) => (await import('./s3/open-s3-blobs.ts')).openS3Blobs(options);
const openSftp: BlobsOpener = async (options) =>
  (await import('./sftp/sftp-blobs.ts')).openSftpBlobs(options);

const openers = new Map<string, BlobsOpener>([
  ['file', openFolder],
  ['s3', openS3],
  ['http', openS3],
  ['https', openS3],
  ['sftp', openSftp],
]);
