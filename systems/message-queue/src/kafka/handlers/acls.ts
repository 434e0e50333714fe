// DescribeAcls, CreateAcls, DeleteAcls. Who looks needs DescribeCluster, who changes AlterCluster.

import type { AclRow } from '../../metadata/acls.ts';
import type { AclCreation } from '../messages/create-acls-request.ts';
import type { DeleteAclsFilterResult } from '../messages/delete-acls-response.ts';
import type { DescribeAclsResource } from '../messages/describe-acls-response.ts';
import { faultOfAcl, matchesAcl, patternTypes } from '../security/acl-codes.ts';
import type { Acls } from '../security/acls.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { Handler } from './handler.ts';
import { noError, type Refusal, refusal, refusalOf } from './refusals.ts';

export type AclParts = Pick<BrokerParts, 'log'> & { readonly acls: Acls };

const denied = 'CLUSTER_AUTHORIZATION_FAILED';

export function describeAclsHandler({ acls }: AclParts): Handler<'describeAcls'> {
  return async (filter, { access, version }) => {
    if (!(await access.allowsCluster('describe')))
      return { throttleTimeMs: 0, ...refusal(denied), resources: [] };
    const found = acls.rows.filter((row) => matchesAcl(filter, row) && isShown(row, version));
    return { throttleTimeMs: 0, ...noError, resources: byResource(found) };
  };
}

/** Version 0 knows literal names only. */
function isShown({ pattern_type }: AclRow, version: number): boolean {
  return version > 0 || pattern_type === patternTypes.literal;
}

function byResource(rows: readonly AclRow[]): readonly DescribeAclsResource[] {
  const keyOf = (row: AclRow) => JSON.stringify([row.resource_type, row.resource_name, row.pattern_type]);
  return Object.values(Object.groupBy(rows, keyOf)).map((group) => {
    const { resource_type, resource_name, pattern_type } = group![0]!;
    const described = group!.map(({ principal, host, operation, permission }) => ({
      principal,
      host,
      operation,
      permissionType: permission,
    }));
    return {
      resourceType: resource_type,
      resourceName: resource_name,
      patternType: pattern_type,
      acls: described,
    };
  });
}

export function createAclsHandler({ acls, log }: AclParts): Handler<'createAcls'> {
  return async ({ creations }, { access }) => {
    const isAllowed = await access.allowsCluster('alter');
    const rows = creations.map(rowOf);
    const faults = rows.map((row) => (isAllowed ? faultOf(row) : refusal(denied)));
    const made = await attempt(
      () => acls.create(rows.filter((_, index) => faults[index] === undefined)),
      log,
    );
    return { throttleTimeMs: 0, results: faults.map((fault) => fault ?? made) };
  };
}

function faultOf(row: AclRow): Refusal | undefined {
  const fault = faultOfAcl(row);
  return fault === undefined ? undefined : refusal('INVALID_REQUEST', fault);
}

function rowOf(creation: AclCreation): AclRow {
  return {
    resource_type: creation.resourceType,
    resource_name: creation.resourceName,
    pattern_type: creation.resourcePatternType,
    principal: creation.principal,
    host: creation.host,
    operation: creation.operation,
    permission: creation.permissionType,
  };
}

export function deleteAclsHandler({ acls, log }: AclParts): Handler<'deleteAcls'> {
  return async ({ filters }, { access }) => {
    const isAllowed = await access.allowsCluster('alter');
    const filterResults: DeleteAclsFilterResult[] = [];
    for (const filter of filters) {
      const matching = isAllowed ? acls.rows.filter((row) => matchesAcl(filter, row)) : [];
      const outcome = isAllowed ? await attempt(() => acls.delete(matching), log) : refusal(denied);
      const matchingAcls = matching.map((row) => ({ ...outcome, ...described(row) }));
      filterResults.push({ ...outcome, matchingAcls });
    }
    return { throttleTimeMs: 0, filterResults };
  };
}

function described(row: AclRow) {
  return {
    resourceType: row.resource_type,
    resourceName: row.resource_name,
    patternType: row.pattern_type,
    principal: row.principal,
    host: row.host,
    operation: row.operation,
    permissionType: row.permission,
  };
}

async function attempt(change: () => Promise<void>, log: BrokerParts['log']): Promise<Refusal> {
  try {
    await change();
    return noError;
  } catch (error) {
    return refusalOf(error, log);
  }
}
