// The claim in an Authorization header.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html

import { ObjectStorageError } from '../../errors.ts';
import { type AmzDate, parseAmzDate, parseDateHeader } from './amz-date.ts';
import { parseAuthorization, scheme } from './authorization-header.ts';
import { malformedCredential, scopeProblem } from './credential.ts';
import type { RequestHeaders, SignatureClaim } from './signature-claim.ts';

/** Throws AuthorizationHeaderMalformed, InvalidArgument, InvalidRequest, AccessDenied (no date). */
export function headerClaim(
  authorization: string,
  { headers, region }: { headers: RequestHeaders; region: string },
): SignatureClaim {
  if (!authorization.startsWith(`${scheme} `)) throw unsupported(authorization);
  const parameters = parseAuthorization(authorization);
  if (parameters === undefined) throw incomplete();
  const { signature } = parameters;
  const { credential, signedHeaders, signedHeadersText } = parameters.scope;
  if (credential === undefined) throw malformed(malformedCredential);
  const date = requestDate(headers);
  const problem = scopeProblem(credential, { region, amzDate: date.text });
  if (problem !== undefined) throw malformed(problem, problem.includes('region') ? { Region: region } : {});
  const payload = headers['x-amz-content-sha256'];
  if (payload === undefined) {
    throw new ObjectStorageError('InvalidRequest', {
      message: 'Missing required header for this request: x-amz-content-sha256',
    });
  }
  return {
    location: 'header',
    credential,
    signedHeaders,
    signedHeadersText,
    signature,
    date,
    expiresSeconds: undefined,
    payload,
  };
}

/** `x-amz-date` is what counts when there are both. */
function requestDate(headers: RequestHeaders): AmzDate {
  const amzDate = headers['x-amz-date'];
  const date = amzDate === undefined ? parseDateHeader(headers.date ?? '') : parseAmzDate(amzDate);
  if (date !== undefined) return date;
  throw new ObjectStorageError('AccessDenied', {
    message: 'AWS authentication requires a valid Date or x-amz-date header',
  });
}

function unsupported(authorization: string): ObjectStorageError {
  const versionTwo = authorization.startsWith('AWS ');
  const otherAlgorithm = authorization.startsWith('AWS4-');
  if (versionTwo || otherAlgorithm) return unsupportedMechanism();
  return new ObjectStorageError('InvalidArgument', {
    message: 'Unsupported Authorization Type',
    fields: { ArgumentName: 'Authorization', ArgumentValue: authorization.split(' ', 1)[0]! },
  });
}

/** For Signature V2 and for algorithms of V4 other than ours. */
export function unsupportedMechanism(): ObjectStorageError {
  return new ObjectStorageError('InvalidRequest', {
    message: `The authorization mechanism you have provided is not supported. Please use ${scheme}.`,
  });
}

function incomplete(): ObjectStorageError {
  return malformed(
    'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
  );
}

function malformed(problem: string, fields: Readonly<Record<string, string>> = {}): ObjectStorageError {
  return new ObjectStorageError('AuthorizationHeaderMalformed', {
    message: `The authorization header is malformed; ${problem}`,
    fields,
  });
}
