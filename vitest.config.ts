import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { engineLines } from './main/runner/vite-plugin';

export default defineConfig({
  plugins: [engineLines(import.meta.dirname), vue()],
  test: {
    // A loaded machine is slow, not wrong.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          // After the unit tests, not beside them: a browser that waits for a core is not a bug.
          sequence: { groupOrder: 1 },
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
