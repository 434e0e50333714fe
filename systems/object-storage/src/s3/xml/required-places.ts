// Archives that rules name: one without a place would be a word, and what rules gave it could no longer be read. Any other
// class is one that objects can be put with, too.

import type { StorageClass } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import type { LifecycleRule } from '../../lifecycle/lifecycle-rules.ts';
import { archiveClasses } from '../../transition/storage-classes.ts';

/** `placed`: classes with a place. Throws InvalidStorageClass. */
export function requirePlaces(rules: readonly LifecycleRule[], placed: readonly StorageClass[]): void {
  for (const { transitions = [], noncurrentTransitions = [] } of rules) {
    for (const { storageClass } of [...transitions, ...noncurrentTransitions]) {
      if (!archiveClasses.has(storageClass) || placed.includes(storageClass)) continue;
      throw new ObjectStorageError('InvalidStorageClass', {
        message: `Storage class ${storageClass} has no place here: the setting object-storage.classes.${storageClass}.url names one.`,
        fields: { StorageClassRequested: storageClass },
      });
    }
  }
}
