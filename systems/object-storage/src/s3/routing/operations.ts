// Every operation that is built.
//
// The first row that fits is taken, so the more particular come first. A row fits a request of its level and method that
// has all of its marks, and no other mark of S3: a PUT with `?acl` is not a PutObject.

import { bucket, service } from './bucket-operations.ts';
import { object } from './object-operations.ts';
import type { Level, Operation, Row } from './operation.ts';

const atLevel =
  (level: Level) =>
  (row: Row): Operation => ({ level, ...row });

export const operations: readonly Operation[] = [
  ...service.map(atLevel('service')),
  ...bucket.map(atLevel('bucket')),
  ...object.map(atLevel('object')),
];
