// A route of identity: the frame's route, whose errors are those of identity.

import { type ApiRoute, defineRoute } from '@cairn/service';
import { toApiError } from './api-errors.ts';

/** The same route, throwing ApiError for what identity throws. */
export function identityRoute<Input, Output>(route: ApiRoute<Input, Output>): ApiRoute {
  return defineRoute<Input, Output>({
    ...route,
    handle: async (input, caller) => {
      try {
        return await route.handle(input, caller);
      } catch (error) {
        throw toApiError(error);
      }
    },
  });
}
