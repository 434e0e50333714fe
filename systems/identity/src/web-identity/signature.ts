// Signatures of JSON Web Tokens (RFC 7518, 3.3 to 3.5): which algorithms are taken, and with which keys.
//
//   RS256 RS384 RS512    RSA, PKCS #1 v1.5          2,048 to 8,192 bits
//   PS256 PS384 PS512    RSA, PSS                   likewise; salt as long as the hash
//   ES256 ES384 ES512    ECDSA on P-256 P-384 P-521
//
// `none` and the HMACs (HS256 ...) are not in the table: whoever knows a public key could sign with them. An algorithm
// goes with one kind of key, so a key is never used for what it was not made for.

import assert from 'node:assert/strict';
import { constants, type KeyObject, verify } from 'node:crypto';
import { rsaModulusBitsMax, rsaModulusBitsMin } from '../limits.ts';

type Algorithm =
  | { readonly hash: string; readonly key: 'rsa'; readonly padding: number }
  | { readonly hash: string; readonly key: 'ec'; readonly curve: string };

const pkcs1 = (hash: string) => ({ hash, key: 'rsa', padding: constants.RSA_PKCS1_PADDING }) as const;
const pss = (hash: string) => ({ hash, key: 'rsa', padding: constants.RSA_PKCS1_PSS_PADDING }) as const;
const ecdsa = (hash: string, curve: string) => ({ hash, key: 'ec', curve }) as const;

const algorithms: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ['RS256', pkcs1('sha256')],
  ['RS384', pkcs1('sha384')],
  ['RS512', pkcs1('sha512')],
  ['PS256', pss('sha256')],
  ['PS384', pss('sha384')],
  ['PS512', pss('sha512')],
  ['ES256', ecdsa('sha256', 'prime256v1')],
  ['ES384', ecdsa('sha384', 'secp384r1')],
  ['ES512', ecdsa('sha512', 'secp521r1')],
]);

export function isKnownAlgorithm(name: string): boolean {
  return algorithms.has(name);
}

/** Whether the key is of the kind and size that the algorithm goes with. */
export function fits(key: KeyObject, name: string): boolean {
  const algorithm = algorithms.get(name);
  if (algorithm === undefined || key.type !== 'public' || key.asymmetricKeyType !== algorithm.key)
    return false;
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (algorithm.key === 'ec') return namedCurve === algorithm.curve;
  return modulusLength >= rsaModulusBitsMin && modulusLength <= rsaModulusBitsMax;
}

/** The key has to fit the algorithm. */
export function isSignedBy(
  key: KeyObject,
  { algorithm: name, signed, signature }: { algorithm: string; signed: string; signature: Uint8Array },
): boolean {
  const algorithm = algorithms.get(name);
  assert(algorithm !== undefined && fits(key, name), `a key of another kind than ${name} goes with`);
  const data = Buffer.from(signed, 'latin1');
  if (algorithm.key === 'ec')
    return verify(algorithm.hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature);
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return verify(algorithm.hash, data, { key, padding: algorithm.padding, saltLength }, signature);
}
