// The modules of the kernel and hardware models by name, for patches that scripts make of single functions: a
// patch uses the helpers and structures that the function used.
const modules = import.meta.glob(
  ['./core/{object,task}.ts', './{hardware,kernel,primitives,variants}/*.ts', '!**/index.ts'],
  { eager: true },
) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What a model module exports, for example `kernel/objects`; undefined when there is none. */
export function modelModule(name: string): Readonly<Record<string, unknown>> | undefined {
  return Object.hasOwn(modules, `./${name}.ts`) ? modules[`./${name}.ts`] : undefined;
}
