// A route where it is mounted: its path under /api, and the schema of its input as the frame and OpenAPI read it.

import assert from 'node:assert/strict';
import { z } from 'zod';
import type { ApiRoute } from '../api-route.ts';

export type MountedRoute = {
  readonly system: string;
  readonly route: ApiRoute;
  /** `/api/identity/users/{name}` */
  readonly path: string;
  readonly parameters: readonly string[];
  readonly inputSchema: JsonSchema;
};

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Fails by assertion when the table contradicts itself: a parameter without input, or a route given twice. */
export function mountRoutes(
  systems: readonly { readonly name: string; readonly routes: readonly ApiRoute[] }[],
): readonly MountedRoute[] {
  const mounted = systems.flatMap(({ name, routes }) => routes.map((route) => mountRoute(name, route)));
  const seen = new Set<string>();
  for (const { route, path } of mounted) {
    const name = `${route.method} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`;
    assert(!seen.has(name), `two routes are mounted as ${name}`);
    seen.add(name);
  }
  return mounted;
}

/** How a schema is shown to clients; what JSON Schema cannot say is left open. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...shown } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return shown;
}

function mountRoute(system: string, route: ApiRoute): MountedRoute {
  const path = `/api/${system}${route.path}`;
  assert(/^(\/[^/{}]+|\/\{\w+\})*$/.test(route.path), `route path '${route.path}' is not /like/{this}`);
  const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const inputSchema = jsonSchemaOf(route.input, 'input');
  for (const parameter of parameters) {
    const known = inputSchema.properties?.[parameter] !== undefined;
    assert(known, `the input of ${route.method} ${path} has no '${parameter}'`);
  }
  return { system, route, path, parameters, inputSchema };
}
