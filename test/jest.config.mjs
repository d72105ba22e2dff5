// Named so that `jest --config test/jest.config.mjs` finds it while the root keeps to its fixed list of files.
const config = {
  rootDir: '..',
  roots: ['<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFiles: ['<rootDir>/test/support/fixed-seed.ts'],
  testTimeout: 20_000,
  // Half of the time is spent waiting for builds; the default leaves one core idle.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/test/slow-first.mjs',
};
// biome-ignore lint/style/noDefaultExport: Jest reads its configuration from the default export.
export default config;
