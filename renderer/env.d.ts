// Types the page gets from its surroundings.
declare module '*.vue' {
  import type { DefineComponent } from 'vue';

  const component: DefineComponent<object, object, unknown>;
  export default component;
}

interface TrustedTypePolicy {
  createScriptURL(url: string): unknown;
}

interface Window {
  trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedTypePolicy;
  };
  labBridge?: {
    shell: string;
    post(message: unknown): void;
    on(listener: (message: unknown) => void): void;
    /** A command was chosen in the menu, by its id. */
    onCommand(listener: (id: string) => void): void;
  };
}
