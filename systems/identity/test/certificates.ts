// Certificates made by openssl, for tests of whose are trusted.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@cairn/testing';

const openssl = findProgram('openssl');
export const withoutOpenssl = { skip: openssl === undefined && 'openssl is not installed' };

export type Certificate = { readonly name: string; readonly key: string; readonly cert: string };

/** Makes certificates in a folder: authorities, which sign themselves, and servers, which an authority signs. */
export function certificatesIn(directory: string) {
  const file = (name: string) => join(directory, name);
  const read = async (name: string): Promise<Certificate> => ({
    ...{
      name,
      key: await readFile(file(`${name}.key`), 'utf8'),
      cert: await readFile(file(`${name}.pem`), 'utf8'),
    },
  });
  const run = (args: readonly string[]): void => {
    const made = spawnSync(openssl!, args, { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
  };
  const ec = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = (name: string) => [
    '-out',
    file(`${name}.pem`),
    '-keyout',
    file(`${name}.key`),
    '-subj',
    `/CN=${name}`,
  ];
  return {
    async authority(name: string): Promise<Certificate> {
      run(['req', '-x509', ...ec, '-days', '9', ...files(name)]);
      return read(name);
    },
    async server(
      name: string,
      { by, host = 'localhost' }: { by: Certificate; host?: string },
    ): Promise<Certificate> {
      const signer = ['-CA', file(`${by.name}.pem`), '-CAkey', file(`${by.name}.key`), '-days', '9'];
      const extensions = [`subjectAltName=DNS:${host}`, 'basicConstraints=critical,CA:FALSE'];
      const added = extensions.flatMap((extension) => ['-addext', extension]);
      run(['req', '-x509', ...ec, ...signer, ...added, ...files(name)]);
      return read(name);
    },
  };
}

export function thumbprintOf({ cert }: Certificate): string {
  return new X509Certificate(cert).fingerprint.replaceAll(':', '').toLowerCase();
}
