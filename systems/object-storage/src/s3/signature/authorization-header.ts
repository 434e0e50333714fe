// The parameters of an Authorization header, taken apart.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
//
//   authorization = "AWS4-HMAC-SHA256 " "Credential=" credential "," "SignedHeaders=" name *(";" name) "," "Signature=" hex
//                   in any order, with or without blanks behind the commas
//
// All but the signature is the same in every request of a client of one form on one day, so what it says is remembered.

import { authorizationsMax, rememberedAuthorizationBytesMax } from '../limits.ts';
import { type Credential, parseCredential } from './credential.ts';

export const scheme = 'AWS4-HMAC-SHA256';

export type AuthorizationParameters = {
  readonly scope: SignedScope;
  readonly signature: string;
};

/** What was signed with, and over which headers. */
export type SignedScope = {
  /** Undefined when it is none. */
  readonly credential: Credential | undefined;
  readonly signedHeaders: readonly string[];
  readonly signedHeadersText: string;
};

type Remembered = { readonly before: string; readonly scope: SignedScope };

/** By all that stands before the signature. */
const remembered = new Map<string, Remembered>();
/** The one that was found last: to compare with it costs less than to look for it. */
let last: Remembered | undefined;
const signatureParameter = 'Signature=';

/** Of a header that begins with the scheme and a blank. Undefined when a parameter is missing, unknown, or comes twice. */
export function parseAuthorization(header: string): AuthorizationParameters | undefined {
  const at = header.lastIndexOf(signatureParameter);
  const before = header.slice(0, Math.max(at, 0));
  const signature = header.slice(at + signatureParameter.length);
  const scope = scopeBefore(before);
  if (scope !== undefined && signature !== '' && !signature.includes(',')) return { scope, signature };
  // A copy: what is remembered would keep the whole head of the request that it is a slice of.
  const parsed = parseParameters(Buffer.from(header, 'latin1').toString('latin1'));
  if (parsed?.scope.credential !== undefined && parsed.signature === signature)
    remember(before, parsed.scope);
  return parsed;
}

function scopeBefore(before: string): SignedScope | undefined {
  if (last?.before === before) return last.scope;
  const found = remembered.get(before);
  if (found === undefined) return undefined;
  last = found;
  return found.scope;
}

function remember(before: string, scope: SignedScope): void {
  if (before.length > rememberedAuthorizationBytesMax) return;
  if (remembered.size >= authorizationsMax) remembered.clear();
  const copy = Buffer.from(before, 'latin1').toString('latin1');
  remembered.set(copy, { before: copy, scope });
}

function parseParameters(header: string): AuthorizationParameters | undefined {
  const found = new Map<string, string>();
  for (const parameter of header.slice(scheme.length).split(',')) {
    const at = parameter.indexOf('=');
    const name = parameter.slice(0, Math.max(at, 0)).trimStart();
    if (found.has(name)) return undefined;
    found.set(name, parameter.slice(at + 1).trimEnd());
  }
  const credential = found.get('Credential');
  const signedHeadersText = found.get('SignedHeaders');
  const signature = found.get('Signature');
  if (!credential || !signedHeadersText || !signature || found.size !== 3) return undefined;
  const signedHeaders = signedHeadersText.split(';');
  return { scope: { credential: parseCredential(credential), signedHeaders, signedHeadersText }, signature };
}
