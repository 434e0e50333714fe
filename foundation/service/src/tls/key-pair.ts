// A certificate with its private key as read from PEM files: read, checked to belong together, and how long valid.

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { reasonOf, UnusableStart } from '../unusable-start.ts';

export type KeyPairFiles = {
  /** PEM file of the certificate, its chain behind it. */
  readonly certificate: string;
  /** PEM file of the private key, not encrypted. */
  readonly key: string;
};

export type KeyPair = { readonly certificate: string; readonly key: string };

/** Reads both files. Fails with UnusableStart `tls-unusable` that names the file or says what does not fit. */
export async function readKeyPair(files: KeyPairFiles): Promise<KeyPair> {
  const [certificate, key] = await Promise.all([
    readPem('tls.certificate', files.certificate),
    readPem('tls.key', files.key),
  ]);
  try {
    createSecureContext({ cert: certificate, key });
  } catch (error) {
    const what = `use certificate ${files.certificate} with key ${files.key}`;
    throw unusable(what, error, '; wanted is a PEM certificate and its own private key');
  }
  return { certificate, key };
}

/** When the first certificate of the chain ends, in milliseconds since the epoch. */
export function validUntilMs(pair: KeyPair): number {
  return Date.parse(new X509Certificate(pair.certificate).validTo);
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(`read ${setting} ${path}`, error);
  }
}

function unusable(attempt: string, cause: unknown, wanted = ''): UnusableStart {
  return new UnusableStart('tls-unusable', `could not ${attempt}: ${reasonOf(cause)}${wanted}`, { cause });
}
