// The retention and the legal hold of a version as XML.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html, API_PutObjectLegalHold.html
//
//   <Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>
//   <Retention/>                                       takes it away
//   <LegalHold><Status>ON</Status></LegalHold>         or OFF

import type { Retention } from '../../core/object-storage.ts';
import { parseTimestamp } from '../headers/object-lock-headers.ts';
import { timestamp } from './elements.ts';
import { parseXml, type XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, requireRoot, trimmedTextOf } from './xml-schema.ts';
import { xmlDocument } from './xml-writer.ts';

/** Throws MalformedXML. */
export function parseRetention(bytes: Uint8Array): Retention | undefined {
  const root = requireRoot(parseXml(bytes), 'Retention');
  const { Mode, RetainUntilDate } = elementsOf(root, { Mode: 'optional', RetainUntilDate: 'optional' });
  const [mode, date] = [Mode[0], RetainUntilDate[0]];
  if (mode === undefined && date === undefined) return undefined;
  if (mode === undefined || date === undefined) throw malformed();
  const untilMs = parseTimestamp(trimmedTextOf(date)!);
  if (untilMs === undefined) throw malformed();
  return { mode: retentionModeOf(mode), untilMs };
}

export function retentionModeOf(node: XmlNode): Retention['mode'] {
  const text = trimmedTextOf(node);
  if (text === 'GOVERNANCE' || text === 'COMPLIANCE') return text;
  throw malformed();
}

export function retentionDocument({ mode, untilMs }: Retention): string {
  return xmlDocument('Retention', [
    ['Mode', mode],
    ['RetainUntilDate', timestamp(untilMs)],
  ]);
}

/** Throws MalformedXML. */
export function parseLegalHold(bytes: Uint8Array): boolean {
  const root = requireRoot(parseXml(bytes), 'LegalHold');
  const { Status } = elementsOf(root, { Status: 'one' });
  const status = trimmedTextOf(Status[0]);
  if (status !== 'ON' && status !== 'OFF') throw malformed();
  return status === 'ON';
}

export function legalHoldDocument(legalHold: boolean): string {
  return xmlDocument('LegalHold', [['Status', legalHold ? 'ON' : 'OFF']]);
}
