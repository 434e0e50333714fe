// The claim in the query of a presigned request.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

import { ObjectStorageError } from '../../errors.ts';
import { presignedSecondsMax } from '../limits.ts';
import type { Query } from '../target/query.ts';
import { parseAmzDate } from './amz-date.ts';
import { malformedCredential, parseCredential, scopeProblem } from './credential.ts';
import type { RequestHeaders, SignatureClaim } from './signature-claim.ts';

const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** Throws AuthorizationQueryParametersError. */
export function queryClaim(
  query: Query,
  { headers, region }: { headers: RequestHeaders; region: string },
): SignatureClaim {
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') {
    throw refused('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  }
  const required = (name: string): string => {
    const value = query.get(name);
    if (value === undefined || value === '') throw refused();
    return value;
  };
  const signature = required('X-Amz-Signature');
  const signedHeadersText = required('X-Amz-SignedHeaders');
  const signedHeaders = signedHeadersText.split(';');
  const credential = parseCredential(required('X-Amz-Credential'));
  if (credential === undefined) throw refusedCredential(malformedCredential);
  const date = parseAmzDate(required('X-Amz-Date'));
  if (date === undefined) {
    throw refused(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const expiresSeconds = parseExpires(required('X-Amz-Expires'));
  const problem = scopeProblem(credential, { region, amzDate: date.text });
  if (problem !== undefined)
    throw refusedCredential(problem, problem.includes('region') ? { Region: region } : {});
  const payload =
    query.get('X-Amz-Content-Sha256') ?? signedPayload(headers, signedHeaders) ?? unsignedPayload;
  return {
    location: 'query',
    credential,
    signedHeaders,
    signedHeadersText,
    signature,
    date,
    expiresSeconds,
    payload,
  };
}

/** The header counts only when the signature covers it. */
function signedPayload(headers: RequestHeaders, signedHeaders: readonly string[]): string | undefined {
  return signedHeaders.includes('x-amz-content-sha256') ? headers['x-amz-content-sha256'] : undefined;
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw refused('X-Amz-Expires should be a number');
  const seconds = Number(text);
  if (seconds < 0) throw refused('X-Amz-Expires must be non-negative');
  if (seconds > presignedSecondsMax) {
    throw refused(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${presignedSecondsMax} seconds`,
    );
  }
  return seconds;
}

function refusedCredential(problem: string, fields: Readonly<Record<string, string>> = {}) {
  return refused(`Error parsing the X-Amz-Credential parameter; ${problem}`, fields);
}

function refused(message?: string, fields: Readonly<Record<string, string>> = {}): ObjectStorageError {
  return new ObjectStorageError('AuthorizationQueryParametersError', {
    ...(message !== undefined && { message }),
    fields,
  });
}
