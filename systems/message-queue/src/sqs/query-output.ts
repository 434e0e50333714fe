// Answers of the query protocol: the members that the JSON protocol has, as XML.

import { type QueueError, queueErrors } from '../queues/queue-error.ts';
import type { OutputMembers } from './operation.ts';

const namespace = 'http://queue.amazonaws.com/doc/2012-11-05/';

type Rule = { readonly element: string; readonly key?: 'Name' | 'Key' };

/** How a list's items or a map's entries are called. */
const rules: Readonly<Record<string, Rule>> = {
  Attributes: { element: 'Attribute', key: 'Name' },
  Failed: { element: 'BatchResultErrorEntry' },
  MessageAttributes: { element: 'MessageAttribute', key: 'Name' },
  Messages: { element: 'Message' },
  QueueUrls: { element: 'QueueUrl' },
  queueUrls: { element: 'QueueUrl' },
  Results: { element: 'ListMessageMoveTasksResultEntry' },
  Tags: { element: 'Tag', key: 'Key' },
};

export function queryAnswer(
  output: OutputMembers,
  { operation, requestId }: { operation: string; requestId: string },
): string {
  // Also when it is empty: older clients look for it.
  const result = `<${operation}Result>${elementsOf(output, operation)}</${operation}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return `<?xml version="1.0"?><${operation}Response xmlns="${namespace}">${result}${metadata}</${operation}Response>`;
}

export function queryErrorAnswer(error: QueueError, requestId: string): string {
  const { query: code, status } = queueErrors[error.code];
  const type = status < 500 ? 'Sender' : 'Receiver';
  const details = `<Type>${type}</Type><Code>${code}</Code><Message>${escaped(error.message)}</Message><Detail/>`;
  return `<?xml version="1.0"?><ErrorResponse xmlns="${namespace}"><Error>${details}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function elementsOf(members: OutputMembers, operation: string): string {
  return Object.entries(members)
    .map(([name, value]) => elementOf(name, value, operation))
    .join('');
}

function elementOf(name: string, value: unknown, operation: string): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) {
    const element = rules[name]?.element ?? `${operation}ResultEntry`;
    return value.map((item) => `<${element}>${contentOf(item, operation)}</${element}>`).join('');
  }
  const { element, key } = rules[name] ?? {};
  if (element === undefined || key === undefined) return `<${name}>${contentOf(value, operation)}</${name}>`;
  return Object.entries(value as OutputMembers)
    .map(
      ([entry, item]) =>
        `<${element}><${key}>${escaped(entry)}</${key}><Value>${contentOf(item, operation)}</Value></${element}>`,
    )
    .join('');
}

function contentOf(value: unknown, operation: string): string {
  return typeof value === 'object' && value !== null
    ? elementsOf(value as OutputMembers, operation)
    : escaped(String(value));
}

/** A carriage return would be read as a line feed; what XML 1.0 cannot carry comes from errors that repeat what was sent. */
function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the ones that are replaced.
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\r', '&#xD;')
  );
}
