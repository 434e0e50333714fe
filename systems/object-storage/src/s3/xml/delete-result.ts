// DeleteObjects' answer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html

import type { DeleteResult } from '../../core/object-storage.ts';
import { errorTable, type ObjectStorageErrorCode } from '../../errors.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

export type DeleteOutcome = {
  readonly key: string;
  /** As it was asked for. */
  readonly versionId: string | undefined;
  readonly result: DeleteResult | { readonly error: ObjectStorageErrorCode };
};

/** `quiet` leaves out what went well. */
export function deleteResult(outcomes: readonly DeleteOutcome[], { quiet }: { quiet: boolean }): string {
  const shown = quiet ? outcomes.filter(({ result }) => result.error !== undefined) : outcomes;
  return xmlDocument('DeleteResult', shown.map(outcomeElement));
}

function outcomeElement({ key, versionId, result }: DeleteOutcome): XmlElement {
  const name: XmlElement[] = [
    ['Key', key],
    ['VersionId', versionId],
  ];
  if (result.error !== undefined)
    return ['Error', [...name, ['Code', result.error], ['Message', errorTable[result.error].message]]];
  if (!result.deleteMarker) return ['Deleted', name];
  return ['Deleted', [...name, ['DeleteMarker', true], ['DeleteMarkerVersionId', result.versionId]]];
}
