// A key pair made by openssl, for tests of TLS.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@cairn/testing';

const openssl = findProgram('openssl');
export const withoutOpenssl = { skip: openssl === undefined && 'openssl is not installed' };

export type KeyPair = { readonly certificate: string; readonly key: string };

/** Self-signed, for 127.0.0.1, under a common name. */
export async function makeKeyPair(directory: string, name: string): Promise<KeyPair> {
  const files = { certificate: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
  const made = spawnSync(
    openssl!,
    [
      ...['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-days', '9', '-subj', `/CN=${name}`],
      ...['-out', files.certificate, '-keyout', files.key],
    ],
    { encoding: 'utf8' },
  );
  assert.equal(made.status, 0, made.stderr);
  return {
    certificate: await readFile(files.certificate, 'utf8'),
    key: await readFile(files.key, 'utf8'),
  };
}
