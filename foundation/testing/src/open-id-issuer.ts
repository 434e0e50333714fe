// An OpenID Connect provider of the test's own: it says where its keys are, shows them, and signs whatever it is asked to.

import {
  createHmac,
  generateKeyPairSync,
  type JsonWebKeyInput,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from './clean-up-after.ts';

export type IssuerKey = { readonly kid: string; readonly alg: string; readonly privateKey: KeyObject };
export type Claims = Readonly<Record<string, unknown>>;

export type OpenIdIssuer = {
  /** As tokens name it; a provider's URL. */
  readonly url: string;
  readonly port: number;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Those that are shown, of which the last one signs. */
  keys: readonly IssuerKey[];
  /** Answers instead of the issuer where it says true. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** A token for `audience`, good for an hour from `nowMs`; `claims` replace, and undefined leaves out. */
  token(claims?: Claims, options?: { key?: IssuerKey; header?: Claims; nowMs?: number }): string;
  close(): Promise<void>;
};

export const audience = 'my-client';

export type IssuerOptions = {
  /** A free one unless given. */
  readonly port?: number;
  readonly path?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Of the URL; the server listens on loopback all the same. */
  readonly host?: string;
};

export async function startOpenIdIssuer(
  test: TestContext,
  { port = 0, path = '', tls, host = 'localhost' }: IssuerOptions = {},
): Promise<OpenIdIssuer> {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? '');
    if (issuer.instead?.(request, response) === true) return;
    if (request.url === `${path}/.well-known/openid-configuration`)
      response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/certs` }));
    else if (request.url === `${path}/certs`)
      response.end(JSON.stringify({ keys: issuer.keys.map(shownKey) }));
    else response.writeHead(404).end();
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  test.after(close);
  const { port: own } = server.address() as AddressInfo;
  const issuer: OpenIdIssuer = {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${own}${path}`,
    port: own,
    asked,
    keys: [rsaKey('first')],
    instead: undefined,
    token: (claims = {}, { key = issuer.keys.at(-1)!, header = {}, nowMs = Date.now() } = {}) => {
      const now = Math.floor(nowMs / 1_000);
      const standard = { iss: issuer.url, sub: 'anna', aud: audience, iat: now, exp: now + 3_600 };
      return signToken({ ...standard, ...claims }, { key, header });
    },
    close,
  };
  return issuer;
}

export function rsaKey(kid: string, alg = 'RS256', modulusLength = 2_048): IssuerKey {
  return { kid, alg, privateKey: generateKeyPairSync('rsa', { modulusLength }).privateKey };
}

export function ecKey(kid: string, alg: 'ES256' | 'ES384' | 'ES512'): IssuerKey {
  const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg];
  return { kid, alg, privateKey: generateKeyPairSync('ec', { namedCurve }).privateKey };
}

/** Signs as the header says: `none` and HMACs, with the key's text as their secret, among it. */
export function signToken(claims: Claims, { key, header = {} }: { key: IssuerKey; header?: Claims }): string {
  const head = { alg: key.alg, kid: key.kid, typ: 'JWT', ...header };
  const signed = `${base64url(head)}.${base64url(claims)}`;
  return `${signed}.${signatureOf(signed, String(head.alg), key.privateKey)}`;
}

export function shownKey({ kid, alg, privateKey }: IssuerKey): Claims {
  const { kty, n, e, crv, x, y } = privateKey.export({ format: 'jwk' }) as JsonWebKeyInput['key'];
  return { kid, alg, use: 'sig', kty, n, e, crv, x, y };
}

function signatureOf(signed: string, alg: string, key: KeyObject): string {
  const hash = `sha${alg.slice(2)}`;
  const data = Buffer.from(signed);
  if (alg === 'none') return '';
  if (alg.startsWith('HS')) {
    const secret = key.type === 'secret' ? key.export() : key.export({ format: 'pem', type: 'pkcs8' });
    return createHmac(hash, secret).update(data).digest('base64url');
  }
  const more: Partial<SignKeyObjectInput> = alg.startsWith('PS') ? { padding: 6, saltLength: -1 } : {};
  return sign(hash, data, { key, dsaEncoding: 'ieee-p1363', ...more }).toString('base64url');
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
