// What lies at a place against the row that names it; deeply, every byte.

import { ObjectStorageError } from '../../errors.ts';
import type { Reference } from '../../metadata/references.ts';
import { PlacedDamagedError } from '../../transition/placed-format.ts';
import { ContentGone } from '../content-gone.ts';
import type { Finding } from '../object-storage.ts';
import type { Places } from './places.ts';
import { wholeOf } from './stored-bytes.ts';

export async function checkPlaced(
  places: Places,
  { where, blob, sizeBytes }: Reference,
  { deep }: { deep: boolean },
): Promise<readonly Finding[]> {
  try {
    const reader = await places.open({ data: blob, sizeBytes });
    if (deep) for await (const _ of wholeOf(reader));
    else reader.close();
    return [];
  } catch (error) {
    if (error instanceof PlacedDamagedError) return [{ severity: 'damage', where, detail: error.message }];
    if (error instanceof ContentGone) {
      return [{ severity: 'damage', where, detail: `its moved blob ${blob} is missing` }];
    }
    // Of a place that is away nobody knows.
    if (!(error instanceof ObjectStorageError)) throw error;
    return [
      { severity: 'notice', where, detail: `its moved blob ${blob} could not be read: ${error.message}` },
    ];
  }
}
