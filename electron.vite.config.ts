// Three builds: main (Electron entry, command line, confined runner), preload, renderer.
import { resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';
import { engineLines } from './main/runner/vite-plugin';

const at = (p: string): string => resolve(import.meta.dirname, p);

export default defineConfig({
  main: {
    plugins: [engineLines(import.meta.dirname)],
    build: {
      externalizeDeps: false,
      sourcemap: false,
      target: 'node20',
      rolldownOptions: {
        input: {
          index: at('main/index.ts'),
          cli: at('main/cli.ts'),
          maker: at('main/ipc/maker-thread.ts'),
          runner: at('main/runner/runner-process.ts'),
          bench: at('test/bench/index.ts'),
          once: at('test/bench/once.ts'),
          property: at('test/bench/property.ts'),
          beyond: at('test/bench/beyond.ts'),
          crosscheck: at('test/bench/crosscheck.ts'),
          drivers: at('test/bench/drivers.ts'),
          million: at('test/bench/million.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: at('preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    plugins: [vue()],
    worker: { format: 'es' },
    define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
    build: {
      minify: true,
      assetsInlineLimit: 0,
      rolldownOptions: { input: at('renderer/index.html') },
    },
  },
});
