// Answers about settings, all of them at their defaults: location, tags.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html, API_GetObjectTagging.html

import { xmlDocument } from './xml-writer.ts';

/** The oldest region has no name here. */
export function locationConstraint(region: string): string {
  return xmlDocument('LocationConstraint', region === 'us-east-1' ? '' : region);
}

/** Of an object without tags. */
export function tagging(): string {
  return xmlDocument('Tagging', [['TagSet', '']]);
}
