// Headers of CreateMultipartUpload that say what the object will be, and that policies ask about. They are kept with the
// upload: a policy that wants them of every PutObject means the upload's when a part is put or the upload completed, as at
// Amazon, where parts do not carry them. Keys of encryption are none of them: they are secrets, and kept nowhere.

import type { RequestHeaders } from '../signature/signature-claim.ts';

const settledHeaders = [
  'x-amz-acl',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-object-lock-legal-hold',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-tagging',
  'x-amz-website-redirect-location',
] as const;

export type SettledHeaders = Readonly<Record<string, string>>;

/** Undefined for a request that has none. */
export function settledIn(headers: RequestHeaders): SettledHeaders | undefined {
  const settled: Record<string, string> = {};
  for (const name of settledHeaders) {
    const value = headers[name];
    if (value !== undefined) settled[name] = value;
  }
  return Object.keys(settled).length === 0 ? undefined : settled;
}

/** What else a request says. */
export function withoutSettled(headers: RequestHeaders): RequestHeaders {
  const names: ReadonlySet<string> = new Set(settledHeaders);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name)));
}

/** Whether a condition key, in lower case, is about one of them. */
export function asksForSettled(key: string): boolean {
  return (
    /^s3:(?:object-lock-|requestobjecttag)/.test(key) ||
    settledHeaders.some((header) => key === `s3:${header}`)
  );
}
