/** End-to-end tests: the real binary, real browsers, one file at a time. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 60_000,
    // The steps of one journey follow each other; after a broken one the rest says nothing.
    bail: 1,
    reporters: ['verbose'],
  },
});
