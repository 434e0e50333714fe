// GetBucketLocation's answer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html

import { xmlDocument } from './xml-writer.ts';

/** The oldest region has no name here. */
export function locationConstraint(region: string): string {
  return xmlDocument('LocationConstraint', region === 'us-east-1' ? '' : region);
}
