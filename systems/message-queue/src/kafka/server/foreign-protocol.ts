// Clients of other protocols, which came to the wrong port. What they send first reads as the length of a frame that no frame may
// have; a person looks at what comes of it, so it is named.
//
//   "GET ", "POST" ...   HTTP    answered as HTTP, with what the port is
//   0x16 0x03            TLS     a broker without a key pair: nothing that would be answered is understood

import { MalformedMessageError } from '../wire/malformed-message.ts';

export class ForeignProtocolError extends MalformedMessageError {
  readonly protocol: 'HTTP' | 'TLS';
  /** In the words of the client, before its connection is closed. */
  readonly farewell: Buffer | undefined;

  constructor(protocol: 'HTTP' | 'TLS', detail: string, farewell?: Buffer) {
    super(detail, { at: 0 });
    this.name = 'ForeignProtocolError';
    this.protocol = protocol;
    this.farewell = farewell;
  }
}

const httpBeginnings = new Set(
  ['GET ', 'HEAD', 'POST', 'PUT ', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE', 'PRI '].map((word) =>
    word.slice(0, 4),
  ),
);

const httpBody = `This is the port of Kafka's protocol, not of HTTP: use a Kafka client. The SQS endpoint and the management
API have ports of their own, which 'cairn up' prints.
`;

const httpAnswer = Buffer.from(
  [
    'HTTP/1.1 400 Bad Request',
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(httpBody)}`,
    'connection: close',
    '',
    httpBody,
  ].join('\r\n'),
);

/** By the four bytes in which a frame would have its length. Undefined for any other length. */
export function foreignProtocol(bytes: Buffer): ForeignProtocolError | undefined {
  if (httpBeginnings.has(bytes.toString('latin1', 0, 4)))
    return new ForeignProtocolError('HTTP', 'an HTTP request, not a frame of Kafka', httpAnswer);
  if (bytes[0] !== 0x16 || bytes[1] !== 0x03) return undefined;
  const wanted = 'and the broker has no key pair: set tls.certificate and tls.key';
  return new ForeignProtocolError('TLS', `the client wants TLS, ${wanted};`);
}
