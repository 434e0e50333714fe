// Tells of damage that the metadata store met, whoever met it: a request, or the work in the background.

import { SqlError } from '@cairn/engines';
import type { MetadataSql } from '../metadata/store.ts';

/** The same store. `report` is told of every call that met a damaged row or a damaged database. */
export function reportingDamage(metadata: MetadataSql, report: (error: SqlError) => void): MetadataSql {
  const failed = (error: unknown): never => {
    if (error instanceof SqlError && error.code === 'corrupt') report(error);
    throw error;
  };
  return {
    write: (name, input) => metadata.write(name, input).catch(failed),
    read: (name, input) => metadata.read(name, input).catch(failed),
    lookup: (name, input) => metadata.lookup(name, input).catch(failed),
    check: () => metadata.check(),
    close: () => metadata.close(),
  };
}
