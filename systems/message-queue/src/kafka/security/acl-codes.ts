// The numbers of ACLs in Kafka's protocol, and what of them can be stored.

import { isIP } from 'node:net';
import type { AclRow } from '../../metadata/acls.ts';
import { type Operation, operationCodes, type ResourceType, resourceTypes } from './operations.ts';

export const any = 1;
export const patternTypes = { match: 2, literal: 3, prefixed: 4 } as const;
export const permissions = { deny: 2, allow: 3 } as const;
/** Every operation of a resource. */
export const allOperations = 2;
const clusterName = 'kafka-cluster';

const userNames = /^[\w+=,.@-]{1,64}$/;
/** As Kafka has them: an ACL may name who is no user, and never can be one of identity's. */
const principals = /^User:[^\0]{1,255}$/s;

export function resourceTypeOf(code: number): ResourceType | undefined {
  return (Object.keys(resourceTypes) as ResourceType[]).find((type) => resourceTypes[type].code === code);
}

export function operationOf(code: number): Operation | undefined {
  return (Object.keys(operationCodes) as Operation[]).find((operation) => operationCodes[operation] === code);
}

/** The user that an ACL is about; `*` is everyone. Undefined: nobody can have that name, so it allows and denies nothing. */
export function userOf(principal: string): string | undefined {
  const name = principal.startsWith('User:') ? principal.slice('User:'.length) : '';
  return name === '*' || userNames.test(name) ? name : undefined;
}

/** Why a binding cannot be made; undefined when it can. */
export function faultOfAcl(acl: AclRow): string | undefined {
  const type = resourceTypeOf(acl.resource_type);
  if (type === undefined) return `resources of type ${acl.resource_type} have no ACLs`;
  if (acl.resource_name === '' || acl.resource_name.includes('\0'))
    return 'the name of the resource is invalid';
  if (type === 'cluster' && acl.resource_name !== clusterName) return `the cluster is called ${clusterName}`;
  if (acl.pattern_type !== patternTypes.literal && acl.pattern_type !== patternTypes.prefixed)
    return 'the pattern has to be literal or prefixed';
  if (!principals.test(acl.principal))
    return `'${acl.principal}' is no principal; wanted is User:NAME, or User:* for everyone`;
  if (acl.host !== '*' && !isAddressOrRange(acl.host)) return `'${acl.host}' is no address`;
  if (acl.operation !== allOperations && operationOf(acl.operation) === undefined)
    return `there is no operation ${acl.operation}`;
  if (acl.permission !== permissions.allow && acl.permission !== permissions.deny)
    return 'the permission has to be allow or deny';
  return undefined;
}

function isAddressOrRange(host: string): boolean {
  const [, address = '', prefix = '0'] = /^([\da-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(host) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}

export type AclFilter = {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
};

export function matchesAcl(filter: AclFilter, acl: AclRow): boolean {
  const { principalFilter, hostFilter } = filter;
  return (
    isWanted(filter.resourceTypeFilter, acl.resource_type) &&
    isWanted(filter.operation, acl.operation) &&
    isWanted(filter.permissionType, acl.permission) &&
    (principalFilter === null || principalFilter === acl.principal) &&
    (hostFilter === null || hostFilter === acl.host) &&
    matchesName(filter, acl)
  );
}

function isWanted(filter: number, code: number): boolean {
  return filter === any || filter === code;
}

/** `match` finds what is in force for a name; the others find bindings by how they were made. */
function matchesName({ resourceNameFilter: name, patternTypeFilter }: AclFilter, acl: AclRow): boolean {
  if (patternTypeFilter !== patternTypes.match) {
    return (name === null || name === acl.resource_name) && isWanted(patternTypeFilter, acl.pattern_type);
  }
  if (name === null) return true;
  if (acl.pattern_type === patternTypes.prefixed) return name.startsWith(acl.resource_name);
  return acl.resource_name === name || acl.resource_name === '*';
}
