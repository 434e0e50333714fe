// Key pairs made by openssl for the tests of TLS.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '@cairn/testing';

export const openssl = findProgram('openssl');
export const withoutOpenssl = { skip: openssl === undefined && 'openssl is not installed' };

export type KeyPair = { readonly certificate: string; readonly key: string };

/** A self-signed certificate for 127.0.0.1 with its key, as files `<name>.pem` and `<name>.key`. */
export async function makeKeyPair(directory: string, name: string, days = 90) {
  const files = {
    certificate: path.join(directory, `${name}.pem`),
    key: path.join(directory, `${name}.key`),
  };
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -addext subjectAltName=IP:127.0.0.1';
  const output = [
    '-days',
    String(days),
    '-subj',
    `/CN=${name}`,
    '-out',
    files.certificate,
    '-keyout',
    files.key,
  ];
  const made = spawnSync(openssl!, [...request.split(' '), ...output], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const [certificate, key] = await Promise.all([
    readFile(files.certificate, 'utf8'),
    readFile(files.key, 'utf8'),
  ]);
  return { files, certificate, key };
}

/** Replaces a file as certificate tools do. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
