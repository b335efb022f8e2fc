const file = process.env.ESIGN_AUTH_MUTATED

/** Stryker's settings for one file of the source, `oauth/token-answer`, and the tests that `plan.mjs` names for it. */
export default {
  mutate: [`src/${file}.ts`],
  plugins: [new URL('node_modules/@stryker-mutator/vitest-runner/dist/src/index.js', import.meta.url).pathname],
  testRunner: 'vitest',
  vitest: { configFile: 'mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // Stryker 9 cannot read a tsconfig through TypeScript 7; it needs none.
  tsconfigFile: 'none.json',
  // What the copy that Stryker works in can do without.
  ignorePatterns: ['bench', 'dist', 'docs', 'mutation/node_modules', 'mutation/reports', 'examples/*/node_modules'],
  // Messages are for people: tests look for vendor and remedy in them, not for every word.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 8_000,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, allowEmojis: false },
  jsonReporter: { fileName: `mutation/reports/${file}.json` },
  tempDirName: 'mutation/.stryker-tmp',
  cleanTempDir: 'always',
}
