// RestoreObject: 202 when a copy will be made, 200 when there is one, which stays for the new time.

import { readWholeBody } from '../body/whole-body.ts';
import { versionName } from '../headers/version.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { parseRestoreRequest } from '../xml/restore-request.ts';
import type { Handler } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';

export const restoreObject: Handler = async (request, { storage }) => {
  const { days } = parseRestoreRequest(await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax }));
  const restoring = storage.restoreObject({ ...versionName(request), days, origin: () => request.origin() });
  const restored = await hidingAbsence(request, restoring);
  return { status: restored === 'accepted' ? 202 : 200, headers: {} };
};
