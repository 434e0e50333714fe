// The two protocols of SQS: how a request says what it asks, and how an answer and an error are written.
// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html

import type { RequestHead } from '@cairn/service';
import { sqsParametersMax, sqsTokensMax } from '../limits.ts';
import { QueueError, queueErrors } from '../queues/queue-error.ts';
import { type InputMembers, isMembers } from './input.ts';
import type { OutputMembers } from './operation.ts';
import { queryInput } from './query-input.ts';
import { queryAnswer, queryErrorAnswer } from './query-output.ts';
import { isFormTooRich, isJsonPlain, isJsonTooRich } from './structure.ts';

export type Asked = {
  readonly operation: string;
  readonly members: InputMembers;
  /** See OperationCall. */
  readonly hasPlainTexts: boolean;
};
export type Answer = {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Protocol = {
  /** Throws QueueError. */
  read(request: { target: string; headers: RequestHead['headers']; body: Buffer }): Asked;
  write(output: OutputMembers, about: { operation: string; requestId: string }): Answer;
  refuse(error: QueueError, requestId: string): Answer;
};

const json = 'application/x-amz-json-1.0';
const xml = 'text/xml';

export const jsonAnswers: Protocol = {
  read({ headers, body }) {
    const operation = /^AmazonSQS\.(\w+)$/.exec(headers['x-amz-target'] ?? '')?.[1] ?? '';
    return { operation, members: jsonMembers(body), hasPlainTexts: isJsonPlain(body) };
  },
  write: (output) => ({ status: 200, type: json, text: JSON.stringify(output) }),
  refuse(error) {
    const { code, message } = error;
    const rule: { query: string; json?: string; status: number } = queueErrors[code];
    const fault = rule.status < 500 ? 'Sender' : 'Receiver';
    const text = JSON.stringify({ __type: rule.json ?? `com.amazonaws.sqs#${code}`, message });
    return {
      status: rule.status,
      type: json,
      text,
      headers: { 'x-amzn-query-error': `${rule.query};${fault}` },
    };
  },
};

export const queryAnswers: Protocol = {
  read({ target, body }) {
    const [path = '', query = ''] = target.split('?', 2);
    if (isFormTooRich(query) || isFormTooRich(body)) throw tooRich(`${sqsParametersMax} parameters`);
    const parameters = new URLSearchParams(query);
    for (const [name, value] of new URLSearchParams(body.toString())) parameters.append(name, value);
    const { Action, Version: _version, ...members } = queryInput(parameters);
    const QueueUrl = members.QueueUrl ?? (path.length > 1 ? path : undefined);
    const operation = typeof Action === 'string' ? Action : '';
    return { operation, members: { ...members, QueueUrl }, hasPlainTexts: false };
  },
  write: (output, about) => ({ status: 200, type: xml, text: queryAnswer(output, about) }),
  refuse: (error, requestId) => ({
    status: queueErrors[error.code].status,
    type: xml,
    text: queryErrorAnswer(error, requestId),
  }),
};

function jsonMembers(body: Buffer): InputMembers {
  if (isJsonTooRich(body)) throw tooRich(`${sqsTokensMax} members and items`);
  try {
    const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString());
    if (isMembers(value)) return value;
  } catch (cause) {
    throw new QueueError('SerializationException', 'The body is not JSON.', { cause });
  }
  throw new QueueError('SerializationException', 'The body is not a JSON object.');
}

function tooRich(limit: string): QueueError {
  return new QueueError('SerializationException', `A request has at most ${limit}.`);
}
