// Lint rules. The import layers are the architecture: a folder may import only what is listed for it.
import tseslint from 'typescript-eslint';

const FOLDERS = [
  'spec',
  'harness',
  'chaos',
  'conformance',
  'scenarios',
  'reference-server',
  'proof',
  'reports',
  'cli',
  'bench',
];

/** Which product folders each folder may import from. */
const LAYERS = {
  spec: [],
  harness: ['spec'],
  chaos: ['spec', 'harness'],
  conformance: ['spec', 'harness', 'chaos'],
  scenarios: ['spec', 'harness', 'chaos'],
  'reference-server': ['spec'],
  reports: ['spec', 'harness'],
  proof: FOLDERS.filter((folder) => folder !== 'cli' && folder !== 'bench'),
  cli: FOLDERS.filter((folder) => folder !== 'bench'),
  bench: FOLDERS,
};

const layerRules = Object.entries(LAYERS).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: FOLDERS.filter((other) => other !== folder && !allowed.includes(other)).map((other) => ({
          regex: `^(\\.\\./)+${other}/`,
          message: `${folder}/ may import only ${allowed.join(', ') || 'nothing of ours'}.`,
        })),
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'streamproof-report/**', '.tap/**', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // An async function without await is how an interface of promises is met by a synchronous part.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.property.name='any'] CallExpression[callee.property.name='timeout']",
          message: 'Nobody holds this timeout: Node 20 may collect it, and it never fires. Use a timer.',
        },
      ],
    },
  },
  ...layerRules,
  // tap hands every test to the runner; its promise needs no await at the top level.
  { files: ['**/*.test.ts'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
);
