// The ACLs of the cluster: kept in the metadata store, in force as policies of its resources.
//
// How they go together with identity's policies: an ACL is to a topic what a bucket policy is to a bucket. A client may do
// what its own policies or an ACL allow and neither denies. So ACLs alone are enough, as a Kafka administrator expects, and
// policies alone are enough, as with Amazon MSK.
//
// A damaged row is restored where one change makes it match its checksum. Of another nobody knows what it was: it allows nothing,
// and denies what it says. No row keeps the others from being in force.

import { type CompiledPolicy, IdentityError, parsePolicy } from '@cairn/identity';
import type { Telemetry } from '@cairn/telemetry';
import { soundAcl } from '../../check/restore-small-rows.ts';
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
    const { place, userArn } = this.#options;
    const rows = await this.#sound();
    const statements: Statement[] = [];
    for (const row of rows) {
      const statement = await statementOf(row, { place, userArn });
      if (statement !== undefined) statements.push(statement);
    }
    this.#rows = rows;
    this.#policies = this.#policiesOf(statements);
  }

  /** All rows, after those that can be were restored. */
  async #sound(): Promise<readonly StoredAclRow[]> {
    const { sql, log } = this.#options;
    let isRestored = false;
    const rows = await sql.read('listAcls', {});
    for (const damaged of rows.filter(({ isIntact }) => !isIntact)) {
      const { principal, resource_name: resource } = damaged;
      const row = soundAcl(damaged);
      isRestored ||= row !== undefined;
      if (row === undefined)
        log.error('the row of an ACL is damaged: it allows nothing, and denies what it says', {
          ...{ principal, resource },
        });
      else {
        await sql.write('restoreAcl', { damaged, row });
        log.error('the row of an ACL was damaged, and is restored', { principal, resource });
      }
    }
    return isRestored ? sql.read('listAcls', {}) : rows;
  }

  #policiesOf(statements: readonly Statement[]): readonly CompiledPolicy[] {
    const policies: CompiledPolicy[] = [];
    for (let at = 0; at < statements.length; at += aclsPerPolicy) {
      const some = statements.slice(at, at + aclsPerPolicy);
      const policy = policyOf(some);
      policies.push(...(policy === undefined ? some.flatMap((one) => this.#policyAlone(one)) : [policy]));
    }
    return policies;
  }

  /** None where it means nothing: but who is denied from what is no address is denied from all. */
  #policyAlone(statement: Statement): readonly CompiledPolicy[] {
    const { Condition: _, ...anywhere } = statement;
    const policy = policyOf([statement]) ?? (statement.Effect === 'Deny' ? policyOf([anywhere]) : undefined);
    if (policy !== undefined) return [policy];
    this.#options.log.error('an ACL cannot be in force', { resource: statement.Resource });
    return [];
  }
}

type Statement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: object | '*';
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: object;
};

/** Undefined where one of them means nothing, or they are too long together. */
function policyOf(statements: readonly Statement[]): CompiledPolicy | undefined {
  const document = { Version: '2012-10-17', Statement: statements };
  try {
    return parsePolicy(JSON.stringify(document), { kind: 'resource', name: 'ACLs' });
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
}

/** Undefined when it allows and denies nothing: an operation that its resource does not have. */
async function statementOf(
  row: StoredAclRow,
  { place, userArn }: Pick<AclsOptions, 'place' | 'userArn'>,
): Promise<Statement | undefined> {
  const type = resourceTypeOf(row.resource_type);
  const user = userOf(row.principal);
  if (type === undefined || user === undefined) return undefined;
  const isAllow = row.permission === permissions.allow;
  // What is damaged may have neither.
  if (!row.isIntact && row.permission !== permissions.deny) return undefined;
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
