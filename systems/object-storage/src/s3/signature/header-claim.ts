// The claim in an Authorization header.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
//
//   authorization = "AWS4-HMAC-SHA256 " "Credential=" credential "," "SignedHeaders=" name *(";" name) "," "Signature=" hex
//                   in any order, with or without blanks behind the commas

import { ObjectStorageError } from '../../errors.ts';
import { type AmzDate, parseAmzDate, parseDateHeader } from './amz-date.ts';
import { malformedCredential, parseCredential, scopeProblem } from './credential.ts';
import type { RequestHeaders, SignatureClaim } from './signature-claim.ts';

const scheme = 'AWS4-HMAC-SHA256';

/** Throws AuthorizationHeaderMalformed, InvalidArgument, InvalidRequest, AccessDenied (no date). */
export function headerClaim(
  authorization: string,
  { headers, region }: { headers: RequestHeaders; region: string },
): SignatureClaim {
  const parameters = parseParameters(authorization);
  const credential = parseCredential(parameters.Credential);
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
    signedHeaders: parameters.SignedHeaders.split(';'),
    signature: parameters.Signature,
    date,
    expiresSeconds: undefined,
    payload,
  };
}

type Parameters = { Credential: string; SignedHeaders: string; Signature: string };

function parseParameters(authorization: string): Parameters {
  if (!authorization.startsWith(`${scheme} `)) throw unsupported(authorization);
  const found: Record<string, string> = {};
  for (const parameter of authorization.slice(scheme.length).split(',')) {
    const at = parameter.indexOf('=');
    const name = parameter.slice(0, Math.max(at, 0)).trimStart();
    if (Object.hasOwn(found, name)) throw incomplete();
    found[name] = parameter.slice(at + 1).trimEnd();
  }
  const { Credential, SignedHeaders, Signature, ...others } = found;
  const given = Credential && SignedHeaders && Signature;
  if (!given || Object.keys(others).length > 0) throw incomplete();
  return { Credential, SignedHeaders, Signature };
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
