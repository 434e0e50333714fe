// What goes into a route: path parameters, query and JSON body become one object, which the route's schema validates.
// A name that comes from two of them is refused: which one counts must not be a guess.

import type { Context } from 'hono';
import { ApiError } from '../api-error.ts';
import { valueOfText } from '../configuration/leaf-text.ts';
import { apiBodyBytesMax } from '../limits.ts';
import type { JsonSchema, MountedRoute } from './mounted-route.ts';
import { readText } from './read-text.ts';

/** Fails with ApiError `invalid-request`, whose message holds every problem. */
export async function readInput(context: Context, mounted: MountedRoute): Promise<never> {
  const sources = [
    ['path', textValues(context.req.param(), mounted.inputSchema)],
    ['query', textValues(queryOf(context), mounted.inputSchema)],
    ['body', await readBody(context, mounted.route.bodyBytesMax ?? apiBodyBytesMax)],
  ] as const;
  const input = Object.create(null) as Record<string, unknown>;
  for (const [source, values] of sources) {
    for (const [name, value] of Object.entries(values)) {
      if (name in input)
        throw new ApiError('invalid-request', `'${name}' is given twice, again in the ${source}`);
      input[name] = value;
    }
  }
  const result = mounted.route.input.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`;
  });
  throw new ApiError('invalid-request', problems.join('; '));
}

function queryOf(context: Context): Record<string, string | string[]> {
  const entries = Object.entries(context.req.queries());
  return Object.fromEntries(
    entries.map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

/** Text by the type that the input's schema gives the name. */
function textValues(given: Record<string, string | string[]>, schema: JsonSchema): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      const property = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties![name] : undefined;
      if (typeof property !== 'object' || typeof text !== 'string') return [name, text];
      return [name, property.type === 'array' ? [text] : valueOfText(property, text)];
    }),
  );
}

async function readBody(context: Context, bytesMax: number): Promise<Record<string, unknown>> {
  const text = await readText(context.req.raw, bytesMax);
  if (text === '') return {};
  const type = context.req.header('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiError('invalid-request', `the body has content-type '${type}': wanted is application/json`);
  }
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ApiError('invalid-request', 'the body is not a JSON object');
  }
  return body as Record<string, unknown>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw invalidRequest(`the body is not JSON: ${reason}`, error);
  }
}

function invalidRequest(message: string, cause: unknown): ApiError {
  return new ApiError('invalid-request', message, { cause });
}
