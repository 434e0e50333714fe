// `<Status>Enabled</Status>`, or Disabled: how rules and what belongs to them are switched on.

import type { XmlNode } from './xml-reader.ts';
import { elementsOf, malformed, trimmedTextOf } from './xml-schema.ts';
import type { XmlElement } from './xml-writer.ts';

/** Throws MalformedXML. */
export function statusOf(node: XmlNode): boolean {
  const status = trimmedTextOf(node);
  if (status !== 'Enabled' && status !== 'Disabled') throw malformed();
  return status === 'Enabled';
}

/** Of an element that holds nothing else. */
export function statusIn(node: XmlNode | undefined): boolean | undefined {
  return node && statusOf(elementsOf(node, { Status: 'one' }).Status[0]!);
}

export function statusText(enabled: boolean): string {
  return enabled ? 'Enabled' : 'Disabled';
}

export function statusElement(name: string, enabled: boolean | undefined): XmlElement {
  return [name, enabled === undefined ? undefined : [['Status', statusText(enabled)]]];
}
