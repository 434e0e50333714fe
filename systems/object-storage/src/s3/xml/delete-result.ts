// DeleteObjects' answer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html

import { errorTable, type ObjectStorageErrorCode } from '../../errors.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

export type DeleteOutcome = {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly error: ObjectStorageErrorCode | undefined;
};

/** `quiet` leaves out what went well. */
export function deleteResult(outcomes: readonly DeleteOutcome[], { quiet }: { quiet: boolean }): string {
  const shown = quiet ? outcomes.filter((outcome) => outcome.error !== undefined) : outcomes;
  return xmlDocument('DeleteResult', shown.map(outcomeElement));
}

function outcomeElement({ key, versionId, error }: DeleteOutcome): XmlElement {
  const name: XmlElement[] = [
    ['Key', key],
    ['VersionId', versionId],
  ];
  if (error === undefined) return ['Deleted', name];
  return ['Error', [...name, ['Code', error], ['Message', errorTable[error].message]]];
}
