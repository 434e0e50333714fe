// What an operation is to the router: what marks a request as it, and who may do it.

import type { Handler } from '../handlers/handler.ts';
import type { Query } from '../target/query.ts';

export type Level = 'service' | 'bucket' | 'object';

export type Operation = {
  readonly name: string;
  readonly level: Level;
  readonly method: string;
  /** Query parameters that mark it. */
  readonly marks: readonly string[];
  /** A header that marks it. */
  readonly header?: string;
  /** Marks of S3 that it understands besides its own. */
  readonly takes?: readonly string[];
  /** The IAM action on the bucket or object; undefined when the handler asks for each key. */
  readonly action: string | undefined;
  /** The action on one version, which `versionId` names. */
  readonly versionAction?: string;
  readonly handle: Handler;
};

export type Row = Omit<Operation, 'level'>;

/** What a principal has to be allowed. */
export function actionOf(operation: Operation, query: Query): string | undefined {
  const { action, versionAction } = operation;
  return versionAction !== undefined && query.has('versionId') ? versionAction : action;
}
