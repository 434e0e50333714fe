// The real world with workers that run in the calling thread: for tests that start thousands of them.

import { type Executors, type OpenExecutor, realWorld, type World } from '@cairn/world';

export function sameThreadWorld(): World {
  return { ...realWorld(), executors };
}

const executors: Executors = {
  async open<Init, Input, Output>(module: URL, init: Init) {
    const { openExecutor } = (await import(module.href)) as {
      openExecutor: OpenExecutor<Init, Input, Output>;
    };
    const handler = await openExecutor(init);
    return {
      async run(input: Input): Promise<Output> {
        const [result] = handler.handle([input]);
        if (result!.ok) return result!.value;
        throw result!.error;
      },
      close: async () => handler.close(),
    };
  },
};
