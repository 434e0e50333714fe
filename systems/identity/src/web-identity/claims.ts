// The claims of a web identity token: whom it is about, whom it is for, and how long it is good.
// OpenID Connect Core 1.0, section 2; RFC 7519, section 4.1.

import { IdentityError } from '../errors.ts';
import { audiencesPerTokenMax, subjectCharactersMax, webTokenSkewMs } from '../limits.ts';
import { invalidToken } from './invalid-token.ts';
import { type SessionTags, sessionTagsOf } from './session-tags.ts';

export type WebIdentityClaims = {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  /** Whom it was given to. */
  readonly authorizedParty: string | undefined;
  /** How they logged in. */
  readonly methods: readonly string[];
  readonly tags: SessionTags;
};

type Claims = Readonly<Record<string, unknown>>;

/** Throws InvalidIdentityToken, ExpiredTokenException. */
export function readClaims(claims: Claims, { nowMs }: { nowMs: number }): WebIdentityClaims {
  const issuer = required(claims, 'iss');
  const subject = required(claims, 'sub');
  if (subject.length > subjectCharactersMax)
    throw invalidToken(`has a subject of more than ${subjectCharactersMax} characters`);
  requireTime(claims, nowMs);
  if (claims['https://aws.amazon.com/source_identity'] !== undefined)
    throw invalidToken('has a source identity, which is not supported');
  return {
    issuer,
    subject,
    audiences: audiencesOf(claims),
    authorizedParty: optionalText(claims, 'azp'),
    methods: optionalTexts(claims, 'amr'),
    tags: sessionTagsOf(claims),
  };
}

/** Clocks may differ by five minutes, as at AWS. */
function requireTime(claims: Claims, nowMs: number): void {
  const [expiresMs, issuedMs] = [timeOf(claims, 'exp'), timeOf(claims, 'iat')];
  const notBeforeMs = claims.nbf === undefined ? issuedMs : timeOf(claims, 'nbf');
  if (nowMs >= expiresMs + webTokenSkewMs)
    throw new IdentityError(
      'ExpiredTokenException',
      `Token expired: current date/time ${Math.floor(nowMs / 1_000)} must be before the expiration date/time ${expiresMs / 1_000}`,
    );
  if (Math.max(issuedMs, notBeforeMs) > nowMs + webTokenSkewMs) throw invalidToken('is not yet valid');
}

function timeOf(claims: Claims, name: string): number {
  const seconds = claims[name];
  if (seconds === undefined) throw invalidToken(`has no claim ${name}`);
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0) return seconds * 1_000;
  throw invalidToken(`has a claim ${name} that is no time`);
}

function required(claims: Claims, name: string): string {
  const value = optionalText(claims, name);
  if (value === undefined || value === '') throw invalidToken(`has no claim ${name}`);
  return value;
}

function optionalText(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidToken(`has a claim ${name} that is no text`);
}

function optionalTexts(claims: Claims, name: string): readonly string[] {
  const value = claims[name] ?? [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.every((each) => typeof each === 'string')) return values;
  throw invalidToken(`has a claim ${name} that is neither text nor a list of texts`);
}

function audiencesOf(claims: Claims): readonly string[] {
  const audiences = optionalTexts(claims, 'aud');
  if (audiences.length === 0) throw invalidToken('has no claim aud');
  if (audiences.length <= audiencesPerTokenMax) return audiences;
  throw invalidToken(`is for more than ${audiencesPerTokenMax} audiences`);
}
