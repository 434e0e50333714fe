// What the installed SDK of AWS says of every operation of S3: its method, path, query parameters and headers, from the
// schemas by which it writes its requests.

import assert from 'node:assert/strict';
import * as sdk from '@aws-sdk/client-s3';

export type RequestMember = {
  readonly name: string;
  readonly required: boolean;
  /** Query parameter or header, in lower case, that it is sent as; neither for what stands in the path or the body. */
  readonly query: string | undefined;
  readonly header: string | undefined;
};

export type RequestSchema = {
  readonly method: string;
  /** In path style, for the bucket `b` and the key `k`. */
  readonly path: string;
  /** Parameters that every request of the operation has: `acl`, `x-id=GetObject`. */
  readonly query: readonly string[];
  readonly members: readonly RequestMember[];
};

// [kind, namespace, name, traits, input, output] of an operation, of which traits.http is [method, path, status];
// [kind, namespace, name, traits, member names, member types, how many are required] of a structure.
const operationKind = 9;
const structureKind = 3;

/** By name of the operation. */
export function requestSchemas(): ReadonlyMap<string, RequestSchema> {
  const schemas = new Map<string, RequestSchema>();
  for (const exported of Object.values<unknown>(sdk)) {
    if (!Array.isArray(exported) || exported[0] !== operationKind) continue;
    const [, , name, traits, input] = exported as [number, string, string, OperationTraits, unknown];
    const [method, target] = traits.http;
    const [path = '', query = ''] = target.split('?');
    const members = membersOf(input);
    const inBucket = members.some((member) => member.name === 'Bucket');
    schemas.set(name, {
      method,
      path: `${inBucket ? '/b' : ''}${path.replace('{Key+}', 'k')}`,
      query: query.split('&').filter((parameter) => parameter !== ''),
      members,
    });
  }
  return schemas;
}

type OperationTraits = { readonly http: readonly [method: string, target: string, status: number] };

function membersOf(input: unknown): RequestMember[] {
  const structure: unknown = typeof input === 'function' ? input() : input;
  assert(Array.isArray(structure) && structure[0] === structureKind, 'the input is a structure');
  const names = structure[4] as readonly string[];
  const types = structure[5] as readonly unknown[];
  const required = (structure[6] as number | undefined) ?? 0;
  return names.map((name, index) => {
    const traits = traitsOf(types[index]);
    const header = traits.httpHeader ?? traits.httpPrefixHeaders;
    return { name, required: index < required, query: traits.httpQuery, header: header?.toLowerCase() };
  });
}

type MemberTraits = {
  readonly httpQuery?: string;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
};

/** A member's type stands alone, or with its traits: as an object, or as a number for those that take no value. */
function traitsOf(type: unknown): MemberTraits {
  const traits: unknown = Array.isArray(type) ? type[1] : undefined;
  return typeof traits === 'object' && traits !== null ? traits : {};
}
