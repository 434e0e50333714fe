// Which operation a request asks for: from its level, its method, and the query parameters that mark operations.

import { ObjectStorageError } from '../../errors.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import type { ObjectAddress } from '../target/object-address.ts';
import type { Query } from '../target/query.ts';
import type { Level, Operation } from './operation.ts';
import { operations } from './operations.ts';
import { unbuiltOperations, writeGetObjectResponse } from './unbuilt-operations.ts';

export type RequestToRoute = {
  readonly method: string;
  readonly address: ObjectAddress;
  readonly query: Query;
  readonly headers: RequestHeaders;
};

/**
 * Throws NotImplemented for what S3 has and this does not, MethodNotAllowed for what S3 does not have either, and
 * InvalidArgument for a version where none can be named.
 */
export function findOperation(request: RequestToRoute): Operation {
  const named = unbuiltByName(request);
  if (named !== undefined) throw unbuiltRefusal(named);
  const level = levelOf(request.address);
  if (request.query.size === 0) {
    const plain = plainOperation(level, request);
    if (plain !== undefined) return plain;
  }
  const marks = marksOf(request.query);
  const { method, headers } = request;
  const operation = fitting({ level, method, marks, headers });
  if (operation !== undefined) return operation;
  const others = marks.filter((mark) => mark !== 'versionId');
  if (others.length < marks.length && fitting({ level, method, marks: others, headers }) !== undefined) {
    throw new ObjectStorageError('InvalidArgument', {
      message: 'This operation does not accept a version-id.',
      fields: { ArgumentName: 'versionId', ArgumentValue: request.query.get('versionId') ?? '' },
    });
  }
  throw refusal({ level, marks, method });
}

/** What is not built and says its name, whatever else it looks like. */
function unbuiltByName({ method, query, headers }: RequestToRoute): string | undefined {
  if (method === writeGetObjectResponse.method && headers[writeGetObjectResponse.header] !== undefined) {
    return writeGetObjectResponse.name;
  }
  const name = query.get('x-id');
  return name !== undefined && unbuiltNames.has(name) ? name : undefined;
}

const unbuiltNames: ReadonlySet<string> = new Set(unbuiltOperations.map(({ name }) => name));

/** Of a request without a query: most are. */
function plainOperation(level: Level, { method, headers }: RequestToRoute): Operation | undefined {
  for (const operation of plainOperations) {
    if (operation.level !== level || operation.method !== method) continue;
    if (operation.header === undefined || headers[operation.header] !== undefined) return operation;
  }
  return undefined;
}

/** In the order in which they are looked at. */
const plainOperations = operations.filter(({ marks }) => marks.length === 0);

function fitting(request: {
  level: Level;
  method: string;
  marks: readonly string[];
  headers: RequestHeaders;
}): Operation | undefined {
  for (const operation of candidates(request.level, request.method)) {
    if (fits(operation, request)) return operation;
  }
  return undefined;
}

function levelOf({ bucket, key }: ObjectAddress): Level {
  if (bucket === '') return 'service';
  return key === '' ? 'bucket' : 'object';
}

/** All that say which operation is meant. Other parameters are details of one, or none of ours, and say nothing. */
const knownMarks: ReadonlySet<string> = new Set([
  ...[...operations, ...unbuiltOperations].flatMap(({ marks }) => marks),
  ...operations.flatMap(({ takes }) => takes ?? []),
]);

function marksOf(query: Query): readonly string[] {
  if (query.size === 0) return none;
  const marks: string[] = [];
  for (const name of query.names()) if (knownMarks.has(name)) marks.push(name);
  return marks;
}

const none: readonly string[] = [];

const byLevelAndMethod = Map.groupBy(operations, ({ level, method }) => `${level} ${method}`);

function candidates(level: Level, method: string): readonly Operation[] {
  return byLevelAndMethod.get(`${level} ${method}`) ?? [];
}

function fits(
  operation: Operation,
  { marks, headers }: { marks: readonly string[]; headers: RequestHeaders },
): boolean {
  if (operation.header !== undefined && headers[operation.header] === undefined) return false;
  return (
    operation.marks.every((mark) => marks.includes(mark)) &&
    marks.every((mark) => operation.marks.includes(mark) || operation.takes?.includes(mark))
  );
}

function refusal(request: { level: Level; marks: readonly string[]; method: string }): ObjectStorageError {
  const { level, marks, method } = request;
  const unbuilt = unbuiltOperations.find(
    (row) => row.level === level && row.method === method && row.marks.join() === marks.join(),
  );
  if (unbuilt !== undefined) return unbuiltRefusal(unbuilt.name);
  if (marks.length === 0) {
    return new ObjectStorageError('MethodNotAllowed', {
      fields: { Method: method, ResourceType: level.toUpperCase() },
    });
  }
  return notImplemented(`${method} with the query parameters ${marks.join(', ')} is not implemented.`);
}

function unbuiltRefusal(name: string): ObjectStorageError {
  return notImplemented(`The operation ${name} is not implemented.`);
}

function notImplemented(message: string): ObjectStorageError {
  return new ObjectStorageError('NotImplemented', { message });
}
