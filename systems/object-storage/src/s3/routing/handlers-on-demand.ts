// Handlers whose module is loaded by the first request for one of them: what few clients ask for is not kept in the memory of
// a process that nobody asks. What most requests are is imported as usual: their first one should not wait either.

import type { Handler } from '../handlers/handler.ts';

type HandlersOf<Module> = {
  [Name in keyof Module]: Module[Name] extends Handler ? Name : never;
}[keyof Module];

/** Gives the handlers of a module by their names. */
export function handlersIn<Module>(load: () => Promise<Module>): (name: HandlersOf<Module>) => Handler {
  let loaded: Module | undefined;
  return (name) => async (request, context) => {
    loaded ??= await load();
    return (loaded[name] as Handler)(request, context);
  };
}
