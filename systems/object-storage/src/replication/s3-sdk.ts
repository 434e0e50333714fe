// Amazon's client, loaded when it is first needed, and what it is taught: headers that its commands do not know.

import type { S3Client } from '@aws-sdk/client-s3';

export function sdk(): Promise<typeof import('@aws-sdk/client-s3')> {
  return import('@aws-sdk/client-s3');
}

type Request = { headers: Record<string, string> };
/** The client makes inputs anew on their way: what is in them goes along. */
const added = Symbol('headers');
type Added = { readonly [added]?: Readonly<Record<string, string>> };

/** The input of a command, sent with these headers too. */
export function adding<Input extends object>(input: Input, headers: Readonly<Record<string, string>>): Input {
  return { ...input, [added]: headers };
}

/**
 * Has a client send them. Text that is not ASCII is signed as text, and sent as the bytes that this is in UTF-8: Node
 * writes a header one byte for each character.
 */
export async function withHeaders(client: S3Client): Promise<void> {
  client.middlewareStack.add(
    (next) => (step) => {
      const { headers } = step.request as Request;
      Object.assign(headers, (step.input as Added)[added]);
      return next(step);
    },
    { step: 'build', name: 'addedHeaders' },
  );
  const place = { relation: 'after', toMiddleware: 'httpSigningMiddleware', name: 'headersInBytes' } as const;
  client.middlewareStack.addRelativeTo(sendingUtf8, place);
}

function sendingUtf8<Step extends object, Output>(next: (step: Step) => Output): (step: Step) => Output {
  return (step) => {
    const { headers } = (step as { readonly request: Request }).request;
    for (const name of Object.keys(headers)) headers[name] = inBytes(headers[name]!);
    return next(step);
  };
}

function inBytes(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is ASCII that is asked for.
  return /^[\u0000-\u007f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}
