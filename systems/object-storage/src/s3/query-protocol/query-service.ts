// Whether a request is a call of AWS's Query protocol, and of which service: IAM and STS share the port with S3.
//
//   signed for `iam` or `sts`                     the credential's scope says so
//   POST / of a form (x-www-form-urlencoded)      S3 has no such request; one without a signature is refused as IAM does
//   GET /?Action=...                              likewise
//
// Asked for every request, so whatever has a path is S3's after two comparisons.

import type { QueryService } from '@cairn/identity';
import type { RequestHead } from '@cairn/service';

type Asked = Pick<RequestHead, 'method' | 'target' | 'headers'>;

/** Undefined for a request of S3. */
export function queryServiceOf(head: Asked): QueryService | undefined {
  const { target } = head;
  if (target.length > 1 && target.charCodeAt(1) !== questionMark) return undefined;
  return ofService(head);
}

const questionMark = 0x3f;

function ofService({ method, target, headers }: Asked): QueryService | undefined {
  if (method !== 'POST' && method !== 'GET') return undefined;
  const scoped = /\/(iam|sts)\/aws4_request/.exec(headers.authorization ?? '')?.[1];
  if (scoped !== undefined) return scoped === 'iam' ? 'iam' : 'sts';
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const isCall = method === 'POST' ? target === '/' && isForm : /[?&]Action=/.test(target);
  if (!isCall) return undefined;
  return target.includes('Version=2011-06-15') ? 'sts' : 'iam';
}
