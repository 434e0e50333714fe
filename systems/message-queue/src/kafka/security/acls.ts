// The ACLs of the cluster: kept in the metadata store, in force as policies of its resources.
//
// How they go together with identity's policies: an ACL is to a topic what a bucket policy is to a bucket. A client may do
// what its own policies or an ACL allow and neither denies. So ACLs alone are enough, as a Kafka administrator expects, and
// policies alone are enough, as with Amazon MSK.
//
// A damaged row allows nothing, and denies what it says: what it was nobody knows until a repair.

import { type CompiledPolicy, parsePolicy } from '@cairn/identity';
import type { Telemetry } from '@cairn/telemetry';
import type { AclRow, StoredAclRow } from '../../metadata/acls.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import {
  allOperations,
  operationOf,
  patternTypes,
  permissions,
  resourceTypeOf,
  userOf,
} from './acl-codes.ts';
import { type ArnPlace, actionOf, arnOf, operationsOf, withImplied } from './operations.ts';

export type AclsOptions = {
  readonly sql: MetadataSql;
  readonly place: ArnPlace;
  /** The ARN that a user of that name has, or would have. */
  readonly userArn: (request: { readonly name: string }) => Promise<string>;
  readonly log: Telemetry['log'];
};

/** A policy of a resource has at most 20 KiB. */
const aclsPerPolicy = 20;

export class Acls {
  readonly #options: AclsOptions;
  #rows: readonly StoredAclRow[] = [];
  #policies: readonly CompiledPolicy[] = [];
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(options: AclsOptions) {
    this.#options = options;
  }

  static async open(options: AclsOptions): Promise<Acls> {
    const acls = new Acls(options);
    await acls.#load();
    if (acls.#rows.some(({ row_crc }) => row_crc === null)) await options.sql.write('sealAcls', {});
    for (const { principal, resource_name: resource, isIntact } of acls.#rows)
      if (!isIntact)
        options.log.error('the row of an ACL is damaged: it allows nothing', { principal, resource });
    return acls;
  }

  get rows(): readonly AclRow[] {
    return this.#rows;
  }

  /** Another array after each change. */
  get policies(): readonly CompiledPolicy[] {
    return this.#policies;
  }

  create(acls: readonly AclRow[]): Promise<void> {
    return this.#change(() => this.#options.sql.write('createAcls', { acls }));
  }

  delete(acls: readonly AclRow[]): Promise<void> {
    return this.#change(() => this.#options.sql.write('deleteAcls', { acls }));
  }

  /** One after the other: what is in force is what was written last. */
  #change(write: () => Promise<void>): Promise<void> {
    const changed = this.#changes.then(async () => {
      await write();
      await this.#load();
    });
    this.#changes = changed.catch(() => {});
    return changed;
  }

  async #load(): Promise<void> {
    const { sql, place, userArn } = this.#options;
    const rows = await sql.read('listAcls', {});
    const statements: object[] = [];
    for (const row of rows) {
      const statement = await statementOf(row, { place, userArn });
      if (statement !== undefined) statements.push(statement);
    }
    this.#rows = rows;
    this.#policies = policiesOf(statements);
  }
}

function policiesOf(statements: readonly object[]): readonly CompiledPolicy[] {
  const policies: CompiledPolicy[] = [];
  for (let at = 0; at < statements.length; at += aclsPerPolicy) {
    const document = { Version: '2012-10-17', Statement: statements.slice(at, at + aclsPerPolicy) };
    policies.push(parsePolicy(JSON.stringify(document), { kind: 'resource', name: 'ACLs' }));
  }
  return policies;
}

/** Undefined when it allows and denies nothing: an operation that its resource does not have. */
async function statementOf(
  row: StoredAclRow,
  { place, userArn }: Pick<AclsOptions, 'place' | 'userArn'>,
): Promise<object | undefined> {
  const type = resourceTypeOf(row.resource_type);
  const user = userOf(row.principal);
  if (type === undefined || user === undefined) return undefined;
  const isAllow = row.permission === permissions.allow;
  if (isAllow && !row.isIntact) return undefined;
  const operation = operationOf(row.operation);
  const named = operation === undefined ? [] : isAllow ? withImplied(operation) : [operation];
  const operations = row.operation === allOperations ? operationsOf(type) : named;
  const actions = operations.map((each) => actionOf(type, each)).filter((action) => action !== undefined);
  if (actions.length === 0) return undefined;
  const isPrefix = row.pattern_type === patternTypes.prefixed;
  const name =
    row.resource_name === '*' && !isPrefix ? '*' : `${escaped(row.resource_name)}${isPrefix ? '*' : ''}`;
  return {
    Effect: isAllow ? 'Allow' : 'Deny',
    Principal: user === '*' ? '*' : { AWS: await userArn({ name: user }) },
    Action: actions,
    Resource: arnOf(type, name, place),
    ...(row.host === '*' ? {} : { Condition: { IpAddress: { 'aws:SourceIp': row.host } } }),
  };
}

/** What would be a pattern in a policy stands for itself. */
function escaped(name: string): string {
  return name.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}
