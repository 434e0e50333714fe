// The access control list that a request asks for in its headers: a canned one, or grants.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
//
//   x-amz-acl: public-read
//   x-amz-grant-read: id="anna", uri="http://acs.amazonaws.com/groups/global/AllUsers"      quotes may be missing

import type { Grant } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { grantsMax } from '../limits.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { type Acl, type CannedAcl, isCannedAcl, type Permission } from './acl.ts';
import { type GranteeName, granteeOf, type UserDirectory } from './grantees.ts';

export type RequestedAcl =
  | { readonly kind: 'canned'; readonly name: CannedAcl }
  | { readonly kind: 'grants'; readonly acl: Acl };

const grantHeaders: readonly (readonly [header: string, permission: Permission])[] = [
  ['x-amz-grant-read', 'READ'],
  ['x-amz-grant-write', 'WRITE'],
  ['x-amz-grant-read-acp', 'READ_ACP'],
  ['x-amz-grant-write-acp', 'WRITE_ACP'],
  ['x-amz-grant-full-control', 'FULL_CONTROL'],
];

/** Whether the request asks for a list, sound or not. */
export function asksForAcl(headers: RequestHeaders): boolean {
  return headers['x-amz-acl'] !== undefined || grantHeaders.some(([header]) => headers[header] !== undefined);
}

/** Undefined when the request asks for none. Throws InvalidArgument, InvalidRequest, UnresolvableGrantByEmailAddress. */
export async function requestedAcl(
  headers: RequestHeaders,
  users: UserDirectory,
): Promise<RequestedAcl | undefined> {
  const canned = headers['x-amz-acl'];
  const grants = grantHeaders.filter(([header]) => headers[header] !== undefined);
  if (canned === undefined && grants.length === 0) return undefined;
  if (canned === undefined) return { kind: 'grants', acl: await grantsOf(headers, users) };
  if (grants.length > 0) {
    throw new ObjectStorageError('InvalidRequest', {
      message: 'Specifying both Canned ACLs and Header Grants is not allowed',
    });
  }
  if (isCannedAcl(canned)) return { kind: 'canned', name: canned };
  throw new ObjectStorageError('InvalidArgument', {
    fields: { ArgumentName: 'x-amz-acl', ArgumentValue: canned },
  });
}

async function grantsOf(headers: RequestHeaders, users: UserDirectory): Promise<Acl> {
  const acl: Grant[] = [];
  for (const [header, permission] of grantHeaders) {
    for (const name of granteesIn(header, headers[header] ?? '')) {
      if (acl.length === grantsMax) throw invalid(header, headers[header]);
      acl.push({ grantee: await granteeOf(name, users), permission });
    }
  }
  return acl;
}

const kinds: ReadonlyMap<string, GranteeName['kind']> = new Map([
  ['id', 'id'],
  ['uri', 'group'],
  ['emailaddress', 'email'],
]);

function granteesIn(header: string, value: string): readonly GranteeName[] {
  if (value === '') return [];
  return value.split(',').map((item) => {
    const [, name = '', , quoted, bare] = /^\s*(\w+)\s*=\s*("([^"]*)"|([^"\s]+))\s*$/.exec(item) ?? [];
    const kind = kinds.get(name.toLowerCase());
    const text = quoted ?? bare;
    if (kind === undefined || text === undefined) throw invalid(header, value);
    return { kind, text };
  });
}

function invalid(header: string, value = ''): ObjectStorageError {
  return new ObjectStorageError('InvalidArgument', {
    message: 'Argument format not recognized',
    fields: { ArgumentName: header, ArgumentValue: value },
  });
}
