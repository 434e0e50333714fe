// The messages of SCRAM (RFC 5802, with RFC 7677's SHA-256), as a server reads and writes them. Pure.
//
//   client-first  = gs2-header bare        gs2-header = ("n" / "y") "," [ "a=" authzid ] ","
//   bare          = "n=" user ",r=" nonce [ "," extensions ]
//   server-first  = "r=" nonce server-nonce ",s=" salt ",i=" iterations
//   client-final  = "c=" base64(gs2-header) ",r=" nonce server-nonce [ "," extensions ] ",p=" proof
//   server-final  = "v=" signature
//
// Channel binding ("p=") is not offered, as by Kafka. The extension `tokenauth` of Kafka is ignored: there are no tokens.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const scramHashes = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
} as const;
export type ScramMechanism = keyof typeof scramHashes;

export type ClientFirst = {
  readonly gs2Header: string;
  readonly bare: string;
  readonly user: string;
  /** Whom the client wants to be; only itself is allowed. */
  readonly authorizationId: string | undefined;
  readonly nonce: string;
};

export type ClientFinal = {
  readonly channelBinding: string;
  readonly nonce: string;
  readonly proof: Buffer;
  readonly withoutProof: string;
};

/** Undefined when it is none. */
export function parseClientFirst(text: string): ClientFirst | undefined {
  const match = /^([ny],(?:a=([^,]*))?,)(n=([^,]*),r=([^,]+)(?:,.*)?)$/s.exec(text);
  if (match === null) return undefined;
  const [, gs2Header = '', authorization, bare = '', saslName = '', nonce = ''] = match;
  const user = unescaped(saslName);
  const authorizationId = authorization === undefined ? undefined : unescaped(authorization);
  if (user === undefined || user === '' || !/^[!-~]+$/.test(nonce)) return undefined;
  if (authorization !== undefined && authorizationId === undefined) return undefined;
  return { gs2Header, bare, user, authorizationId, nonce };
}

/** Undefined when it is none. */
export function parseClientFinal(text: string): ClientFinal | undefined {
  const match = /^(c=([^,]*),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/]+=*)$/s.exec(text);
  if (match === null) return undefined;
  const [, withoutProof = '', channelBinding = '', nonce = '', proof = ''] = match;
  return { withoutProof, channelBinding, nonce, proof: Buffer.from(proof, 'base64') };
}

/** `=2C` is a comma, `=3D` an equals sign; no other `=` may be there. */
function unescaped(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

/** Whether the proof shows that the client has the salted password, and if so what shows the client that we have it. */
export function serverSignature(
  mechanism: ScramMechanism,
  { saltedPassword, authMessage, proof }: { saltedPassword: Buffer; authMessage: string; proof: Buffer },
): Buffer | undefined {
  const { name, bytes } = scramHashes[mechanism];
  const hmac = (key: Buffer, text: string) => createHmac(name, key).update(text).digest();
  if (proof.length !== bytes) return undefined;
  const clientKey = hmac(saltedPassword, 'Client Key');
  const storedKey = createHash(name).update(clientKey).digest();
  const signature = hmac(storedKey, authMessage);
  const shown = Buffer.from(proof.map((byte, index) => byte ^ signature[index]!));
  const isProved = timingSafeEqual(createHash(name).update(shown).digest(), storedKey);
  return isProved ? hmac(hmac(saltedPassword, 'Server Key'), authMessage) : undefined;
}
