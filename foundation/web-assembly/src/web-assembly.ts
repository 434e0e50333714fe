// What is used of the JavaScript interface of WebAssembly: TypeScript has its types only together with those of browsers.
// https://webassembly.github.io/spec/js-api/

type WasmMemory = { readonly buffer: ArrayBuffer };
export type WasmModule = { readonly module: unique symbol };
type WasmInstance = { readonly exports: Readonly<Record<string, unknown>> };

type WebAssemblyInterface = {
  /** Whether an engine of this version, on this processor, would compile it. */
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  /** In pages of 64 KiB. */
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
  }) => WasmMemory;
  /** On another thread. */
  readonly compile: (bytes: Uint8Array<ArrayBuffer>) => Promise<WasmModule>;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => WasmInstance;
};

export const { WebAssembly: webAssembly } = globalThis as unknown as {
  readonly WebAssembly: WebAssemblyInterface;
};
