// Requests that claim anything: valid ones that were damaged in headers, query or path, and the right words in the wrong
// places. They are verified, anonymous, or refused with an error of the table; nobody gets in by damage.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { SeededRandom } from '@cairn/world/simulated';
import { ObjectStorageError } from '../../errors.ts';
import { parseRequestTarget } from '../target/request-target.ts';
import { authenticate } from './authenticate.ts';
import { SigningKeys } from './signing-keys.ts';

const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const principal = { type: 'user', name: 'u', arn: 'arn', accessKeyId } as const;
const region = 'us-east-1';
const nowMs = Date.UTC(2026, 0, 1);
const date = '20260101T000000Z';
const scope = `20260101/${region}/s3/aws4_request`;

type Sent = { method: string; target: string; headers: Record<string, string> };

export type FuzzReport = { readonly verified: number; readonly anonymous: number; readonly refused: number };

export async function fuzzAuthenticate({
  rounds,
  seed,
}: {
  rounds: number;
  seed: number;
}): Promise<FuzzReport> {
  const random = new SeededRandom(seed);
  const report = { verified: 0, anonymous: 0, refused: 0 };
  for (let round = 0; round < rounds; round++) {
    const sent = random.integer(2) === 0 ? signedInHeader(random) : presigned(random);
    assert.equal(await outcomeOf(sent), 'verified', `seed ${seed}, round ${round}: ${JSON.stringify(sent)}`);
    const changed = damaged(sent, random);
    const outcome = await outcomeOf(changed);
    report[outcome] += 1;
    // What means the same may be written in several ways; these are compared by their meaning.
    const stranger = outcome === 'verified' && meaningOf(changed) !== meaningOf(sent);
    assert(!stranger, `seed ${seed}, round ${round}: ${JSON.stringify(changed)}`);
  }
  return report;
}

async function outcomeOf({ method, target, headers }: Sent): Promise<keyof FuzzReport> {
  try {
    const request = { method, target: parseRequestTarget(target), headers };
    const authenticated = await authenticate(request, {
      identity: {
        findSession: () => 'InvalidToken',
        findAccessKey: (id) => (id === accessKeyId ? { secret, principal, active: true } : undefined),
      },
      signingKeys: new SigningKeys(),
      clock: { nowMs: () => nowMs },
      region,
    });
    return authenticated.principal === principal ? 'verified' : 'anonymous';
  } catch (error) {
    if (error instanceof ObjectStorageError && error.status < 500) return 'refused';
    throw error;
  }
}

/** Signed as a client would: an implementation that shares nothing with the one under test. */
function signedInHeader(random: SeededRandom): Sent {
  const method = pick(['GET', 'PUT'], random);
  const path = pick(['/b/k', '/b/a%20b/%C3%BC', '/b//x/../y', '/'], random);
  const query = pick(['', 'a=1&b=%2F', 'prefix='], random);
  const signed = { host: 'h:9000', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-date': date };
  const signature = sign([method, path, query, ...headerLines(signed), 'UNSIGNED-PAYLOAD']);
  const names = Object.keys(signed).join(';');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { method, target: query === '' ? path : `${path}?${query}`, headers: { ...signed, authorization } };
}

function presigned(random: SeededRandom): Sent {
  const path = pick(['/b/k', '/b/a%20b'], random);
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${date}`,
    'X-Amz-Expires=60',
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const signature = sign(['GET', path, query, ...headerLines({ host: 'h' }), 'UNSIGNED-PAYLOAD']);
  return { method: 'GET', target: `${path}?${query}&X-Amz-Signature=${signature}`, headers: { host: 'h' } };
}

function headerLines(headers: Record<string, string>): string[] {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  return [...lines, '', Object.keys(headers).join(';')];
}

function sign(canonical: readonly string[]): string {
  const digest = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const text = ['AWS4-HMAC-SHA256', date, scope, digest].join('\n');
  const hmac = (key: string | Buffer, part: string) => createHmac('sha256', key).update(part).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, text).toString('hex');
}

const words = [
  '',
  '=',
  ',',
  '/',
  '&',
  '%',
  '%2F',
  ';',
  ' ',
  '\n',
  'AWS4-HMAC-SHA256',
  'Credential=',
  'X-Amz-Date=',
  '0',
  'é',
  '__proto__',
  date,
  scope,
  accessKeyId,
];

function damaged({ method, target, headers }: Sent, random: SeededRandom): Sent {
  const names = Object.keys(headers);
  const place = random.integer(names.length + 2);
  if (place === names.length) return { method, target: damagedText(target, random), headers };
  if (place > names.length) return { method: pick(['GET', 'PUT', 'HEAD', ''], random), target, headers };
  const name = names[place]!;
  const { [name]: value, ...others } = headers;
  if (random.integer(5) === 0) return { method, target, headers: others };
  return { method, target, headers: { ...others, [name]: damagedText(value!, random) } };
}

function damagedText(text: string, random: SeededRandom): string {
  const start = random.integer(text.length + 1);
  const end = start + random.integer(8);
  return text.slice(0, start) + pick(words, random) + text.slice(end);
}

function meaningOf({ method, target, headers }: Sent): string {
  const { authorization = '', ...others } = headers;
  const { path, query } = parseRequestTarget(target);
  const claim = lowerCaseSignature(authorization).replace(/\s/g, '').split(',').toSorted();
  const sent = Object.entries(others).map(([name, value]) => [name, value.replace(/\s+/g, ' ')]);
  return JSON.stringify([method, path, lowerCaseSignature(query.canonical()), claim, sent.toSorted()]);
}

function lowerCaseSignature(text: string): string {
  return text.replace(/Signature=\w*/, (signature) => signature.toLowerCase());
}

function pick<Item>(items: readonly Item[], random: SeededRandom): Item {
  return items[random.integer(items.length)]!;
}
