// The routes as an OpenAPI 3.1 document. https://spec.openapis.org/oas/v3.1.1.html

import { apiErrorStatuses } from '../api-error.ts';
import { type JsonSchema, jsonSchemaOf, type MountedRoute } from './mounted-route.ts';

type Operation = Readonly<Record<string, unknown>>;

export function openApiDocument(routes: readonly MountedRoute[]): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const mounted of routes) {
    paths[mounted.path] ??= {};
    paths[mounted.path]![mounted.route.method.toLowerCase()] = operationOf(mounted);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Cairn management API', version: '1' },
    security: [{ accessKey: [] }, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        accessKey: { type: 'http', scheme: 'basic', description: 'Access key id and secret access key.' },
        token: { type: 'http', scheme: 'bearer', description: 'A token issued by identity.' },
      },
      schemas: { Error: errorSchema },
    },
  };
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'requestId'],
      properties: {
        code: { type: 'string', enum: Object.keys(apiErrorStatuses) },
        message: { type: 'string' },
        requestId: { type: 'string' },
      },
    },
  },
};

function operationOf(mounted: MountedRoute): Operation {
  const { route, system, parameters, inputSchema } = mounted;
  const takesBody = route.method !== 'GET' && route.method !== 'DELETE';
  const properties = Object.entries(inputSchema.properties ?? {}) as [string, JsonSchema][];
  const rest = properties.filter(([name]) => !parameters.includes(name));
  const required = (name: string) => inputSchema.required?.includes(name) ?? false;
  return {
    operationId: `${route.method} ${mounted.path}`,
    summary: route.summary,
    tags: [system],
    'x-action': route.action,
    parameters: [
      ...parameters.map((name) => ({
        name,
        in: 'path',
        required: true,
        schema: inputSchema.properties![name],
      })),
      ...(takesBody ? [] : rest).map(([name, schema]) => {
        return { name, in: 'query', required: required(name), schema };
      }),
    ],
    ...(takesBody && rest.length > 0 ? { requestBody: requestBody(rest, required) } : {}),
    responses: {
      200: answerOf(route),
      default: { description: 'An error.', ...json({ $ref: '#/components/schemas/Error' }) },
    },
  };
}

function answerOf({ streams, output }: MountedRoute['route']): Operation {
  const schema = jsonSchemaOf(output, 'output');
  if (!streams) return { description: 'Done.', ...json(schema) };
  return { description: 'Lines of JSON, one per item.', content: { 'application/x-ndjson': { schema } } };
}

function requestBody(
  properties: readonly [string, JsonSchema][],
  required: (name: string) => boolean,
): Operation {
  const names = properties.map(([name]) => name).filter(required);
  const schema = { type: 'object', properties: Object.fromEntries(properties), required: names };
  return { required: names.length > 0, ...json({ ...schema, additionalProperties: false }) };
}

function json(schema: object): Operation {
  return { content: { 'application/json': { schema } } };
}
